import { describe, expect, it, test } from "vitest";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type LegacySoftware, legacySoftware } from "../../../../src/probes/legacy-software.ts";
import { softwareStep } from "../../../../steps/os/software/index.ts";
import { factsOf, parsed, settle } from "../../settle.ts";

/** As a Debian server answers that has some of it all. */
const answer = `@manager apt
@package inetutils-telnet|2:2.4-2+deb12u1
@package ftp|20230507-2
@package telnetd|0.17
@package openbsd-inetd|0.20221205
@needs inetutils-telnet|, libc6 (>= 2.34)
@needs ftp|, tnftp
@needs shop-sync|libc6, ftp:any (>= 1)
@needs either|libc6, telnetd | inetutils-telnetd
@source /etc/apt/sources.list|3|deb http://deb.debian.org/debian bookworm main
@source /etc/apt/sources.list.d/a.list|1|deb [arch=amd64 trusted=yes] http://op:secret@repo.example/ ./
@source /etc/apt/sources.list.d/b.sources|2|URIs: https://repo.example/b
@source /etc/apt/sources.list.d/b.sources|5|Trusted: yes
@allowed APT::Get::AllowUnauthenticated "1";
@show Id=avahi-daemon.service
@show LoadState=loaded
@show ActiveState=active
@show UnitFileState=enabled
@show 
@show Id=cups.service
@show LoadState=not-found
@show ActiveState=inactive
@show UnitFileState=
@show 
@show Id=rpcbind.service
@show LoadState=masked
@show ActiveState=inactive
@show UnitFileState=masked
`;
const server = knownValue(parsed(legacySoftware, answer)) as LegacySoftware;
const clean: LegacySoftware = { manager: "apt", packages: [], services: [], sources: [], allowed: [] };

const settled = (seen: LegacySoftware, given: Answers = {}) =>
  settle([softwareStep], factsOf([legacySoftware, known(seen)]), given);

test("who needs what is read from dependencies without an alternative", () => {
  expect(server.packages.map(({ name, dependents }) => [name, dependents])).toEqual([
    ["inetutils-telnet", []],
    ["ftp", ["shop-sync"]],
    ["telnetd", []],
    ["openbsd-inetd", []],
  ]);
  expect(server.services.map(({ unit, active, state }) => [unit, active, state])).toEqual([
    ["avahi-daemon.service", true, "enabled"],
    ["rpcbind.service", false, "masked"],
  ]);
});

describe("software-legacy", () => {
  it("removes by default clients that nothing needs, and neither services nor what would take others along", () => {
    const { results, changes, answers } = settled(server);
    expect(results["software-legacy"]).toBe("fail");
    expect(answers["software.removed"]).toEqual(["inetutils-telnet"]);
    expect(changes.filter(({ kind }) => kind === "removal")).toMatchObject([{ names: ["inetutils-telnet"] }]);
  });

  it("refuses an answer that would take another package along", () => {
    expect(settled(server, { "software.removed": ["ftp"] }).problems.join()).toContain("shop-sync");
  });

  it("passes where there is none, and plans nothing", () => {
    const { results, changes } = settled(clean);
    expect(results["software-legacy"]).toBe("pass");
    expect(changes).toEqual([]);
  });

  it("only finds where rpm rules", () => {
    expect(settled({ ...server, manager: "dnf" }, { "software.removed": ["telnetd"] }).changes).toEqual([]);
  });
});

describe("software-services", () => {
  it("masks and stops what was named, and nothing else", () => {
    expect(settled(server).changes.filter(({ phase }) => phase === "services")).toEqual([]);
    const { results, changes } = settled(server, { "software.masked": ["avahi-daemon.service", "rpcbind.service"] });
    expect(results["software-services"]).toBe("fail");
    expect(changes.filter(({ phase }) => phase === "services")).toMatchObject([
      { kind: "symlink", path: "/etc/systemd/system/avahi-daemon.service", target: "/dev/null" },
      { kind: "unit", unit: "avahi-daemon.service", action: "inactive" },
      { kind: "unit", unit: "rpcbind.service", action: "inactive" },
    ]);
  });

  it("passes once they are masked, with the recorded answer and without", () => {
    const services = [{ unit: "avahi-daemon.service", active: false, state: "masked" }];
    expect(settled({ ...clean, services }).results["software-services"]).toBe("pass");
    expect(settled({ ...clean, services }, { "software.masked": ["avahi-daemon.service"] }).changes).toEqual([]);
  });

  it("does not apply where none of them runs", () => {
    expect(settled(clean).results["software-services"]).toBe("notapplicable");
  });
});

describe("software-sources", () => {
  it("names each archive whose signature does not count, and quotes no password", () => {
    const { results, details, findings } = settled(server);
    expect(results["software-sources"]).toBe("fail");
    expect(details["software-sources"]).toContain("/etc/apt/sources.list.d/a.list line 1");
    expect(details["software-sources"]).toContain("/etc/apt/sources.list.d/b.sources line 5");
    expect(details["software-sources"]).toContain("AllowUnauthenticated");
    expect(JSON.stringify(findings)).not.toContain("secret");
  });

  it.each([
    ["deb http://deb.debian.org/debian bookworm main", "pass"],
    ["deb [signed-by=/etc/apt/keyrings/a.gpg] https://a.example ./", "pass"],
    ["deb [trusted=yes] https://a.example ./", "fail"],
    ["deb [ arch=amd64 allow-insecure=yes ] https://a.example ./", "fail"],
    ["Trusted: no", "pass"],
    ["gpgcheck=0", "fail"],
    ["gpgcheck = 1", "pass"],
    ["sslverify=False", "fail"],
  ])("%s is a %s", (text, result) => {
    const sources = [{ path: "/etc/apt/sources.list", line: 1, text }];
    expect(settled({ ...clean, sources }).results["software-sources"]).toBe(result);
  });
});
