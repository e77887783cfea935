import { describe, expect, it } from "vitest";
import { assembleConfig, includedBy, isIncluded, parseConfigLine, readConfig } from "../../src/probes/sshd-config.ts";

const main = "/etc/ssh/sshd_config";

describe("parseConfigLine", () => {
  it.each([
    ["Port 22", { keyword: "Port", arguments: ["22"] }],
    ["  port=22", { keyword: "port", arguments: ["22"] }],
    ["Port = 22", { keyword: "Port", arguments: ["22"] }],
    ["\tAllowGroups a b # people", { keyword: "AllowGroups", arguments: ["a", "b"] }],
    ['Banner "/etc/a banner"', { keyword: "Banner", arguments: ["/etc/a banner"] }],
    ["UsePAM yes\r", { keyword: "UsePAM", arguments: ["yes"] }],
    ["Match", { keyword: "Match", arguments: [] }],
  ])("reads %j", (text, parsed) => expect(parseConfigLine(text)).toEqual(parsed));

  it.each(["", "   ", "# Port 22", "\t#Match User x"])("finds nothing set in %j", (text) =>
    expect(parseConfigLine(text)).toBeUndefined());
});

describe("includedBy", () => {
  const paths = [
    "/etc/ssh/sshd_config.d/50-b.conf",
    "/etc/ssh/sshd_config.d/00-a.conf",
    "/etc/ssh/sshd_config.d/.c.conf",
    "/etc/ssh/x.conf",
  ];
  it("sorts as sshd does, and leaves hidden files out", () =>
    expect(includedBy("/etc/ssh/sshd_config.d/*.conf", paths)).toEqual([
      "/etc/ssh/sshd_config.d/00-a.conf",
      "/etc/ssh/sshd_config.d/50-b.conf",
    ]));
  it("counts relative names from /etc/ssh, and no star crosses a folder", () =>
    expect(includedBy("*.conf", paths)).toEqual(["/etc/ssh/x.conf"]));
  it("survives a pattern that is none", () => expect(includedBy("[", paths)).toEqual([]));
});

describe("readConfig", () => {
  const texts = [
    {
      path: main,
      content:
        "Include /etc/ssh/sshd_config.d/*.conf\nPort 22\nMatch User a\n  X11Forwarding yes\n  Include b.conf\n  PermitTTY no\n",
    },
    {
      path: "/etc/ssh/sshd_config.d/1.conf",
      content: "UseDNS no\nMatch Address 10.0.0.0/8\nPasswordAuthentication yes\n",
    },
    { path: "/etc/ssh/b.conf", content: "Banner none\nMatch Host x\nAllowTcpForwarding no\n" },
  ];
  const lines = readConfig(main, texts).map(({ keyword, match, number }) => [keyword, match?.criteria, number]);

  it("follows Includes where they stand; a Match ends with its file", () =>
    expect(lines).toEqual([
      ["UseDNS", undefined, 1],
      ["PasswordAuthentication", "Address 10.0.0.0/8", 3],
      ["Port", undefined, 2],
      ["X11Forwarding", "User a", 4],
      ["Banner", "User a", 1],
      ["AllowTcpForwarding", "User a Host x", 3],
      ["PermitTTY", "User a", 6],
    ]));

  it("ends when a file includes itself", () =>
    expect(readConfig(main, [{ path: main, content: `Include ${main}\nPort 22\n` }]).length).toBe(17));

  it("assembles one text with the Match blocks last", () =>
    expect(assembleConfig(main, texts)).toBe(
      [
        "UseDNS no",
        "Port 22",
        "Match Address 10.0.0.0/8",
        "  PasswordAuthentication yes",
        "Match User a",
        "  X11Forwarding yes",
        "  Banner none",
        "Match User a Host x",
        "  AllowTcpForwarding no",
        "Match User a",
        "  PermitTTY no",
        "",
      ].join("\n"),
    ));
});

describe("isIncluded", () => {
  const path = "/etc/ssh/sshd_config.d/00-drawbridge.conf";
  it.each([
    ["Include /etc/ssh/sshd_config.d/*.conf\n", true],
    ["Include sshd_config.d/*.conf\n", true],
    ["#Include /etc/ssh/sshd_config.d/*.conf\n", false],
    ["Match User a\nInclude /etc/ssh/sshd_config.d/*.conf\n", false],
    ["Port 22\n", false],
  ])("%j: %s", (content, included) => expect(isIncluded(path, main, [{ path: main, content }])).toBe(included));
});
