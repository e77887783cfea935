import { describe, expect, it } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { daemons } from "../../../../src/probes/daemons.ts";
import { firewall } from "../../../../src/probes/firewall.ts";
import { type Forwarding, forwarding } from "../../../../src/probes/forwarding.ts";
import { daysOf, type NetworkLogs, networkLogs, readRotations } from "../../../../src/probes/network-logs.ts";
import { type Proxies, proxies } from "../../../../src/probes/proxies.ts";
import { nginxTree } from "../../../../src/tls/nginx.ts";
import { networkLogsStep } from "../../../../steps/network/network-logs/index.ts";
import { server, unit } from "../../os/daemons.ts";
import { factsOf, parsed, settle } from "../../settle.ts";

const nginxRotation = `/var/log/nginx/*.log {
	daily
	missingok
	rotate 14
	compress
	sharedscripts
	postrotate
		invoke-rc.d nginx rotate >/dev/null 2>&1
		# } is no end in here
	endscript
}
`;
const file = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });
const log = (path: string, mode = "0640") => ({
  path,
  kind: "file" as const,
  mode,
  owner: "www-data",
  group: "adm",
  uid: 33,
  gid: 4,
});
const logs = (change: Partial<NetworkLogs> = {}): NetworkLogs => ({
  files: [log("/var/log/nginx/access.log"), log("/var/log/nginx/error.log")],
  rotations: new Map([["/etc/logrotate.d/nginx", file(nginxRotation)]]),
  logrotate: true,
  haproxyLog: undefined,
  ...change,
});
const nginx = (text: string): Proxies["nginx"] => ({
  version: "1.22.1",
  openssl: "3.0.0",
  active: true,
  main: "/etc/nginx/nginx.conf",
  files: [],
  tree: nginxTree("/etc/nginx/nginx.conf", new Map([["/etc/nginx/nginx.conf", text]])),
  problem: undefined,
  names: new Map(),
  confd: true,
  own: undefined,
});
const haproxy = (content: string): Proxies["haproxy"] => ({
  version: "2.6.12",
  openssl: "3.0.0",
  active: true,
  files: [{ name: "/etc/haproxy/haproxy.cfg", path: "/etc/haproxy/haproxy.cfg", ...file(content) }],
});
const logging = "http { access_log /var/log/nginx/access.log; server { location /health { access_log off; } } }";
const sending: Forwarding = {
  units: new Map(),
  packages: [],
  rsyslog: { sendings: [], inputs: [] },
  upload: {},
  files: new Map(),
  folders: [],
  uploadEnabled: undefined,
  connections: [],
  uploaded: undefined,
  tested: undefined,
  newest: undefined,
  complaints: [],
  queuedBytes: 0,
  now: 0,
};
const judged = (
  { seen = logs(), found = {}, away = sending, chain = true, limited = true, storage = "persistent" } = {} as {
    seen?: NetworkLogs;
    found?: Partial<Proxies>;
    away?: Forwarding;
    chain?: boolean;
    limited?: boolean;
    storage?: string;
  },
  given = {},
) =>
  settle(
    [networkLogsStep],
    factsOf(
      [networkLogs, known(seen)],
      [proxies, known({ nginx: undefined, haproxy: undefined, ...found })],
      [forwarding, known(away)],
      [daemons, known({ ...server, persistentJournal: false, journal: { Storage: storage }, units: new Map() })],
      [
        firewall,
        known({
          ruleset: {
            published: [],
            chains: chain
              ? [
                  {
                    family: "inet",
                    table: "x",
                    name: "input",
                    base: { hook: "input", priority: 0, policy: "drop" },
                    rules: [{ conditions: [], actions: [], log: { prefix: "in: ", limited } }],
                  },
                ]
              : [],
          },
        }),
      ] as never,
      [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
    ),
    given,
  );

describe("network-logs-written", () => {
  it.each([
    [{}, "notapplicable"],
    [{ nginx: nginx(logging) }, "pass"],
    [{ nginx: nginx("http { access_log off; }") }, "fail"],
    [{ nginx: nginx("http { server { access_log off; } }") }, "fail"],
    [{ nginx: nginx("error_log /dev/null; http { }") }, "fail"],
    [{ haproxy: haproxy("global\n log /dev/log local0\ndefaults\n log global\nfrontend web\n bind :80\n") }, "pass"],
    [{ haproxy: haproxy("global\n log /dev/log local0\nfrontend web\n bind :80\n") }, "fail"],
    [{ haproxy: haproxy("global\n log /dev/log local0\ndefaults\n log global\nfrontend web\n no log\n") }, "fail"],
    [{ haproxy: haproxy("global\n daemon\ndefaults\n log global\nfrontend web\n bind :80\n") }, "fail"],
  ])("%#: %s", (found, result) => {
    expect(judged({ found }).results["network-logs-written"]).toBe(result);
  });
});

describe("network-logs-readers", () => {
  it("takes from strangers what they can read, and leaves the group its right", () => {
    const seen = logs({ files: [log("/var/log/nginx/access.log", "0664"), log("/var/log/nginx/error.log")] });
    const { results, changes } = judged({ seen });
    expect(results["network-logs-readers"]).toBe("fail");
    expect(changes.filter(({ kind }) => kind === "permissions")).toMatchObject([
      { path: "/var/log/nginx/access.log", after: { mode: "0640", owner: "www-data", group: "adm" } },
    ]);
    expect(judged().results["network-logs-readers"]).toBe("pass");
  });
});

describe("network-logs-kept", () => {
  it("takes what is kept now for agreed where nobody says anything", () => {
    const { results, answers, changes } = judged();
    expect(answers["network-logs.days"]).toBe(14);
    expect(results["network-logs-kept"]).toBe("pass");
    expect(changes).toEqual([]);
  });

  it("keeps what is answered, by one number in the file that rotates it", () => {
    const { results, details, changes } = judged({}, { "network-logs.days": 90 });
    expect(results["network-logs-kept"]).toBe("fail");
    expect(details["network-logs-kept"]).toContain("keeps 14 days instead of 90");
    const [change] = changes.filter(({ kind }) => kind === "file");
    expect(change).toMatchObject({
      path: "/etc/logrotate.d/nginx",
      after: { content: nginxRotation.replace("rotate 14", "rotate 90") },
    });
    const rotations = new Map([["/etc/logrotate.d/nginx", file(nginxRotation.replace("rotate 14", "rotate 90"))]]);
    expect(judged({ seen: logs({ rotations }) }, { "network-logs.days": 90 }).changes).toEqual([]);
  });

  it("rotates what nothing rotates", () => {
    const seen = logs({ rotations: new Map() });
    const { results, changes, answers } = judged({ seen });
    expect(results["network-logs-kept"]).toBe("fail");
    expect(answers["network-logs.days"]).toBe(30);
    const [change] = changes.flatMap((each) => (each.kind === "file" ? [each] : []));
    expect(change?.path).toBe("/etc/logrotate.d/drawbridge-proxies");
    const rotations = new Map([["/etc/logrotate.d/drawbridge-proxies", file(change?.after.content ?? "")]]);
    expect(judged({ seen: logs({ rotations }) }).changes).toEqual([]);
  });

  it("counts weeks and months as days", () => {
    const text =
      "/a/*.log /b.log\n{\n  weekly\n  rotate 4\n}\n/c.log { \n monthly\n rotate 12\n}\n/d.log {\n size 10M\n rotate 5\n}\n";
    expect(readRotations(text).map((stanza) => [stanza.patterns, daysOf(stanza)])).toEqual([
      [["/a/*.log", "/b.log"], 28],
      [["/c.log"], 360],
      [["/d.log"], undefined],
    ]);
    expect(readRotations(nginxRotation)).toHaveLength(1);
  });
});

describe("network-logs-firewall", () => {
  it.each([
    [{}, "pass"],
    [{ limited: false }, "fail"],
    [{ storage: "volatile" }, "fail"],
    [{ chain: false }, "notapplicable"],
  ])("%o is %s", (given, result) => {
    expect(judged(given).results["network-logs-firewall"]).toBe(result);
  });
});

describe("network-logs-forwarded", () => {
  const upload: Forwarding = {
    ...sending,
    units: new Map([
      [
        "systemd-journal-upload.service",
        { name: "systemd-journal-upload.service", active: "active", enabled: "enabled" },
      ],
    ]),
    upload: { URL: "https://logs.example:19532" },
  };
  const local = haproxy("global\n log /dev/log local0\ndefaults\n log global\nfrontend web\n bind :80\n");
  it.each([
    [{ found: {} }, "notapplicable"],
    [{ found: { haproxy: local } }, "fail"],
    [{ found: { haproxy: local }, away: upload }, "pass"],
    [{ found: { nginx: nginx(logging) }, away: upload }, "fail"],
    [{ found: { nginx: nginx("http { access_log syslog:server=192.0.2.7; }") } }, "pass"],
    [{ found: { haproxy: haproxy("global\n log 192.0.2.7:514 local0\nfrontend web\n log global\n") } }, "pass"],
    [
      {
        found: { nginx: nginx(logging) },
        away: { ...sending, units: new Map([unit("filebeat.service", "active")]) },
      },
      "unknown",
    ],
  ])("%#: %s", (given, result) => {
    expect(judged(given).results["network-logs-forwarded"]).toBe(result);
  });
});

describe("network-logs-review", () => {
  it("waits for somebody's word", () => {
    expect(judged().results["network-logs-review"]).toBe("unknown");
  });
});

describe("the probe", () => {
  it("reads files, modes and stanzas", () => {
    const text = `@log
regular file|640|www-data|adm|33|4|/var/log/nginx/access.log
@logrotate
@file /etc/logrotate.d/nginx
regular file|644|root|root|0|0|/etc/logrotate.d/nginx
|/var/log/nginx/*.log {
|	daily
|	rotate 14
|}
|.
@haproxy /var/log/haproxy.log
`;
    const fact = parsed(networkLogs, text);
    expect(fact).toMatchObject({ state: "known", value: { logrotate: true, haproxyLog: "/var/log/haproxy.log" } });
    expect(fact.state === "known" && fact.value.files.map(({ path, mode }) => `${path} ${mode}`)).toEqual([
      "/var/log/nginx/access.log 0640",
    ]);
    expect(fact.state === "known" && [...fact.value.rotations.keys()]).toEqual(["/etc/logrotate.d/nginx"]);
  });
});
