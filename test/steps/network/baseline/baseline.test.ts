import { describe, expect, it } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { kernel } from "../../../../src/probes/kernel.ts";
import { type NetworkState, networkState, readNetworkLines } from "../../../../src/probes/network-state.ts";
import { describeDrift, driftOf } from "../../../../steps/network/baseline/drift.ts";
import { baseline } from "../../../../steps/network/baseline/index.ts";
import { kernelStep } from "../../../../steps/os/kernel/index.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";

const seen = parsed(networkState, captured("network-state", "debian-12"));
if (seen.state !== "known") throw new Error("the captured answer cannot be read");
const server = seen.value;
const with_ = (change: Partial<NetworkState>, given = {}) =>
  settle(
    [baseline],
    factsOf(
      [networkState, known({ ...server, ...change })],
      [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
    ),
    given,
  );
const line = (text: string) => readNetworkLines([text]);

describe("what a real machine answers", () => {
  it("is read, and is no drift from itself", () => {
    expect(server.now.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["route", "rule", "forwarding", "dns"]));
    expect(server.agreed).toEqual(server.now);
    expect(server.program).toBe(null);
    const { results } = with_({});
    for (const id of ["baseline-routes", "baseline-forwarding", "baseline-gateways", "baseline-name-servers"])
      expect(results[id], id).toBe("pass");
    expect(with_({}).changes).toEqual([]);
  });

  it("is absent without ip, and unknown when it is too much", () => {
    expect(parsed(networkState, "@now\n").state).toBe("absent");
    expect(parsed(networkState, `@now\n${"route\t4\tx\n".repeat(4000)}@ip\n`).state).toBe("unknown");
  });
});

describe("drift", () => {
  it.each([
    ["route\t4\t198.51.100.0/24 via 192.0.2.9 dev eth0", "baseline-routes", "new route 198.51.100.0/24"],
    ["rule\t4\t100: from all lookup 7", "baseline-routes", "new rule 100: from all lookup 7"],
    ["dns\tnameserver\t203.0.113.53", "baseline-name-servers", "new name server nameserver 203.0.113.53"],
  ])("%s", (text, control, detail) => {
    const { results, details, changes } = with_({ now: [...server.now, ...line(text)] });
    expect(results[control]).toBe("fail");
    expect(details[control]).toContain(detail);
    expect(details[control]).toContain("--set baseline.accept=yes");
    expect(Object.values(results).filter((result) => result === "fail")).toHaveLength(1);
    expect(changes).toEqual([]);
  });

  it("tells what is gone and what has another value", () => {
    const now = server.now
      .filter(({ kind, value }) => !(kind === "route" && value.startsWith("default")))
      .map((each) => (each.kind === "forwarding" || each.kind === "neighbour" ? { ...each, value: "other" } : each));
    const { details, results } = with_({ now });
    expect(details["baseline-routes"]).toMatch(/^gone route default via/u);
    expect(details["baseline-forwarding"]).toMatch(/^forwarding ipv4\/ip_forward was \d and is other/u);
    expect(details["baseline-gateways"]).toMatch(/^gateway \S+ eth0 was \S+ and is other/u);
    expect(results["baseline-name-servers"]).toBe("pass");
  });

  it("is not that a gateway is silent, or was", () => {
    const silent = server.now.filter(({ kind }) => kind !== "neighbour");
    expect(driftOf({ now: silent, agreed: server.now }, ["neighbour"])).toEqual([]);
    expect(driftOf({ now: server.now, agreed: silent }, ["neighbour"])).toEqual([]);
  });

  it("names five at most", () => {
    const many = readNetworkLines(Array.from({ length: 8 }, (_, at) => `route\t4\t198.51.100.${at} dev eth0`));
    expect(describeDrift(driftOf({ now: many, agreed: [] }, ["route"]))).toMatch(/; and 3 more$/u);
  });
});

describe("recording", () => {
  it("is done once for all, by the machine and after everything else", () => {
    const { changes, results } = with_({ agreed: undefined, folders: [] });
    expect(results["baseline-routes"]).toBe("fail");
    const commands = changes.filter(({ kind }) => kind === "command");
    expect(commands).toMatchObject([{ phase: "services", touches: ["/etc/drawbridge/network-baseline"] }]);
    expect(commands[0]?.because).toEqual([
      "baseline-routes",
      "baseline-forwarding",
      "baseline-gateways",
      "baseline-name-servers",
    ]);
  });

  it("comes after the settings of the kernel that the same plan makes", () => {
    const seen = parsed(kernel, captured("kernel", "trixie"));
    if (seen.state !== "known") throw new Error("the captured answer cannot be read");
    const keys = new Map(seen.value.keys).set("net.ipv4.ip_forward", { value: "1", writable: true });
    const { changes } = settle(
      [kernelStep, baseline],
      factsOf(
        [networkState, known({ ...server, agreed: undefined, folders: [] })],
        [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
        [kernel, known({ ...seen.value, keys })],
      ),
      { "kernel.forwarding": false },
    );
    const commands = changes.flatMap((change) => (change.kind === "command" ? [change.argv.join(" ")] : []));
    const record = commands.findIndex((words) => words.endsWith("network-state record"));
    const sysctl = commands.findIndex((words) => words.includes("net.ipv4.ip_forward=0"));
    expect(sysctl).toBeGreaterThanOrEqual(0);
    expect(record).toBeGreaterThan(sysctl);
  });

  it("is done again when it is asked for, and only where something differs", () => {
    const now = [...server.now, ...line("route\t4\t198.51.100.0/24 dev eth0")];
    expect(with_({ now }, { "baseline.accept": true }).changes.map(({ kind }) => kind)).toContain("command");
    expect(with_({}, { "baseline.accept": true }).changes).toEqual([]);
  });
});

describe("devices", () => {
  it.each([
    "baseline-routers",
    "baseline-switches",
    "baseline-outside-firewall",
    "baseline-device-credentials",
  ])("%s waits for somebody's word", (id) => {
    expect(with_({}).results[id]).toBe("unknown");
    const question = id.replace("baseline-", "baseline.");
    const { results, titles } = with_({}, { [question]: "Network team; ticket 12; 2027-05-01" });
    expect(results[id]).toBe("fail");
    expect(titles).toContain("Write down who vouches for what");
  });

  it("are overdue after the day that was named", () => {
    const record = {
      claim: "Routes and access lists of the routers are reviewed",
      owner: "Network team",
      evidence: "ticket 12",
      attested: "2026-01-01",
      reviewBy: "2026-07-01",
    };
    const { results, details } = settle(
      [baseline],
      factsOf([
        attestations,
        known({
          today: "2026-11-22",
          records: { "baseline.routers": record },
          file: { content: "{}", mode: "0600" },
        }),
      ]),
    );
    expect(results["baseline-routers"]).toBe("fail");
    expect(details["baseline-routers"]).toContain("2026-07-01");
  });
});
