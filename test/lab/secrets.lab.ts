/**
 * RT-05 on real servers: marked secrets in every place are moved, the program starts with the same values, a second plan is
 * empty, undo brings every byte back, and no mark is in anything that was printed or can be read by others.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  type RunResult,
  releases,
  type Server,
  snapshotTree,
  type Tree,
} from "./harness/index.ts";
import {
  findMarks,
  type Integration,
  installIntegration,
  listening,
  mark,
  marksIn,
  smallJvm,
} from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

const controls = [
  "secret-in-command-line",
  "secret-in-configuration",
  "secret-in-unit",
  "secret-in-environment-file",
  "secret-in-compose-file",
  "secret-file-permissions",
];
const only = controls.flatMap((id) => ["--control", id]);

const config = `# orders: production
dbHost = "db.internal.example"
dbUser = "orders"            # asked for a better one in March
dbPassword = "${mark("toml-database")}"
apiKey = '${mark("toml-api-key")}'
pin = 4711

# where they are told
[notifications]
endpoint = "https://notify:${mark("toml-url")}@hooks.internal.example/orders"
token = """${mark("toml-token")}"""

[ballerina.log]
level = "INFO"
`;

const cases = (
  [
    ["bookworm", "encrypted"],
    ["trixie", "encrypted"],
    ["trixie", "credential"],
    ["bookworm", "file"],
  ] as const
).filter(([release]) => releases.includes(release));

describe.each(cases)("secrets on %s: %s", (release, place) => {
  describe.skipIf(reason !== undefined)(`are moved and taken back${note}`, () => {
    let lab: Lab;
    let server: Server;
    let orders: Integration;
    let before: Tree;
    const printed: RunResult[] = [];

    const drawbridge = async (...words: readonly string[]): Promise<RunResult> => {
      const result = await drawbridgeOver(lab, server)(...words);
      printed.push(result);
      return result;
    };
    const answers = ["--recommended", "--set", `secrets.place=${place}`, ...only];
    const files = () => snapshotTree(server.root, { paths: ["/etc", "/opt"] });
    const verdicts = async (): Promise<Record<string, string>> => {
      const { findings } = document<InspectionDocument>(await drawbridge("inspect", "--format", "json"));
      return Object.fromEntries(
        findings
          .filter(({ controlId }) => controls.includes(controlId))
          .map(({ controlId, result }) => [controlId, result]),
      );
    };
    /** What the program has, by its own word. */
    const answer = async () =>
      (
        await server.must([
          "curl",
          "-sf",
          "--retry",
          "5",
          "--retry-all-errors",
          "--retry-delay",
          "1",
          "http://127.0.0.1:9090/orders",
        ])
      ).trim();

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "proxy" });
      await server.must(["install", "-d", "-m", "0755", "/etc/orders"]);
      await server.writeFile(
        "/etc/orders/orders.env",
        `# mail\nSMTP_HOST=mail\nSMTP_PASSWORD=${mark("env-smtp")}\nBAL_CONFIG_VAR_CLIENTSECRET=${mark("env-file")}\n`,
      );
      orders = await installIntegration(server, {
        name: "orders",
        program: { schema: ["- pin int", "- laterToken string"], required: ["dbPassword", "apiKey", "clientSecret"] },
        config,
        unit: {
          jvm: [...smallJvm, `-Djavax.net.ssl.keyStorePassword=${mark("property")}`],
          arguments: [`-CdbPassword=${mark("argument")}`],
          environment: { LANG: "C.UTF-8", PAYMENT_TOKEN: mark("unit") },
          environmentFiles: ["/etc/orders/orders.env"],
        },
      });
      await server.writeFile(
        "/opt/orders/docker-compose.yml",
        `services:\n  orders:\n    environment:\n      DB_PASSWORD: ${mark("compose")}\n`,
      );
      before = await files();
    }, 900_000);
    afterAll(() => lab?.close());
    afterEach(() => {
      const shown = printed.map(({ stdout, stderr }) => stdout + stderr).join("\n");
      expect(marksIn(shown)).toEqual([]);
    });

    test("every place is found", async () => {
      expect(await verdicts()).toMatchObject({
        "secret-in-command-line": "fail",
        "secret-in-configuration": "fail",
        "secret-in-unit": "fail",
        "secret-in-environment-file": "fail",
        "secret-in-compose-file": "fail",
        "secret-file-permissions": "notapplicable",
      });
      expect((await findMarks(server)).some(({ readers }) => readers.includes("anyone"))).toBe(true);
      // The plan with everything in it, as it is printed and as a document: looked through for marks like all that is printed.
      expect((await drawbridge("plan", ...answers)).exitCode).toBe(0);
      expect(
        document<PlanDocument>(await drawbridge("plan", ...answers, "--format", "json")).changes.length,
      ).toBeGreaterThan(8);
    }, 120_000);

    test("one apply moves them, and the program answers with the same values", async () => {
      const was = await answer();
      const applied = document<AppliedDocument>(await drawbridge("apply", ...answers, "--yes", "--format", "json"));
      expect(applied.state, applied.reason).toBe("confirmed");
      await listening(server, 9090);
      expect(await answer()).toBe(was);
      expect(await verdicts()).toEqual(Object.fromEntries(controls.map((id) => [id, "pass"])));
    }, 240_000);

    test("the program was given all of them, and none by its command line", async () => {
      const pid = (await server.must(["systemctl", "show", "-p", "MainPID", "--value", orders.unit])).trim();
      expect(marksIn(await server.must(["cat", `/proc/${pid}/cmdline`]))).toEqual([]);
      const environment = await server.must(["cat", `/proc/${pid}/environ`]);
      expect(marksIn(environment).toSorted()).toEqual([mark("env-smtp"), mark("unit")].toSorted());
      const [first = ""] = (/BAL_CONFIG_FILES=([^\0]*)/u.exec(environment)?.[1] ?? "").split(":");
      const secrets = await server.must(["cat", first]);
      expect(marksIn(secrets).toSorted()).toEqual(
        ["argument", "env-file", "toml-api-key", "toml-token", "toml-url"].map(mark).toSorted(),
      );
      // The value on the command line was the one that counted; the file's was shadowed and is gone.
      expect(secrets).toContain(`dbPassword = "${mark("argument")}"`);
      expect(await server.readFile("/opt/orders/Config.toml")).toBe(
        config
          .replace(/^dbPassword.*\n/mu, "")
          .replace(/^apiKey.*\n/mu, "")
          .replace(/^pin.*\n/mu, "")
          .replace(/\[notifications\]\n.*\n.*\n/u, ""),
      );
    });

    test("nobody but root and the service can read one anywhere", async () => {
      const found = await findMarks(server);
      const allowed = new Set(["user root", "group root", "user orders", "group orders"]);
      const open = found.filter(
        ({ place: where, readers }) =>
          // What was logged before is history, and the journal is closed to others.
          !/^(?:journal$|\/var\/log\/journal\/)/u.test(where) && !readers.every((reader) => allowed.has(reader)),
      );
      expect(open).toEqual([]);
      const ours = found.filter(({ place: where }) => where.startsWith("/var/lib/drawbridge/"));
      for (const { readers } of ours) expect(readers).toEqual(["user root"]);
      const shown = await server.must(["systemctl", "show", orders.unit]);
      expect(marksIn(shown)).toEqual([]);
    }, 120_000);

    test("a second plan is empty", async () => {
      expect(document<PlanDocument>(await drawbridge("plan", ...answers, "--format", "json")).changes).toEqual([]);
      // Also without the answers of the first time: the machine remembers them.
      expect(
        document<PlanDocument>(await drawbridge("plan", "--recommended", ...only, "--format", "json")).changes,
      ).toEqual([]);
    }, 120_000);

    if (place === "encrypted")
      test("what lies on the disk tells nobody but this machine", async () => {
        const path = "/etc/credstore.encrypted/orders.secrets.toml";
        expect(await server.must(["stat", "-c", "%a %U:%G", path])).toBe("600 root:root\n");
        const found = (await findMarks(server)).filter(({ place: where }) => where.startsWith("/etc/credstore"));
        expect(found).toEqual([]);
        const clear = await server.must(["systemd-creds", "decrypt", "--name=secrets.toml", path, "-"]);
        expect(clear).toBe(await server.must(["cat", "/run/credentials/orders.service/secrets.toml"]));
        expect(marksIn(clear).length).toBeGreaterThan(3);
      });

    if (place === "encrypted")
      test("a secret that comes later joins them, and goes with its own undo", async () => {
        const path = "/run/credentials/orders.service/secrets.toml";
        const was = await server.must(["cat", path]);
        const earlier = await server.readFile("/opt/orders/Config.toml");
        await server.writeFile("/opt/orders/Config.toml", `laterToken = "${mark("later")}"\n${earlier}`, {
          owner: "orders:orders",
        });
        const applied = document<AppliedDocument>(await drawbridge("apply", ...answers, "--yes", "--format", "json"));
        expect(applied.state, applied.reason).toBe("confirmed");
        const now = await server.must(["cat", path]);
        expect(now).toContain(`\nlaterToken = "${mark("later")}"\n`);
        expect(now.replace(/^laterToken.*\n/mu, "")).toBe(was);
        expect(await server.readFile("/opt/orders/Config.toml")).toBe(earlier);
        const undone = await drawbridge("undo", "--yes");
        expect(undone.exitCode, undone.stderr).toBe(0);
        await listening(server, 9090);
        expect(await server.must(["cat", path])).toBe(was);
        await server.writeFile("/opt/orders/Config.toml", earlier, { owner: "orders:orders" });
      }, 240_000);

    test("it starts again by itself: nothing depended on the running process", async () => {
      await server.must(["systemctl", "restart", orders.unit]);
      await listening(server, 9090);
      expect(await answer()).not.toBe("");
    });

    test("undo brings every byte back, and the program answers", async () => {
      const undone = await drawbridge("undo", "--yes");
      expect(undone.exitCode, undone.stderr).toBe(0);
      expect(compareTrees(before, await files())).toEqual([]);
      await listening(server, 9090);
      expect(await answer()).not.toBe("");
      expect((await verdicts())["secret-in-configuration"]).toBe("fail");
    }, 120_000);
  });
});
