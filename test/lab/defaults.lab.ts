import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
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
  releases,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";
import { consoleAccount, makeConsole, publishedKey } from "./proof/console.ts";
import { installIntegration, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const ids = ["default-ports", "default-secrets", "open-ports-declared"];
const only = ids.flatMap((id) => ["--control", id]);
const root = { user: "root" };
const exclude = ["/var/lib/drawbridge", "/var/log", "/var/lib/nginx", "/tmp", "/run"];

describe.skipIf(reason !== undefined).each([...releases])(`defaults on %s${note}`, (release) => {
  let lab: Lab;
  let server: Server;
  let before: Awaited<ReturnType<typeof snapshotTree>>;
  let applied: AppliedDocument;
  const cli: Drawbridge = (...words) => drawbridgeOver(lab, server, root)(...words);
  const sh = (text: string) => server.must(["sh", "-euc", text]);
  const inspect = async (...words: readonly string[]) =>
    document<InspectionDocument>(await cli("inspect", "--format", "json", ...words)).findings;
  const result = async (id: string, ...words: readonly string[]) =>
    (await inspect("--control", id, ...words)).find(({ controlId }) => controlId === id)?.result;
  const answers = async (port: number) =>
    (await server.exec(["curl", "-fsS", "-o", "/dev/null", "--max-time", "3", `http://127.0.0.1:${port}/health`]))
      .exitCode === 0;
  const answering = (port: number) =>
    until(`an answer on port ${port}`, async () => ((await answers(port)) ? true : undefined), { timeoutMs: 30_000 });
  const account = (password: string) => sh(consoleAccount(password));

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy" });
    await makeConsole(server);
  });
  afterAll(() => lab?.close());

  test("are found: the port, the published keys, consoles open to strangers", async () => {
    const findings = await inspect();
    const of = (id: string) => findings.find(({ controlId }) => controlId === id);
    expect(of("default-ports")).toMatchObject({ result: "fail" });
    expect(of("default-secrets")).toMatchObject({ result: "fail" });
    for (const name of ["frontendJwtHMACSecret", "userServiceJwtHMACSecret", "observabilityJwtHMACSecret"]) {
      expect(of("default-secrets")?.detail).toContain(`console: ${name}`);
    }
    expect(of("default-console-ports")).toMatchObject({ result: "fail" });
    expect(of("default-logins")).toMatchObject({ result: "notapplicable" });
    expect(JSON.stringify(findings)).not.toContain(publishedKey);
  });

  test("a known login is tried only when somebody says so, and tells", async () => {
    const requests = async () => Number(await sh("grep -c /api/org /var/log/nginx/access.log || true"));
    expect(await requests()).toBe(0);
    const [finding] = await inspect("--control", "default-logins", "--set", "defaults.try-logins=true");
    expect(finding).toMatchObject({ result: "fail" });
    expect(finding?.detail).toContain("Grafana at http://127.0.0.1:3000/api/org lets admin in");
    expect(await requests()).toBe(2);
    await account("something else");
    await sh("systemctl stop console");
    expect(await result("default-logins", "--set", "defaults.try-logins=true")).toBe("pass");
    await account("admin");
    await sh("systemctl start console");
    await answering(9446);
    expect(await result("default-logins")).toBe("notapplicable");
  });

  test("one apply moves the listener and makes new keys, with one restart of each", async () => {
    before = await snapshotTree(server.root, { exclude });
    const stops = async (unit: string) =>
      Number(await sh(`journalctl --unit ${unit}.service --output=cat | grep -c '^Stopped' || true`));
    const stopped = { orders: await stops("orders"), console: await stops("console") };
    const done = await cli("apply", "--yes", "--format", "json", ...only, "--set", "defaults.ports=orders=9443");
    expect(done.exitCode, done.stderr).toBe(0);
    expect(`${done.stdout}${done.stderr}`).not.toContain(publishedKey);
    applied = document<AppliedDocument>(done);
    expect(applied.state).toBe("confirmed");
    expect({ orders: await stops("orders"), console: await stops("console") }).toEqual({
      orders: stopped.orders + 1,
      console: stopped.console + 1,
    });
    expect(await answers(9443)).toBe(true);
    expect(await answers(9090)).toBe(false);
    expect(await sh("cat /opt/orders/Config.toml")).toBe(
      '# orders: production\nmaxPayload = 4.5 # MiB\ndbUser = "orders"\n\n[ballerina.http]\ndefaultListenerPort = 9443\n',
    );
  });

  test("the keys are random, different, and nowhere but in files that only the service reads", async () => {
    const files = (await sh("grep -rlE --include='*.toml' 'JwtHMACSecret' /opt /etc || true")).trim().split("\n");
    const text = await sh(`cat ${files.join(" ")}`);
    const keys = [...text.matchAll(/JwtHMACSecret = "([^"]+)"/gu)].map(([, key]) => key ?? "");
    expect(keys.length).toBe(3);
    expect(new Set(keys).size).toBe(3);
    for (const key of keys) expect(key).toMatch(/^[A-Za-z0-9_-]{64}$/u);
    for (const path of files) expect(await sh(`stat -c %a ${path}`)).toMatch(/^6[04]0$/mu);
    // What undo needs to tell our bytes from later edits is root's alone.
    expect(await sh("stat -c '%a %U' /var/lib/drawbridge/transactions")).toBe("700 root\n");
    for (const key of keys) {
      expect(await sh(`grep -rlF -- '${key}' /var/log /etc/drawbridge 2>/dev/null || true`)).toBe("");
    }
  });

  test("passes, ports that may listen followed, and a second plan is empty", async () => {
    for (const id of ["default-ports", "default-secrets"]) expect(await result(id), id).toBe("pass");
    // What waits at 3000 is nothing that anybody agreed to; what moved is.
    const [ports] = await inspect("--control", "open-ports-declared");
    expect(ports?.detail).toContain(":3000/tcp");
    expect(ports?.detail).not.toContain("9443");
    const second = document<PlanDocument>(await cli("plan", "--recommended", "--format", "json", ...only));
    expect(second.changes).toEqual([]);
    expect(await sh("cat /etc/drawbridge/answers.json")).toContain('"9443/tcp"');
  });

  test("undo brings every byte back, and everything answers where it did", async () => {
    const undone = await cli("undo", applied.transactionId, "--yes");
    expect(undone.exitCode, undone.stderr).toBe(0);
    expect(compareTrees(before, await snapshotTree(server.root, { exclude }))).toEqual([]);
    await answering(9090);
    await answering(9446);
  });

  test("what waits at no default listener is refused", async () => {
    await installIntegration(server, {
      name: "billing",
      program: { defaultListener: false },
      config: "httpPort = 9095\n",
      configMode: "0640",
      unit: { jvm: smallJvm },
      ports: [9095],
    });
    const refused = await cli("plan", "--control", "default-ports", "--set", "defaults.ports=billing=9555");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain("billing is not seen at a default listener");
  });

  test("a listener of its own at 9090 does not move, so everything is put back by itself", async () => {
    await sh("systemctl stop orders; sed -i 's/9095/9090/' /opt/billing/Config.toml; systemctl restart billing");
    await answering(9090);
    const reverted = await cli("apply", "--yes", "--control", "default-ports", "--set", "defaults.ports=billing=9555");
    expect(reverted.exitCode).not.toBe(0);
    expect(reverted.stderr).toContain("not as before: billing answers GET / on port 9090");
    expect(await sh("cat /opt/billing/Config.toml")).toBe("httpPort = 9090\n");
    await answering(9090);
    await sh("systemctl disable --now billing; systemctl start orders");
    await answering(9090);
  });

  test("a program whose http module does not know the key is never given it", async () => {
    await installIntegration(server, {
      name: "legacy",
      program: { distribution: "2201.10", defaultListener: true },
      config: "",
      unit: { jvm: smallJvm, directives: ["PrivateNetwork=yes"] },
      start: false,
    });
    await sh("systemctl start legacy");
    const refused = await cli("plan", "--control", "default-ports", "--set", "defaults.ports=legacy=9555");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stderr).toContain("does not know defaultListenerPort");
  });
});
