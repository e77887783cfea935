import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { sshdLogins } from "../../src/probes/sshd-logins.ts";

const parse = (stdout: string, timedOut = false) =>
  sshdLogins.parse({ stdout, exitCode: 0, truncated: false, timedOut });

describe("the probe of logins", () => {
  it("is POSIX sh text", () => expect(() => execFileSync("sh", ["-n"], { input: sshdLogins.script })).not.toThrow());

  it("reads logins by account and method, and tunnels that are open", () =>
    // As a Debian 12 server answered, with one session and one connection through its tunnel.
    expect(
      parse("accepted publickey op 4 10.213.9.1\naccepted password root 1 10.213.9.2\ntunnel 127.0.0.1:22\n"),
    ).toEqual({
      state: "known",
      value: {
        accepted: [
          { method: "publickey", user: "op", count: 4, from: "10.213.9.1" },
          { method: "password", user: "root", count: 1, from: "10.213.9.2" },
        ],
        tunnels: ["127.0.0.1:22"],
      },
    }));

  it("knows of nothing where nothing was logged", () =>
    expect(parse("")).toEqual({ state: "known", value: { accepted: [], tunnels: [] } }));

  it("drops lines that are no answer", () =>
    expect(parse("accepted publickey\nnonsense\n")).toMatchObject({ value: { accepted: [], tunnels: [] } }));

  it("is unknown when the log takes too long", () => expect(parse("", true).state).toBe("unknown"));
});
