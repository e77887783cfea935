import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Sshd, sshd } from "../../src/probes/sshd.ts";

const captured = (name: string): string =>
  readFileSync(new URL(`../fixtures/sshd/${name}.txt`, import.meta.url), "utf8");
const parse = (stdout: string, more: Partial<Parameters<typeof sshd.parse>[0]> = {}) =>
  sshd.parse({ stdout, exitCode: 0, truncated: false, timedOut: false, ...more });
const known = (name: string): Sshd => {
  const fact = parse(captured(name));
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

describe("the sshd probe", () => {
  it("is POSIX sh text", () => {
    expect(() => execFileSync("sh", ["-n"], { input: sshd.script })).not.toThrow();
  });

  it.each([
    ["bookworm", 9.2, "22"],
    ["trixie", 10, "22"],
    ["bookworm-other-port", 9.2, "2222"],
  ])("reads %s", (name, version, port) => {
    const fact = known(name);
    expect(fact.version).toBe(version);
    expect(fact.views[0].effective.port).toEqual([port]);
    expect(fact.views).toHaveLength(1);
    expect(fact.units.map(({ name, active, enabled }) => [name, active, enabled])).toEqual([
      ["ssh.service", true, true],
      ["ssh.socket", false, false],
    ]);
    expect(fact.hostKeys.map(({ key }) => [key?.type, key?.bits])).toEqual([
      ["ecdsa-sha2-nistp256", 256],
      ["ssh-ed25519", 256],
      ["ssh-rsa", 3072],
    ]);
    expect(fact.ephemeralPorts).toEqual([32768, 60999]);
    expect(fact.runDirectory).toBe(true);
  });

  it("keeps files exactly, with mode and owner", () => {
    const { files } = known("bookworm-match");
    expect(files.map(({ path }) => path)).toEqual([
      "/etc/ssh/sshd_config",
      "/etc/ssh/sshd_config.d/50-cloud-init.conf",
    ]);
    expect(files[1]).toMatchObject({
      content: "PasswordAuthentication yes\n",
      mode: "0644",
      owner: "root",
      kind: "file",
    });
    expect(files[0].content).toMatch(/^\n# This is the sshd server[\s\S]*X11Forwarding no\n$/u);
  });

  it("tells a last line without a line break from one with", () => {
    const [head = "", rest = ""] = captured("bookworm-match").split("|PasswordAuthentication yes\n\n@@");
    const fact = parse(`${head}|PasswordAuthentication yes\n@@${rest}`);
    expect(fact.state === "known" && fact.value.files[1]?.content).toBe("PasswordAuthentication yes");
  });

  it("asks for more visitors where Match blocks make a difference", () => {
    const { views } = known("bookworm-match");
    expect(views[0]).toMatchObject({ asked: "sshd -T", visitor: undefined });
    expect(views[0].effective.allowtcpforwarding).toEqual(["yes"]);
    const inside = views.find(({ visitor }) => visitor?.address === "10.0.0.0");
    expect(inside?.effective.passwordauthentication).toEqual(["yes"]);
    expect(inside?.effective.allowgroups).toEqual(["sudo"]);
    expect(views.find(({ visitor }) => visitor?.user === "sftponly")?.effective.forcecommand).toEqual([
      "internal-sftp",
    ]);
    expect(views.some(({ visitor }) => visitor?.user === "op")).toBe(true);
  });

  it("sees a socket that listens in sshd's place, and works without /run/sshd", () => {
    const fact = known("bookworm-socket");
    expect(fact.runDirectory).toBe(false);
    expect(fact.views[0].effective.port).toEqual(["22"]);
    expect(fact.units.find(({ name }) => name === "ssh.socket")).toMatchObject({
      active: true,
      listens: ["[::]:22"],
      accept: false,
    });
    expect(Object.keys(known("bookworm-socket-hardened").socketDropIns)).toEqual(["ssh.socket"]);
  });

  it("repeats sshd's own words when the configuration is broken", () =>
    expect(parse(captured("bookworm-broken"))).toEqual({
      state: "unknown",
      reason: "sshd -T fails: /etc/ssh/sshd_config: line 123: Bad configuration option: PermitRootLgin",
    }));

  it.each([
    ["no sshd", { exitCode: 3 }, "absent"],
    ["no configuration", { exitCode: 5 }, "unknown"],
    ["no answer in time", { timedOut: true }, "unknown"],
    ["an answer cut short", { truncated: true }, "unknown"],
    ["nothing at all", {}, "unknown"],
  ])("%s", (_, more, state) => expect(parse("", more).state).toBe(state));

  it("does not take a private configuration file for the usual one", () =>
    expect(parse(captured("bookworm").replace("@@ options ", "@@ options -f /srv/sshd.conf"))).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("-f /srv/sshd.conf"),
    }));

  it("is not fooled by a configuration that looks like the probe's answer", () => {
    const fact = parse(
      captured("bookworm").replace("|# Authentication:", "|@@ everyone\n||port 1\n|# Authentication:"),
    );
    expect(fact.state === "known" && fact.value.views).toHaveLength(1);
    expect(fact.state === "known" && fact.value.files[0].content).toContain("@@ everyone\n|port 1\n");
  });
});
