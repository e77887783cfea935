import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { generateOutsideLook } from "../../../../steps/network/open-ports/generate.ts";

const cluster = {
  "failover.mode": "active-passive",
  "failover.nodes": ["app01=192.0.2.11", "app02=192.0.2.12"],
  "failover.addresses": ["192.0.2.100"],
  "ssh.port": 22,
  "firewall.public": ["8443/tcp", "5353/udp"],
  "firewall.ssh-from": ["10.0.0.0/8"],
  "open-ports.owners": ["443/tcp; Orders team; partners call it", "8000-9000/tcp; Platform; consoles"],
};
const generated = (given: Answers) =>
  new Map(generateOutsideLook(answerReader(new Map(), given)).map(({ path, content }) => [path, content]));
const listOf = (given: Answers) => generated(given).get("/outside/etc/drawbridge-outside.list") ?? "";

describe("what is generated for a machine that looks from outside", () => {
  it("nothing without nodes", () => {
    expect(generated({}).size).toBe(0);
  });

  it("asks every node and every shared address for what the firewall's answers let in", () => {
    expect(listOf(cluster).split("\n")).toEqual([
      "node\tapp01\t192.0.2.11",
      "node\tapp02\t192.0.2.12",
      "node\t192.0.2.100\t192.0.2.100",
      "limited\t22\t22\tSSH",
      "agreed\t443\t443\tOrders team, partners call it",
      "agreed\t8443\t8443\tPlatform, consoles",
      "limited\t9090\t9090\tfor the other nodes and peers",
      "",
    ]);
  });
});

describe("the look itself, with a stand-in for nmap", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-outside-"));
    writeFileSync(
      join(folder, "nmap"),
      `#!/bin/sh\nfor address; do :; done\ncat "${folder}/$address" || exit 1\necho '# Nmap done at x -- 1 IP address (1 host up) scanned'\n`,
    );
    chmodSync(join(folder, "nmap"), 0o755);
    writeFileSync(join(folder, "list"), listOf(cluster));
    const program = (generated(cluster).get("/outside/usr/local/lib/drawbridge/outside-look") ?? "")
      .replace("PATH=/usr/sbin:", `PATH=${folder}:/usr/sbin:`)
      .replace("list=/etc/drawbridge-outside.list", `list=${folder}/list`);
    expect(program).toContain(folder);
    writeFileSync(join(folder, "look"), program);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const open = (address: string, ...ports: readonly number[]) =>
    writeFileSync(
      join(folder, address),
      `Host: ${address} ()\tStatus: Up\nHost: ${address} ()\tPorts: ${ports.map((port) => `${port}/open/tcp//x///`).join(", ")}\tIgnored State: closed (65530)\n`,
    );
  const look = () => {
    const { status, stdout } = spawnSync("sh", [join(folder, "look")], {
      encoding: "utf8",
      env: { STATE_DIRECTORY: join(folder, "state") },
    });
    return { status, said: stdout.split("\n").filter((line) => line !== "") };
  };
  const allAsAgreed = () => {
    open("192.0.2.11", 22, 443, 8443);
    open("192.0.2.12", 443, 8443);
    open("192.0.2.100", 443, 8443);
  };

  it("says nothing while all is as agreed; for some may answer or not", () => {
    allAsAgreed();
    expect(look()).toEqual({ status: 0, said: [] });
    expect(look()).toEqual({ status: 0, said: [] });
  });

  it("names what nobody agreed to, what does not answer, and what is new or gone since the last look", () => {
    allAsAgreed();
    look();
    open("192.0.2.11", 22, 443, 8443, 8181);
    open("192.0.2.12", 443);
    expect(look()).toEqual({
      status: 1,
      said: [
        "app01: 8181/tcp answers and is not agreed",
        "app01: 8181/tcp is new since the last look",
        "app02: 8443/tcp has gone since the last look",
        "app02: 8443/tcp is agreed (Platform, consoles) and does not answer",
      ],
    });
    expect(look().said).toEqual([
      "app01: 8181/tcp answers and is not agreed",
      "app02: 8443/tcp is agreed (Platform, consoles) and does not answer",
    ]);
  });

  it("does not take a node that cannot be looked at for one with nothing open", () => {
    allAsAgreed();
    look();
    rmSync(join(folder, "192.0.2.12"));
    expect(look()).toEqual({ status: 2, said: ["app02 (192.0.2.12) could not be looked at"] });
    writeFileSync(join(folder, "192.0.2.12"), "Host: 192.0.2.12 ()\tStatus: Timeout\n");
    expect(look().status).toBe(2);
    open("192.0.2.12", 443, 8443);
    expect(look()).toEqual({ status: 0, said: [] });
  });

  it("is plain sh", () => {
    execFileSync("sh", ["-n", join(folder, "look")]);
  });
});
