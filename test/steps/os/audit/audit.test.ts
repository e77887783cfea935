import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { type Fact, known, knownValue } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Auditd, auditd, auditdConfig, finalRulesFile, rulesFile } from "../../../../src/probes/auditd.ts";
import { walk } from "../../../../src/probes/files.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { auditStep } from "../../../../steps/os/audit/index.ts";
import { integrationRules } from "../../../../steps/os/audit/secret-files.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";

/** A kernel with our rules loaded, and auditd.conf still as Debian brings it. */
const server = knownValue(parsed(auditd, captured("auditd", "bookworm"))) as Auditd;
const untouched: Auditd = {
  ...server,
  rules: [],
  files: new Map([...server.files].filter(([path]) => path !== rulesFile)),
};
const bare: Auditd = {
  ...untouched,
  installed: false,
  active: false,
  enabled: "",
  status: {},
  files: new Map(),
  otherRules: [],
  paths: [],
  freeMegabytes: undefined,
};

/** The programs that the loaded rules were made from. */
const privileged = server.rules.flatMap((rule) =>
  rule.includes("key=privileged") ? [(/path=(\S+)/u.exec(rule)?.[1] ?? "") as string] : [],
);
const disks = known({
  roots: ["/"],
  bounded: false,
  worldWritable: [],
  unowned: [],
  unpackaged: [],
  privileged: privileged.map((path) => ({
    path,
    kind: "file" as const,
    mode: "4755",
    owner: "root",
    group: "root",
    uid: 0,
    gid: 0,
  })),
});

const settled = (seen: Fact<Auditd>, answers: Answers = {}, found: readonly Integration[] = []) =>
  settle(
    [auditStep],
    factsOf(
      [auditd, seen],
      [walk, disks],
      [integrations, known({ integrations: found, installations: [], others: [], bounds: [] })],
    ),
    answers,
  );

const categories = [
  "audit-sudoers",
  "audit-as-root",
  "audit-time",
  "audit-network",
  "audit-privileged",
  "audit-access-denied",
  "audit-identity",
  "audit-permissions",
  "audit-mounts",
  "audit-sessions",
  "audit-logins",
  "audit-deletes",
  "audit-mandatory-access",
  "audit-tools",
  "audit-modules",
];
const results = (of: ReturnType<typeof settled>, ids: readonly string[]) => [
  ...new Set(ids.map((id) => of.results[id])),
];

describe("the audit trail", () => {
  it("knows its own rules again as a real kernel prints them", () => {
    expect(results(settled(known(server)), categories)).toEqual(["pass"]);
  });

  it("plans nothing where everything is so, with the answers and without them", () => {
    const first = settled(known(server));
    const config = first.changes.find((change) => change.kind === "file" && change.path === auditdConfig);
    const after = config?.kind === "file" ? config.after : undefined;
    expect(after?.content).toContain("num_logs = 20\n");
    expect(after?.content).toContain("disk_full_action = ROTATE\n");
    const files = new Map([...server.files, [auditdConfig, after as NonNullable<typeof after>]]);
    for (const answers of [{}, first.answers as Answers]) {
      const { results: now, changes } = settled(known({ ...server, files }), answers);
      expect(changes).toEqual([]);
      expect(now).toMatchObject({ "audit-running": "pass", "audit-space": "pass", "audit-files": "pass" });
    }
  });

  it("fails without rules, and writes and loads them once", () => {
    const { changes, ...rest } = settled(known(untouched));
    expect(results({ changes, ...rest }, categories)).toEqual(["fail"]);
    expect(changes.filter((change) => change.kind === "file").map(({ path }) => path)).toEqual(
      [rulesFile, auditdConfig].sort(),
    );
    expect(changes.filter((change) => change.kind === "command" && change.argv[0] === "augenrules")).toEqual([
      expect.objectContaining({ argv: ["augenrules", "--load"], inverse: ["augenrules", "--load"] }),
    ]);
    const written = changes.find((change) => change.kind === "file" && change.path === rulesFile);
    expect(written).toMatchObject({
      after: { content: server.files.get(rulesFile)?.content.replace(/\n## sudo_log_file\n.*\n/u, ""), mode: "0640" },
    });
  });

  it("watches sudo's log where sudo keeps one of its own", () => {
    expect(settled(known({ ...untouched, sudoLog: undefined })).results["audit-sudo-log"]).toBe("notapplicable");
    const { results: now, changes } = settled(known({ ...untouched, sudoLog: "/var/log/sudo.log" }));
    expect(now["audit-sudo-log"]).toBe("fail");
    const written = changes.find((change) => change.kind === "file" && change.path === rulesFile);
    expect(written?.kind === "file" ? written.after.content : "").toContain(
      "-w /var/log/sudo.log -p wa -k sudo_log_file\n",
    );
  });

  it("takes rules that are in the kernel only for what they are: gone after a reboot", () => {
    const { details } = settled(known({ ...untouched, rules: server.rules }));
    expect(details["audit-time"]).toContain("end with the next reboot");
  });

  it("does not write down again what others have: the kernel refuses a rule twice", () => {
    const theirs = ["-w /etc/sudoers -p wa -k theirs", "-w /etc/sudoers.d -p wa -k theirs"];
    const { changes } = settled(known({ ...untouched, rules: theirs, otherRules: theirs }));
    const written = changes.find((change) => change.kind === "file" && change.path === rulesFile);
    expect(written?.kind === "file" ? written.after.content : "").not.toContain("/etc/sudoers");
  });

  it("leaves locked rules alone and says so", () => {
    const { changes, details } = settled(known({ ...untouched, status: { ...server.status, enabled: "2" } }));
    expect(details["audit-identity"]).toContain("locked until the next reboot");
    expect(changes.some((change) => change.kind === "command" && change.argv[0] === "augenrules")).toBe(false);
  });

  it("has auditd read its configuration by a signal: the unit knows no reload and refuses a restart", () => {
    const commands = (seen: Auditd) =>
      settled(known(seen), { "audit.wanted": true }).changes.flatMap((change) =>
        change.kind === "command" && change.argv[0] === "systemctl" ? [change.argv] : [],
      );
    const signal = ["systemctl", "kill", "--signal=HUP", "auditd.service"];
    expect(commands(server)).toEqual([signal]);
    expect(commands(bare)).toEqual([signal]);
    expect(commands({ ...server, active: false })).toEqual([]);
    const actions = settled(known(bare), { "audit.wanted": true }).changes.flatMap((change) =>
      change.kind === "unit" ? [change.action] : [],
    );
    expect(actions).not.toContain("reloaded");
  });

  it("is not installed without a reason", () => {
    const { results: now, changes } = settled(known(bare));
    expect(now["audit-running"]).toBe("fail");
    expect(results(settled(known(bare)), [...categories, "audit-space", "audit-boot", "audit-files"])).toEqual([
      "notapplicable",
    ]);
    expect(changes).toEqual([]);
  });

  it("is installed, configured and loaded in one run when it is wanted", () => {
    const { changes } = settled(known(bare), { "audit.wanted": true });
    expect(changes.find(({ kind }) => kind === "package")).toMatchObject({ names: ["auditd"] });
    const config = changes.find((change) => change.kind === "file" && change.path === auditdConfig);
    expect(config).toMatchObject({
      before: null,
      after: { content: expect.stringContaining("log_file = /var/log/audit/audit.log") },
    });
  });

  it("does not concern a container", () => {
    const { results: now, changes } = settled(parsed(auditd, "@container\n"), { "audit.wanted": true });
    expect([...new Set(Object.values(now))]).toEqual(["notapplicable"]);
    expect(changes).toEqual([]);
  });
});

describe("its end", () => {
  it.each([
    ["rotate", "ROTATE", "ROTATE", "SYSLOG"],
    ["halt", "HALT", "KEEP_LOGS", "HALT"],
    ["single", "SINGLE", "KEEP_LOGS", "SINGLE"],
  ])("%s", (answer, full, file, admin) => {
    const { changes } = settled(known(server), { "audit.disk-full": answer });
    const config = changes.find((change) => change.kind === "file" && change.path === auditdConfig);
    const text = config?.kind === "file" ? config.after.content : "";
    expect(text).toContain(`\ndisk_full_action = ${full}\n`);
    expect(text).toContain(`\nmax_log_file_action = ${file}\n`);
    expect(text).toContain(`\nadmin_space_left_action = ${admin}\n`);
  });

  it("stays as somebody chose before", () => {
    const config = server.files.get(auditdConfig) as NonNullable<ReturnType<typeof server.files.get>>;
    const theirs = config.content
      .replace("disk_full_action = SUSPEND", "disk_full_action = HALT")
      .replace("num_logs = 5", "num_logs = 99");
    const files = new Map([...server.files, [auditdConfig, { ...config, content: theirs }]]);
    expect(settled(known({ ...server, files })).answers).toMatchObject({
      "audit.disk-full": "halt",
      "audit.megabytes": 792,
    });
  });

  it("takes back what is put together from the rules, unless it goes with the package", () => {
    const touched = (seen: typeof untouched) =>
      settled(known(seen), { "audit.wanted": true }).changes.flatMap((change) =>
        change.kind === "command" && change.argv[0] === "augenrules" ? change.touches : [],
      );
    expect(touched(untouched)).toEqual(["/etc/audit/audit.rules", "/etc/audit/audit.rules.prev"]);
    expect(touched(bare)).toEqual([]);
  });

  it("locks after the rules were handed over: to load the lock would lock them at once", () => {
    const { changes } = settled(known(bare), { "audit.wanted": true, "audit.immutable": true });
    const at = (found: (change: (typeof changes)[number]) => boolean) => changes.findIndex(found);
    const loaded = at((change) => change.kind === "command" && change.argv[0] === "augenrules");
    const rules = at((change) => change.kind === "file" && change.path === rulesFile);
    const lock = at((change) => change.kind === "file" && change.path === finalRulesFile);
    expect(rules).toBeGreaterThanOrEqual(0);
    expect(loaded).toBeGreaterThan(rules);
    expect(lock).toBeGreaterThan(loaded);
  });

  it("locks only on request, and only from the next reboot on", () => {
    expect(settled(known(server)).results["audit-immutable"]).toBe("notapplicable");
    const { changes } = settled(known(server), { "audit.immutable": true });
    expect(changes).toContainEqual(expect.objectContaining({ path: finalRulesFile, risk: "reboot" }));
    expect(changes.some((change) => change.kind === "command" && change.argv[0] === "augenrules")).toBe(false);
    const files = new Map([
      ...server.files,
      [finalRulesFile, { content: "-e 2\n", mode: "0640", owner: "root", group: "root" }],
    ]);
    expect(settled(known({ ...server, files })).details["audit-immutable"]).toBe("from the next reboot on");
  });

  it("names the kernel's option", () => {
    expect(settled(known(server)).details["audit-boot"]).toContain("audit=1 audit_backlog_limit=8192");
    const commandLine = ["ro", "audit=1", "audit_backlog_limit=8192"];
    expect(settled(known({ ...server, commandLine })).results["audit-boot"]).toBe("pass");
  });
});

describe("its files", () => {
  const [log] = server.paths.filter(({ path }) => path === "/var/log/audit/audit.log");
  it.each([
    [{ mode: "0644" }, "0640"],
    [{ owner: "nobody" }, "0640"],
    [{ group: "users" }, "0640"],
  ])("%o is closed", (state, mode) => {
    const paths = [{ ...(log as NonNullable<typeof log>), ...state }];
    const { results: now, changes } = settled(known({ ...server, paths }));
    expect(now["audit-files"]).toBe("fail");
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: "permissions", after: expect.objectContaining({ mode, owner: "root" }) }),
    );
  });
});

describe("integrations", () => {
  const stat = { path: "", kind: "file", mode: "0600", owner: "orders", group: "orders", uid: 900, gid: 900 };
  const integration = {
    id: "orders",
    configuration: {
      files: [
        { path: "/etc/orders/Config.toml", stat },
        { path: "/etc/orders/missing.toml", stat: undefined },
      ],
    },
    environmentFiles: [{ path: "/etc/orders/env", stat }],
    unitFiles: [{ path: "/etc/systemd/system/orders.service", stat }],
    stores: [{ path: "/etc/orders/orders.p12" }],
    jar: { path: "/opt/orders/orders.jar" },
  } as unknown as Integration;

  it("has every change of their files recorded, and every look of a person at their secrets", () => {
    const rules = integrationRules({ firstUid: 1000 }, [integration]);
    for (const path of ["/etc/orders/Config.toml", "/etc/orders/env", "/etc/orders/orders.p12"]) {
      expect(rules).toContain(`-w ${path} -p wa -k integrations`);
      expect(rules).toContain(
        `-a always,exit -F path=${path} -F perm=r -F auid>=1000 -F auid!=unset -k integrations-read`,
      );
    }
    expect(rules).toContain("-w /opt/orders/orders.jar -p wa -k integrations");
    expect(rules.join("\n")).not.toContain("missing.toml");
  });

  it("is a reason to keep a trail", () => {
    const { results: now, changes } = settled(known(bare), {}, [integration]);
    expect(now["audit-integrations"]).toBe("fail");
    expect(changes.some(({ kind }) => kind === "package")).toBe(true);
    expect(settled(known(server)).results["audit-integrations"]).toBe("notapplicable");
  });
});

it("writes files for any machine", () => {
  const generated =
    auditStep.generate?.(answerReader(factsOf(), { "audit.wanted": true, "audit.immutable": true })) ?? [];
  expect(generated.map(({ path }) => path)).toEqual([auditdConfig, rulesFile, finalRulesFile]);
  expect(generated.every(({ content }) => !content.includes("{{"))).toBe(true);
});
