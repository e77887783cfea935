/** What the network category looks at and writes on one machine: fails, passes, plans nothing again, notices a change, goes back to the byte. */
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

const reason = labOrSkip();
const [release = "bookworm"] = releases;

const paths = ["/etc", "/usr/local", "/var/lib/drawbridge-audit"];

describe.skipIf(reason !== undefined)(`the network category${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;
  let cli: Drawbridge;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "failover" });
    cli = drawbridgeOver(lab, server);
    // A log of a proxy that everybody reads.
    await server.must([
      "sh",
      "-euc",
      "curl -fsS -o /dev/null http://127.0.0.1:9090/; chmod 0644 /var/log/nginx/access.log",
    ]);
  }, 600_000);
  afterAll(() => lab?.close());

  const results = async (...words: readonly string[]) =>
    new Map(
      document<InspectionDocument>(await cli("inspect", ...words, "--format", "json")).findings.map(
        ({ controlId, result, detail }) => [controlId, { result, detail }],
      ),
    );
  const apply = async (...words: readonly string[]) => {
    const applied = document<AppliedDocument>(await cli("apply", ...words, "--yes", "--format", "json"));
    expect(applied, applied.reason).toMatchObject({ state: "confirmed" });
  };
  const planned = async (...words: readonly string[]) =>
    document<PlanDocument>(await cli("plan", ...words, "--format", "json")).changes;
  const undo = async () => {
    const undone = await cli("undo", "--yes");
    expect(undone.exitCode, `${undone.stdout}${undone.stderr}`).toBe(0);
  };

  test("logs of proxies: readers and retention", async () => {
    const only = ["--step", "network-logs"];
    const before = await snapshotTree(server.root, { paths });
    const found = await results(...only);
    expect(found.get("network-logs-readers")?.result).toBe("fail");
    expect(found.get("network-logs-written")?.result).toBe("pass");
    expect(found.get("network-logs-forwarded")?.result).toBe("fail");
    await apply(...only, "--set", "network-logs.days=60");
    const after = await results(...only);
    expect(after.get("network-logs-readers")?.result).toBe("pass");
    expect(after.get("network-logs-kept")?.result).toBe("pass");
    expect(await server.readFile("/etc/logrotate.d/nginx")).toContain("rotate 60");
    expect(await planned(...only)).toEqual([]);
    await undo();
    expect(compareTrees(before, await snapshotTree(server.root, { paths }))).toEqual([]);
    expect((await server.must(["stat", "-c", "%a", "/var/log/nginx/access.log"])).trim()).toBe("644");
  }, 600_000);

  test("routes and name servers against what was agreed, and a daily look at them and at ports", async () => {
    const only = ["--step", "baseline", "--step", "open-ports"];
    const before = await snapshotTree(server.root, { paths });
    await apply(...only, "--set", "open-ports.watch=yes");
    const after = await results(...only);
    for (const id of ["baseline-routes", "baseline-forwarding", "baseline-name-servers", "open-ports-watched"])
      expect(after.get(id), id).toMatchObject({ result: "pass" });
    expect(await planned(...only)).toEqual([]);

    const look = () => server.exec(["systemctl", "start", "drawbridge-audit.service"]);
    expect((await look()).exitCode).toBe(0);
    await server.must(["ip", "route", "add", "198.51.100.0/24", "dev", "eth0"]);
    await server.must(["systemd-run", "--unit=surprise", "--quiet", "perl", "-MSocket", "-e", listening]);
    await until("the surprise listens", async () =>
      (await server.must(["ss", "-Hltn"])).includes(":8181") ? true : undefined,
    );
    expect((await look()).exitCode).not.toBe(0);
    const drifted = await results(...only);
    expect(drifted.get("baseline-routes")).toMatchObject({
      result: "fail",
      detail: expect.stringContaining("new route 198.51.100.0/24"),
    });
    expect(drifted.get("open-ports-watched")).toMatchObject({
      result: "fail",
      detail: expect.stringContaining(":8181"),
    });
    await apply(...only, "--set", "baseline.accept=yes", "--set", "open-ports.accept=yes");
    const accepted = await results(...only);
    expect(accepted.get("baseline-routes")?.result).toBe("pass");
    expect(accepted.get("open-ports-watched")).toMatchObject({ result: "pass" });
    await undo();
    await undo();
    await server.must(["systemctl", "stop", "surprise.service"]);
    expect(compareTrees(before, await snapshotTree(server.root, { paths }))).toEqual([]);
  }, 600_000);
});

/** Perl is on every Debian. */
const listening =
  "socket(S, PF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1); bind(S, sockaddr_in(8181, INADDR_ANY)) or die; listen(S, 5); sleep 600";
