import { describe, expect, it } from "vitest";
import { readRsyslog } from "../../src/probes/rsyslog-config.ts";

const read = (text: string) => readRsyslog([{ path: "/etc/rsyslog.conf", text }]);

describe("where rsyslog sends", () => {
  it.each([
    ["*.* @192.0.2.1", { host: "192.0.2.1", port: 514, transport: "udp", encrypted: false }],
    ["*.* @@logs.example.org:10514", { host: "logs.example.org", port: 10514, transport: "tcp", encrypted: false }],
    ["*.*;auth.none @@(o)[2001:db8::1]:601;Format", { host: "2001:db8::1", port: 601, transport: "tcp" }],
    ["auth.*  -@@logs", { host: "logs", port: 514 }],
    [
      "*.* :omrelp:logs.example.org:2514",
      { host: "logs.example.org", port: 2514, transport: "relp", encrypted: false },
    ],
    ['action(type="omfwd" target="a" port="6514" protocol="tcp")', { host: "a", port: 6514, encrypted: false }],
    ['action(type="omfwd" target="a")', { host: "a", port: 514, transport: "udp" }],
    ['*.* action(type="omfwd"\n  target="a" # here\n protocol="tcp")', { host: "a", transport: "tcp" }],
    ['action(type="omrelp" target="a" port="20514" tls="on")', { transport: "relp", encrypted: true }],
  ])("%s", (text, expected) => {
    expect(read(text).sendings).toEqual([expect.objectContaining(expected)]);
  });

  it.each([
    "# *.* @@logs",
    "  #*.* @logs",
    "/* *.* @@logs\n */",
    '# action(type="omfwd" target="a")',
    "mail.* -/var/log/mail.log",
    'action(type="omfile" file="/var/log/a@b")',
    "$ModLoad imuxsock",
    "",
  ])("%j sends nothing", (text) => {
    expect(read(text).sendings).toEqual([]);
  });

  const tls = 'type="omfwd" target="a" port="6514" protocol="tcp" StreamDriver="gtls" StreamDriverMode="1"';
  it.each([
    [`action(${tls})`, /anon/u],
    [`action(${tls} StreamDriverAuthMode="x509/certvalid")`, /any name/u],
    [`action(${tls} StreamDriverAuthMode="x509/name")`, /no permitted name/u],
    [
      `action(${tls} StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="a" StreamDriver.PermitExpiredCerts="on")`,
      /expired/u,
    ],
  ])("%s does not check its peer", (text, unchecked) => {
    expect(read(text).sendings).toEqual([
      expect.objectContaining({ encrypted: true, unchecked: expect.stringMatching(unchecked) }),
    ]);
  });

  it("checks, in the new words and in the old ones", () => {
    const old = [
      "$DefaultNetstreamDriver gtls",
      "$DefaultNetstreamDriverCAFile /etc/ssl/ca.pem",
      "$ActionSendStreamDriverMode 1",
      "$ActionSendStreamDriverAuthMode x509/name",
      "$ActionSendStreamDriverPermittedPeer logs.example.org",
      "$ActionQueueType LinkedList",
      "$ActionQueueFileName forward",
      "$ActionResumeRetryCount -1",
      "*.* @@logs.example.org:6514",
    ].join("\n");
    const fresh = `global(DefaultNetstreamDriverCAFile="/etc/ssl/ca.pem")
action(${tls} StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="a" queue.type="LinkedList" queue.filename="q" action.resumeRetryCount="-1")`;
    for (const text of [old, fresh]) {
      expect(read(text).sendings).toEqual([
        expect.objectContaining({ encrypted: true, unchecked: undefined, authority: "/etc/ssl/ca.pem", queued: true }),
      ]);
    }
  });

  it("names file and line", () => {
    expect(read("# a\n\n*.* @@logs").sendings[0]?.where).toBe("/etc/rsyslog.conf:3");
    expect(read('\n\naction(\n  type="omfwd" target="a")').sendings[0]?.where).toBe("/etc/rsyslog.conf:3");
  });

  it.each([
    ['module(load="imudp")\ninput(type="imudp" port="514")', ["imudp port 514 (/etc/rsyslog.conf:2)"]],
    ["$UDPServerRun 514", ["UDPServerRun 514 (/etc/rsyslog.conf:1)"]],
    ['#input(type="imtcp" port="514")', []],
  ])("%j listens", (text, inputs) => {
    expect(read(text).inputs).toEqual(inputs);
  });
});
