import { describe, expect, it } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import { type Audit, audit, auditTimer } from "../../../../src/probes/audit.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { type Network, network } from "../../../../src/probes/network.ts";
import { openPorts } from "../../../../steps/network/open-ports/index.ts";
import { parsePortOwner } from "../../../../steps/network/open-ports/owners.ts";
import { auditFiles } from "../../../../steps/runtime/sandbox/runtime-audit-timer.ts";
import { whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

const nothing: Audit = {
  timer: "",
  lastRun: undefined,
  result: "",
  changes: [],
  files: new Map(),
  want: undefined,
  folders: [],
};
const watching: Audit = {
  ...nothing,
  timer: "active",
  want: auditTimer,
  lastRun: 1_790_000_000,
  folders: ["/usr/local/lib/drawbridge", "/var/lib/drawbridge-audit"],
  files: new Map(
    auditFiles("").map(({ path, content, mode }) => [path, { content, mode, owner: "root", group: "root" }] as const),
  ),
};
const listener = (port: number): Listener => ({
  transport: "tcp",
  address: "0.0.0.0",
  device: "",
  families: [4],
  port,
  reach: "any",
  processes: [],
});
const net: Network = {
  interfaces: [],
  defaultDevices: [],
  resolvers: [],
  connections: [],
  session: undefined,
  ephemeral: { low: 32768, high: 60999 },
  archives: [],
};
const given = (seen: Audit, answers = {}, ports: readonly number[] = [8443]) => {
  const facts = factsOf(
    [audit, known(seen)],
    [integrations, known(whatRunsHere([]))],
    [listeners, known(ports.map(listener))],
    [network, known(net)],
  );
  return settle([openPorts], facts, answers);
};

describe("open-ports-owned", () => {
  it("is unknown until somebody says something, and names what is missing then", () => {
    expect(given(nothing).results["open-ports-owned"]).toBe("unknown");
    const owners = ["9443/tcp; Orders team; partners call it"];
    const { results, details } = given(nothing, { "open-ports.owners": owners });
    expect(results["open-ports-owned"]).toBe("fail");
    expect(details["open-ports-owned"]).toContain("8443/tcp");
  });

  it("passes when each port has an owner, also by a range, and where nothing listens", () => {
    const owners = ["8400-8500/tcp; Orders team; partners call it; since 2024"];
    expect(given(nothing, { "open-ports.owners": owners }).results["open-ports-owned"]).toBe("pass");
    expect(given(nothing, {}, []).results["open-ports-owned"]).toBe("pass");
  });

  it.each(["443/tcp", "443/tcp; Web", "x; Web; shop", "443/tcp; ; shop"])("%s is no entry", (text) => {
    expect(parsePortOwner(text)).toBe(undefined);
  });
});

describe("open-ports-watched", () => {
  it("is not asked for where nothing watches and no integration runs", () => {
    expect(given(nothing).results["open-ports-watched"]).toBe("notapplicable");
    expect(given(nothing).changes).toEqual([]);
  });

  it("sets the daily look up where somebody wants it", () => {
    const { results, changes } = given(nothing, { "open-ports.watch": true });
    expect(results["open-ports-watched"]).toBe("fail");
    expect(changes.map((change) => ("path" in change ? change.path : change.kind))).toEqual(
      expect.arrayContaining([auditTimer, "/usr/local/lib/drawbridge/integration-audit", "unit"]),
    );
  });

  it("passes while it runs and finds nothing, and plans nothing then", () => {
    const { results, changes } = given(watching);
    expect(results["open-ports-watched"]).toBe("pass");
    expect(changes).toEqual([]);
  });

  it("names new ports and routes, and accepts them when told to", () => {
    const seen = {
      ...watching,
      changes: ["new port 0.0.0.0:8080", "new network route 4 default via 192.0.2.9", "changed content /x"],
    };
    const { results, details, changes } = given(seen);
    expect(results["open-ports-watched"]).toBe("fail");
    expect(details["open-ports-watched"]).toContain("0.0.0.0:8080, new network route 4 default via 192.0.2.9");
    expect(changes.filter(({ kind }) => kind === "command")).toEqual([]);
    const accepted = given(seen, { "open-ports.accept": true }).changes.filter(({ kind }) => kind === "command");
    expect(accepted).toMatchObject([{ argv: ["sh", "/usr/local/lib/drawbridge/integration-audit", "accept"] }]);
  });

  it("is old when its program is another version's", () => {
    const files = new Map(watching.files);
    files.set("/usr/local/lib/drawbridge/integration-audit", {
      content: "old",
      mode: "0755",
      owner: "root",
      group: "root",
    });
    const { results, changes } = given({ ...watching, files });
    expect(results["open-ports-watched"]).toBe("fail");
    expect(changes.map((change) => ("path" in change ? change.path : change.kind))).toContain(
      "/usr/local/lib/drawbridge/integration-audit",
    );
  });
});
