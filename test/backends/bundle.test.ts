import { describe, expect, test } from "vitest";
import { bundle, MissingSecret } from "../../src/backends/transaction/bundle.ts";
import { parseEvent } from "../../src/backends/transaction/events.ts";
import { parseStatus } from "../../src/backends/transaction/status.ts";
import { type Change, type ChangeInput, change } from "../../src/model/change.ts";
import type { Plan } from "../../src/model/plan.ts";

const common = { title: "t", phase: "files", risk: "none" } as const;
const owned = { mode: "0644", owner: "root", group: "root" };

const plan = (changes: readonly Change[]): Plan => ({
  schemaVersion: 1,
  tool: { name: "drawbridge", version: "1" },
  id: "12345678",
  host: { name: "app01", machineId: "m1", release: "Debian" },
  preconditions: [{ path: "/etc/x", state: "absent" }],
  changes: [...changes],
  access: null,
  health: [],
  settle: 60,
  answers: {},
  excluded: {},
});

const secrets = new Map([["administrator.password", "s3cret word"]]);
const render = (changes: readonly Change[], given: ReadonlyMap<string, string> = secrets) =>
  bundle(plan(changes), {
    id: "20260101-000000-1234",
    confirmWithin: 120,
    secrets: given,
    runtime: "R",
    undo: "U",
    confirm: "C",
    canary: "H",
  });
const manifestOf = (input: ChangeInput) =>
  (render([change(input)]).files.get("manifest") ?? "")
    .split("\n")
    .filter((line) => /^(?:change|touches|inverse|stdin|verify|check)\t/u.test(line));

describe("each kind of change in the manifest", () => {
  test.each<[string, ChangeInput, readonly string[]]>([
    ["absent", { ...common, kind: "absent", path: "/a b", before: null }, ["change\t0001\tabsent\t/a b"]],
    [
      "directory",
      { ...common, kind: "directory", path: "/d", after: owned },
      ["change\t0001\tdirectory\t/d\t0644\troot\troot"],
    ],
    [
      "symlink",
      { ...common, kind: "symlink", path: "/l", target: "../x", before: null },
      ["change\t0001\tsymlink\t/l\t../x"],
    ],
    [
      "permissions",
      { ...common, kind: "permissions", path: "/p", before: owned, after: owned },
      ["change\t0001\tpermissions\t/p\t0644\troot\troot"],
    ],
    ["package", { ...common, kind: "package", names: ["sudo", "nftables"] }, ["change\t0001\tpackage\tsudo\tnftables"]],
    [
      "unit",
      { ...common, kind: "unit", unit: "ssh.service", action: "reloaded" },
      ["change\t0001\tunit\tssh.service\treloaded"],
    ],
    [
      "group",
      { ...common, kind: "group", name: "ssh-users", system: true, exists: false, addMembers: ["op", "anna"] },
      [
        "change\t0001\taccount\tgroupadd\t--system\tssh-users",
        "change\t0002\taccount\tgpasswd\t--add\top\tssh-users",
        "change\t0003\taccount\tgpasswd\t--add\tanna\tssh-users",
      ],
    ],
    [
      "user",
      {
        ...common,
        kind: "user",
        name: "svc",
        create: { system: true, home: "/srv/svc", createHome: true, shell: "/usr/sbin/nologin", comment: "Orders" },
        lockPassword: true,
        neverExpires: true,
      },
      [
        "change\t0001\taccount\tuseradd\t--system\t--home-dir\t/srv/svc\t--create-home\t--shell\t/usr/sbin/nologin\t--comment\tOrders\t--user-group\tsvc",
        "touches\t0001\t/srv/svc",
        "change\t0002\taccount\tusermod\t--lock\tsvc",
        "change\t0003\taccount\tusermod\t--expiredate\t\\e\tsvc",
      ],
    ],
    [
      "command",
      {
        ...common,
        kind: "command",
        argv: ["ufw", "allow", "$(reboot)"],
        touches: ["/etc/ufw"],
        inverse: ["ufw", "reload"],
        verify: [["true"]],
      },
      [
        "change\t0001\tcommand\tufw\tallow\t$(reboot)",
        "touches\t0001\t/etc/ufw",
        "inverse\t0001\tufw\treload",
        "verify\ttrue",
      ],
    ],
  ])("%s", (_kind, input, lines) => {
    expect(manifestOf(input)).toEqual(lines);
  });

  test("a file travels beside the manifest, named by its number and hashed", () => {
    const { files, indexOf } = render([
      change({ ...common, kind: "file", path: "/etc/x", before: null, after: { content: "hello\n", ...owned } }),
    ]);
    expect(files.get("files/0001")).toBe("hello\n");
    expect(files.get("manifest")).toContain(
      "change\t0001\tfile\t/etc/x\t0644\troot\troot\t5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03\n",
    );
    expect(indexOf.get("0001")).toBe(0);
  });
});

test("a credential is made of parts, also one without a secret, and says its name", () => {
  const { files } = render([
    change({
      ...common,
      kind: "file",
      path: "/etc/credstore.encrypted/x",
      before: null,
      after: { content: "a = 1\n", encrypted: "secrets.toml", ...owned },
    }),
  ]);
  expect(files.get("files/0001.1")).toBe("a = 1\n");
  expect(files.get("manifest")).toMatch(
    /^change\t0001\tfile\t\/etc\/credstore\.encrypted\/x\t.*\tparts\npart\t0001\ttext\t0001\.1\t[0-9a-f]{64}\nencrypted\t0001\tsecrets\.toml$/mu,
  );
});

test("a secret is a file for standard input: in no argument, and not in the plan that is kept", () => {
  const { files } = render([change({ ...common, kind: "user", name: "op", passwordFrom: "administrator.password" })]);
  const holders = [...files].filter(([, content]) => content.includes("s3cret word")).map(([name]) => name);
  expect(holders).toEqual(["files/secret-0001"]);
  expect(files.get("manifest")).toContain("change\t0001\taccount\tchpasswd\nstdin\t0001\tsecret-0001\n");
});

test("without the secret nothing is bundled", () => {
  const user = change({ ...common, kind: "user", name: "op", passwordFrom: "administrator.password" });
  expect(() => render([user], new Map())).toThrow(MissingSecret);
});

test("checks of several changes keep their own files apart", () => {
  const check = (content: string) => [{ argv: ["sshd", "-t", "-f", "@files/check"], files: { check: content } }];
  const two = ["/etc/a", "/etc/b"].map((path) =>
    change({ ...common, kind: "absent", path, before: null, checks: check(path) }),
  );
  const { files } = render(two);
  expect(files.get("files/check")).toBe("/etc/a");
  expect(files.get("files/check-1")).toBe("/etc/b");
  expect(files.get("manifest")).toContain("check\tsshd\t-t\t-f\t@files/check\ncheck\tsshd\t-t\t-f\t@files/check-1\n");
});

const hash = "a".repeat(64);
const withParts = change({
  ...common,
  kind: "file",
  path: "/srv/app.toml",
  before: { content: "password = ••••••••", sha256: hash, ...owned },
  after: {
    content: "password = ••••••••\nstore = ••••••••",
    parts: [
      { text: "password = " },
      { slice: { path: "/srv/app.toml", offset: 11, length: 9, sha256: hash } },
      { text: "\nstore = " },
      { random: { name: "app-store", bytes: 30 } },
    ],
    ...owned,
  },
  sensitive: true,
  checks: [{ argv: ["check-toml", "--file=@files//srv/app.toml", "x:@files/extra"], files: { extra: "y" } }],
  verify: [["keytool", "-list", "-storepass:file", "@random/app-store"]],
});

test("a file with secrets travels as its parts", () => {
  const command = change({ ...common, kind: "command", argv: ["openssl", "-passout", "file:@random/other"] });
  const { files } = render([withParts, command]);
  const lines = (files.get("manifest") ?? "").split("\n");
  expect(lines.filter((line) => /^(?:random|check|change|part|verify)\t/u.test(line))).toEqual([
    "random\tapp-store\t30",
    "random\tother\t24",
    "check\tcheck-toml\t--file=@files/0001\tx:@files/extra",
    "change\t0001\tfile\t/srv/app.toml\t0644\troot\troot\tparts",
    expect.stringMatching(/^part\t0001\ttext\t0001\.1\t[0-9a-f]{64}$/u),
    "part\t0001\tslice\t/srv/app.toml\t11\t9",
    expect.stringMatching(/^part\t0001\ttext\t0001\.3\t[0-9a-f]{64}$/u),
    "part\t0001\trandom\tapp-store",
    "change\t0002\tcommand\topenssl\t-passout\tfile:@random/other",
    "verify\tkeytool\t-list\t-storepass:file\t@random/app-store",
  ]);
  expect([files.get("files/0001"), files.get("files/0001.1"), files.get("files/0001.3")]).toEqual([
    undefined,
    "password = ",
    "\nstore = ",
  ]);
});

test("a check of a file that the plan does not write is a defect, and said", () => {
  const check = [{ argv: ["cat", "@files//etc/other"], files: {} }];
  expect(() => render([change({ ...common, kind: "absent", path: "/x", before: null, checks: check })])).toThrow(
    "@files//etc/other names no file of the plan",
  );
});

test("health checks travel with their targets", () => {
  const made = bundle(
    {
      ...plan([change({ ...common, kind: "absent", path: "/x", before: null })]),
      settle: 30,
      health: [
        { what: "orders runs", before: { kind: "unit", unit: "orders.service" } },
        {
          what: "orders answers",
          unit: "orders.service",
          before: { kind: "port", address: "0.0.0.0", port: 9090 },
          after: { kind: "http", url: "https://127.0.0.1:9443/health" },
        },
      ],
    },
    { id: "a", confirmWithin: 0, secrets, runtime: "R", undo: "U", confirm: "C", canary: "H" },
  );
  expect((made.files.get("manifest") ?? "").match(/^(?:settle|health).*$/gmu)).toEqual([
    "settle\t30",
    "health\t01\twhat\torders runs",
    "health\t01\tbefore\tunit\torders.service",
    "health\t02\twhat\torders answers",
    "health\t02\tjournal\torders.service",
    "health\t02\tbefore\tport\t0.0.0.0\t9090",
    "health\t02\tafter\thttp\thttps://127.0.0.1:9443/health",
  ]);
});

test("the revert is armed only for what can lock out", () => {
  const at = (risk: "none" | "lockout") =>
    render([change({ ...common, kind: "absent", path: "/x", before: null, risk })]).files.get("manifest");
  expect(at("none")).toContain("confirm\t0\n");
  expect(at("lockout")).toContain("confirm\t120\n");
});

test.each([
  "/etc/a\tb",
  "/etc/a\nb",
  "relative",
  "/etc/../root",
  "/etc/./x",
  "",
])("the path %j never gets into a plan", (path) => {
  expect(() => change({ ...common, kind: "absent", path, before: null })).toThrow();
});

test.each(["-rf", "a b", "", "root\n", "$(id)"])("the account name %j never gets into a plan", (name) => {
  expect(() => change({ ...common, kind: "user", name })).toThrow();
});

describe("what the runtime says", () => {
  const indexOf = new Map([["0001", 4]]);
  test.each([
    ["state\tpending", { kind: "state", state: "pending" }],
    ["state\tdreaming", undefined],
    ["change\t0001\tdone", { kind: "change", change: 4, progress: "done" }],
    ["change\t0009\tdone", undefined],
    ["check\tok\tsshd -t", { kind: "check", ok: true, text: "sshd -t" }],
    ["health\t02\tfailed\tno answer", { kind: "health", check: 1, progress: "failed", text: "no answer" }],
    ["health\t2\tfailed\tno answer", undefined],
    ["health\t02\tdreaming", undefined],
    ["armed\t120", { kind: "armed", seconds: 120 }],
    ["unit\tssh.service\treloaded\tfailed", { kind: "unit", unit: "ssh.service", action: "reloaded", ok: false }],
    ["check\tskipped\tsshd -t", { kind: "note", text: "passed over, there is no running system: sshd -t" }],
    [
      "unit\tx.service\tactive\tskipped",
      { kind: "note", text: "passed over, there is no running system: x.service active" },
    ],
    ["left\t/etc/x\tedited since", { kind: "left", path: "/etc/x", text: "edited since" }],
    ["error\tthe disk is full", { kind: "error", text: "the disk is full" }],
    ["something new\tx", undefined],
  ] as const)("%j", (line, event) => {
    expect(parseEvent(line, indexOf)).toEqual(event);
  });

  test("status lines become one status", () => {
    const text =
      "id\t20260101-000000-1234\nstate\tpending\nseconds-left\t42\nchange\t0001\tdone\tfile /etc/x\nleft\t/etc/y\tedited since\n";
    expect(parseStatus(text)).toEqual({
      id: "20260101-000000-1234",
      state: "pending",
      secondsLeft: 42,
      running: false,
      startedAt: "",
      changes: [{ number: "0001", state: "done", title: "file /etc/x" }],
      left: [{ path: "/etc/y", reason: "edited since" }],
    });
  });

  test("an upload that was never staged has changed nothing", () => {
    expect(parseStatus("id\t20260101-000000-1234\nstate\tunstaged\n").state).toBe("staged");
  });

  test("a status nobody can read is a failed transaction, not a fine one", () => {
    expect(parseStatus("garbage").state).toBe("failed");
  });
});
