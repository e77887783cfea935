import { describe, expect, it } from "vitest";
import { formatPorts, includesPort, joinPorts, parsePorts } from "../../src/core/ports.ts";

const read = (...list: readonly string[]) => list.flatMap((text) => parsePorts(text) ?? []);

describe("ports", () => {
  it.each(["443/tcp", "53/udp", "8000-8010/tcp", "1-65535/udp"])("%s reads back as written", (text) => {
    expect(read(text).map(formatPorts)).toEqual([text]);
  });

  it.each([
    "",
    "443",
    "tcp/443",
    "0/tcp",
    "65536/tcp",
    "10-9/tcp",
    "443/sctp",
    "-1/tcp",
    "4 43/tcp",
  ])("%s is none", (text) => {
    expect(parsePorts(text)).toBeUndefined();
  });

  it("overlapping and touching ones are joined, transports kept apart", () => {
    const joined = joinPorts(read("81/tcp", "80/tcp", "443/tcp", "400-443/tcp", "80/udp"));
    expect(joined.map(formatPorts)).toEqual(["80-81/tcp", "400-443/tcp", "80/udp"]);
    expect(includesPort(joined, 410, "tcp")).toBe(true);
    expect(includesPort(joined, 410, "udp")).toBe(false);
  });
});
