import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../src/backends/transaction/bundle.ts";
import { concealedBefore, concealedFile } from "../../src/core/concealed.ts";
import { change } from "../../src/model/change.ts";
import { type Plan, planSchema } from "../../src/model/plan.ts";
import { compareTrees, type Lab, labOrSkip, openLab, type Server, snapshotTree, until } from "./harness/index.ts";

const reason = labOrSkip();
const shipped = (name: string) =>
  readFileSync(new URL(`../../templates/transaction/${name}.sh`, import.meta.url), "utf8");

const path = "/srv/app/Config.toml";
const secret = 'ünlikely-"secret"-1';
const old = `# Größe\nport = 9090\npassword = '${secret}'\n`;
const secrets = [{ path, value: secret, start: old.indexOf(secret), end: old.indexOf(secret) + secret.length }];
const sources = new Map([[path, old]]);
const owned = { mode: "0600", owner: "root", group: "root" };
const common = { phase: "files", risk: "none" } as const;

/** A key with a password that nobody knows, the password in the configuration, and the old secret in a file of its own. */
const changes = [
  change({
    ...common,
    kind: "file",
    title: "secrets go to a file of their own",
    path: "/srv/app/secrets.toml",
    before: null,
    after: {
      ...concealedFile({
        path: "/srv/app/secrets.toml",
        content: `password = '${secret}'\nkeyPassword = "@@key@@"\n`,
        secrets,
        sources,
        randoms: [{ placeholder: "@@key@@", name: "app-key", bytes: 24 }],
      }),
      ...owned,
    },
    sensitive: true,
    checks: [{ argv: ["grep", "-q", "keyPassword", "@files//srv/app/secrets.toml"], files: {} }],
  }),
  change({
    ...common,
    kind: "file",
    title: "the configuration keeps the rest",
    path,
    before: { ...concealedBefore({ path, content: old, secrets }), mode: "0644", owner: "root", group: "root" },
    after: { content: "# Größe\nport = 9443\n", mode: "0644", owner: "root", group: "root" },
    sensitive: true,
  }),
  change({
    ...common,
    kind: "command",
    title: "a new key",
    argv: [
      ...["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
      ...["-aes-256-cbc", "-pass", "file:@random/app-key", "-out", "/srv/app/key.pem"],
    ],
    touches: ["/srv/app/key.pem"],
    inverse: ["grep", "-qE", "^[A-Za-z0-9_-]{32}$", "@random/app-key"],
    verify: [["openssl", "pkey", "-in", "/srv/app/key.pem", "-passin", "file:@random/app-key", "-noout"]],
  }),
];

describe.skipIf(reason !== undefined)(`files made of parts${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let serial = 0;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    await server.must(["mkdir", "-p", "/srv/app"]);
    await server.writeFile(path, old, { mode: "0644" });
  });
  afterAll(() => lab?.close());
  beforeEach(async () => {
    before = await snapshotTree(server.root, { paths: ["/etc", "/srv"] });
  });
  const expectUnchanged = async () =>
    expect(compareTrees(before, await snapshotTree(server.root, { paths: ["/etc", "/srv"] }))).toEqual([]);

  const planOf = async (): Promise<Plan> =>
    planSchema.parse({
      schemaVersion: 1,
      tool: { name: "drawbridge", version: "0" },
      id: "12345678",
      host: { name: "lab", machineId: (await server.readFile("/etc/machine-id")).trim(), release: "Debian" },
      preconditions: [
        { path: "/srv/app/secrets.toml", state: "absent" },
        { path, state: concealedBefore({ path, content: old, secrets }).sha256 },
      ],
      changes,
      access: null,
      health: [{ what: "ssh runs", before: { kind: "unit", unit: "ssh.service" } }],
      settle: 10,
      answers: {},
      excluded: {},
    });
  /** The folder that `drawbridge export` writes. */
  const exported = async () => {
    serial += 1;
    const id = `export-${serial}`;
    const plan = await planOf();
    const { files, directory } = bundle(plan, {
      id,
      confirmWithin: 0,
      secrets: new Map(),
      ...{ runtime: shipped("runtime"), undo: shipped("undo"), confirm: shipped("confirm"), canary: shipped("canary") },
    });
    await server.must(["mkdir", "-p", `/root/${id}/files`]);
    for (const [name, content] of files) {
      expect(content, name).not.toContain(secret);
      await server.writeFile(`/root/${id}/${name}`, content, { mode: "0600" });
    }
    await server.writeFile(`/root/${id}/apply`, shipped("apply"), { mode: "0700" });
    return { folder: `/root/${id}`, directory };
  };
  const password = async () => /keyPassword = "(.*)"/u.exec(await server.readFile("/srv/app/secrets.toml"))?.[1] ?? "";
  const told = async (directory: string) =>
    (
      await server.exec([
        "sh",
        "-c",
        `cd ${directory} && cat events journal log manifest plan.json baseline child output`,
      ])
    ).stdout;

  test("export, apply by hand, undo by hand: the key opens with what the machine made, and nobody was told", async () => {
    const { folder, directory } = await exported();
    const applied = await server.exec(["sh", `${folder}/apply`]);
    expect([applied.exitCode, applied.stderr]).toEqual([0, ""]);
    expect(applied.stdout).toMatch(/^health\t01\tok\tssh runs$/mu);
    expect(await server.readFile("/srv/app/secrets.toml")).toMatch(
      new RegExp(`^password = '${secret}'\nkeyPassword = "[A-Za-z0-9_-]{32}"\n$`, "u"),
    );
    const made = await password();
    const opens = ["openssl", "pkey", "-in", "/srv/app/key.pem", "-passin", `pass:${made}`, "-noout"];
    expect((await server.exec(opens)).exitCode).toBe(0);
    for (const text of [applied.stdout, await told(directory)]) {
      expect(text).not.toContain(made);
      expect(text).not.toContain(secret);
    }
    // The inverse command needs it on undo, and only root can read it until then.
    expect(await server.must(["stat", "-c", "%a %U", `${directory}/random`, `${directory}/random/app-key`])).toBe(
      "700 root\n600 root\n",
    );
    const undone = await server.exec(["sh", `${directory}/undo`]);
    expect([undone.exitCode, undone.stderr]).toEqual([0, ""]);
    await expectUnchanged();
    const left = await server.exec(["grep", "-rlF", made, "/var/lib/drawbridge", "/srv", "/etc", "/tmp", "/run"]);
    expect(left.stdout).toBe("");
  });

  test("killed while the key is made: resumed with the same secret, or undone", async () => {
    for (const way of ["resume", "undo"]) {
      const { folder, directory } = await exported();
      const commit = server.exec(["sh", `${folder}/apply`]);
      await until("the key is under way", async () =>
        /^change\t0003\tbegin/mu.test((await server.exec(["cat", `${directory}/events`])).stdout) ? true : undefined,
      );
      await server.exec(["pkill", "-KILL", "-f", "runtime commi[t]"]);
      await commit;
      const went = await server.exec(["sh", `${directory}/runtime`, way]);
      expect([way, went.exitCode]).toEqual([way, 0]);
      if (way === "resume") {
        const opens = ["openssl", "pkey", "-in", "/srv/app/key.pem", "-passin", `pass:${await password()}`, "-noout"];
        expect((await server.exec(opens)).exitCode).toBe(0);
        expect((await server.exec(["sh", `${directory}/undo`])).exitCode).toBe(0);
      }
      await expectUnchanged();
    }
  });

  test("an edit of the source between plan and apply is refused", async () => {
    const { folder, directory } = await exported();
    await server.writeFile(path, old.replace("9090", "9091"), { mode: "0644" });
    const refused = await server.exec(["sh", `${folder}/apply`]);
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout).toContain(`error\t${path} changed since the plan was made`);
    expect((await server.exec(["test", "-e", directory])).exitCode).toBe(1);
    await server.writeFile(path, old, { mode: "0644" });
  });
});
