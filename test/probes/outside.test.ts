import { describe, expect, it } from "vitest";
import { compareOutside, parseScan, scanArguments, scanFromOutside } from "../../src/probes/outside.ts";
import { captured } from "../steps/os/firewall/server.ts";

const scan = captured("outside", "bookworm");

describe("nmap's answer", () => {
  it("as it came from outside a server with our table", () => {
    expect(parseScan(scan)).toMatchObject({
      state: "known",
      value: {
        address: "10.213.6.11",
        ports: [
          { transport: "tcp", port: 22, state: "open" },
          { transport: "tcp", port: 80, state: "open" },
          { transport: "tcp", port: 5701, state: "filtered" },
          { transport: "tcp", port: 8080, state: "open" },
        ],
      },
    });
  });

  it.each([
    ["", /no XML/u],
    ["<nmaprun></nmaprun>", /did not finish/u],
    ['<nmaprun><runstats><finished exit="success"/></runstats></nmaprun>', /no answer about the host/u],
    [scan.replace("<host ", '<host timedout="true" '), /gave up/u],
  ])("unknown: %s", (xml, reason) => {
    expect(parseScan(xml)).toMatchObject({ state: "unknown", reason: expect.stringMatching(reason) });
  });
});

describe("the scan", () => {
  it("asks without names, pings or a shell, and in the address's own family", () => {
    expect(scanArguments("2001:db8::1")).toContain("-6");
    expect(scanArguments("192.0.2.1", "22,80")).toEqual([
      ..."nmap -sT -Pn -n --max-retries 2 --min-rtt-timeout 200ms --min-parallelism 100 --host-timeout 300s -p 22,80 -oX - --".split(
        " ",
      ),
      "192.0.2.1",
    ]);
  });

  it("is unknown where nmap is missing or fails", async () => {
    const missing = () => Promise.reject(new Error("ENOENT"));
    expect(await scanFromOutside(missing, "192.0.2.1")).toMatchObject({
      reason: expect.stringContaining("not installed"),
    });
    const failing = async () => ({ stdout: "", stderr: "boom\nno route\n", exitCode: 1 });
    expect(await scanFromOutside(failing, "192.0.2.1")).toMatchObject({ reason: "nmap failed: no route" });
  });
});

describe("the comparison", () => {
  const known = parseScan(scan);
  const seen = known.state === "known" ? known.value : { address: "", ports: [] };
  const port = (low: number) => ({ transport: "tcp" as const, low, high: low });

  it("names what is open and should not be, and what should be and is not", () => {
    expect(compareOutside(seen, [port(22), port(80), port(8080)])).toEqual([]);
    expect(compareOutside(seen, [port(22), port(80)]).map(({ port: one, surprise }) => [one.port, surprise])).toEqual([
      [8080, "open"],
    ]);
    expect(
      compareOutside(seen, [port(22), port(80), port(8080), port(443)]).map(({ port: one, surprise }) => [
        one.port,
        surprise,
      ]),
    ).toEqual([[443, "shut"]]);
  });
});
