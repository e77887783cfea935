import { describe, expect, it, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { accounts } from "../../../../src/probes/accounts.ts";
import { type Ageing, type Policy, policy } from "../../../../src/probes/policy.ts";
import { consoleText } from "../../../../steps/os/accounts/accounts-console-banner.ts";
import { accountsStep } from "../../../../steps/os/accounts/index.ts";
import { bashContent, profileContent, timeoutIn, umaskIn } from "../../../../steps/os/accounts/profile.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";
import { peopleAre, person, root } from "../ssh/server.ts";

const server = knownValue(parsed(policy, captured("policy", "bookworm"))) as Policy;
const people = peopleAre([root, person("op", { groups: ["op"] })]);

const settled = (seen: Partial<Policy> = {}, given: Answers = {}, known_ = people) =>
  settle([accountsStep], factsOf([policy, known({ ...server, ...seen })], [accounts, known(known_)]), given);

const account = (user: string, more: Partial<Ageing> = {}): Ageing => ({
  user,
  uid: 1000,
  hash: "yescrypt",
  lastChange: server.today - 10,
  minimum: 0,
  maximum: 99_999,
  warning: 7,
  inactive: undefined,
  ...more,
});

const withFile = (path: string, content: string): Partial<Policy> => ({
  files: new Map([...server.files, [path, { content, mode: "0644", owner: "root", group: "root" }]]),
});

test("a server as installed fails where it should", () => {
  expect(settled().results).toEqual({
    "accounts-superusers": "pass",
    "accounts-empty-passwords": "pass",
    "accounts-service-shells": "pass",
    "accounts-password-age": "fail",
    "accounts-password-hash": "fail",
    "accounts-password-rounds": "fail",
    "accounts-umask": "fail",
    "accounts-session-timeout": "fail",
    "accounts-shell-core-dumps": "fail",
    "accounts-console-banner": "fail",
  });
});

test("hashes do not leave the machine", () => {
  expect(captured("policy", "bookworm")).not.toMatch(/\$(?:y|6|5|1)\$[^/]/u);
});

test("accounts-superusers finds another root, and changes nothing by itself", () => {
  const { results, details, changes } = settled({
    ageing: [account("root", { uid: 0, maximum: 90 }), account("toor", { uid: 0, maximum: 90 })],
  });
  expect(results["accounts-superusers"]).toBe("fail");
  expect(details["accounts-superusers"]).toContain("toor");
  expect(JSON.stringify(changes)).not.toContain('toor"');
});

test("accounts-empty-passwords locks them", () => {
  const { results, changes } = settled({ ageing: [account("guest", { hash: "empty" })] });
  expect(results["accounts-empty-passwords"]).toBe("fail");
  expect(changes).toContainEqual(expect.objectContaining({ kind: "user", name: "guest", lockPassword: true }));
});

describe("accounts-service-shells", () => {
  const withService = (name: string) =>
    peopleAre([root, { ...person(name, {}), system: true, loginShell: true, uid: 110 }]);
  it("gives a service nologin", () => {
    const { results, changes } = settled({}, {}, withService("backup"));
    expect(results["accounts-service-shells"]).toBe("fail");
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: "user", name: "backup", shell: "/usr/sbin/nologin", risk: "lockout" }),
    );
  });
  it("keeps those whose tools log in", () => {
    expect(settled({}, {}, withService("postgres")).results["accounts-service-shells"]).toBe("pass");
    expect(
      settled({}, { "accounts.shells-kept": [] }, withService("postgres")).results["accounts-service-shells"],
    ).toBe("fail");
  });
});

describe("accounts-password-age", () => {
  const defs = "PASS_MAX_DAYS 365\nPASS_WARN_AGE 7\n";
  const set = (ageing: readonly Ageing[]): Partial<Policy> => ({
    files: new Map([
      ["/etc/login.defs", { content: defs, mode: "0644", owner: "root", group: "root" }],
      ["/etc/default/useradd", { content: "INACTIVE=30\n", mode: "0644", owner: "root", group: "root" }],
    ]),
    ageing,
  });
  it.each([
    [account("op", { maximum: 365 }), "pass"],
    [account("op", { maximum: 90 }), "pass"],
    [account("op", { maximum: undefined }), "fail"],
    [account("op", { maximum: -1 }), "fail"],
    [account("svc", { hash: "none", maximum: 99_999 }), "pass"],
  ] as const)("%o is a %s", (each, result) => {
    expect(settled(set([each])).results["accounts-password-age"]).toBe(result);
  });
  it("does not touch anything while a password is so old that its owner would be locked out", () => {
    const { details, changes } = settled({ ageing: [account("op", { lastChange: server.today - 400 })] });
    expect(details["accounts-password-age"]).toContain("passwd op");
    expect(changes.filter(({ because }) => because.includes("accounts-password-age"))).toEqual([]);
  });
  it("keeps a stricter limit, also in the files", () => {
    const seen = withFile("/etc/login.defs", "PASS_MAX_DAYS 90\nPASS_WARN_AGE 14\n");
    const change = settled(seen).changes.find((each) => each.kind === "file" && each.path === "/etc/login.defs");
    expect(change).toMatchObject({
      after: { content: expect.stringContaining("PASS_MAX_DAYS 90\nPASS_WARN_AGE 14\n") },
    });
  });
  it("is no question where passwords are meant to last", () => {
    expect(settled({}, { "accounts.password-days": 0 }).results["accounts-password-age"]).toBe("notapplicable");
  });
});

describe("accounts-password-hash", () => {
  it("follows the stack: yescrypt where PAM writes yescrypt", () => {
    const change = settled().changes.find((each) => each.kind === "file" && each.path === "/etc/login.defs");
    expect(change).toMatchObject({ after: { content: expect.stringContaining("ENCRYPT_METHOD YESCRYPT") } });
  });
  it("names accounts with old hashes, which no setting mends", () => {
    const { details, changes } = settled({ ageing: [account("old", { hash: "md5", maximum: 90 })] });
    expect(details["accounts-password-hash"]).toContain("old");
    expect(JSON.stringify(changes)).not.toContain("ENCRYPT_METHOD YESCRYPT");
  });
});

describe("accounts-password-rounds", () => {
  const defs = (text: string) => withFile("/etc/login.defs", text);
  it.each([
    ["", "fail"],
    ["# SHA_CRYPT_MIN_ROUNDS 100000\n# SHA_CRYPT_MAX_ROUNDS 100000\n", "fail"],
    ["SHA_CRYPT_MAX_ROUNDS 100000\n", "fail"],
    ["SHA_CRYPT_MIN_ROUNDS 5000\nSHA_CRYPT_MAX_ROUNDS 100000\n", "fail"],
    ["SHA_CRYPT_MIN_ROUNDS many\nSHA_CRYPT_MAX_ROUNDS many\n", "fail"],
    ["SHA_CRYPT_MIN_ROUNDS 100000\nSHA_CRYPT_MAX_ROUNDS 100000\n", "pass"],
    ["SHA_CRYPT_MIN_ROUNDS 640000\nSHA_CRYPT_MAX_ROUNDS 640000\n", "pass"],
  ])("%j is a %s", (text, result) => {
    expect(settled(defs(text)).results["accounts-password-rounds"]).toBe(result);
  });
  it("says both keys, and keeps more rounds than asked for", () => {
    const { changes } = settled(defs("SHA_CRYPT_MAX_ROUNDS 640000\n"));
    expect(changes.find((each) => each.kind === "file" && each.path === "/etc/login.defs")).toMatchObject({
      after: { content: expect.stringMatching(/^SHA_CRYPT_MAX_ROUNDS 640000$[\s\S]*^SHA_CRYPT_MIN_ROUNDS 100000$/mu) },
    });
  });
  it("is nothing where there is no login.defs", () => {
    expect(settled({ files: new Map() }).results["accounts-password-rounds"]).toBe("notapplicable");
  });
});

describe("accounts-shell-core-dumps", () => {
  it.each([
    ["/etc/profile", "ulimit -c 0\n", "pass"],
    ["/etc/profile.d/limits.sh", "  ulimit -S -c 0 > /dev/null 2>&1\n", "fail"],
    ["/etc/profile.d/limits.sh", "ulimit -Sc 0\n", "pass"],
    ["/etc/profile.d/limits.sh", "# ulimit -c 0\n", "fail"],
    ["/etc/profile.d/limits.sh", "ulimit -c unlimited\n", "fail"],
    ["/etc/bash.bashrc", "ulimit -c 0\n", "fail"],
  ])("%s with %j is a %s", (path, text, result) => {
    expect(settled(withFile(path, text)).results["accounts-shell-core-dumps"]).toBe(result);
  });
  it("takes the last word, which ours has", () => {
    const files = new Map(server.files);
    const file = (content: string) => ({ content, mode: "0644", owner: "root", group: "root" });
    files.set("/etc/profile.d/zz-drawbridge.sh", file(profileContent({ umask: "027", core: "0" })));
    files.set("/etc/profile.d/java.sh", file("ulimit -c unlimited\n"));
    expect(settled({ files }).results["accounts-shell-core-dumps"]).toBe("pass");
    files.set("/etc/profile.d/zzz.sh", file("ulimit -c 1024\n"));
    expect(settled({ files }).details["accounts-shell-core-dumps"]).toContain("/etc/profile.d/zzz.sh");
  });
});

describe("accounts-console-banner", () => {
  const text = "Private.\nNo trespassing: C:\\here\n";
  const issue = (content: string) => withFile("/etc/issue", content);
  it("shows what SSH shows, and says a backslash twice because agetty(8) reads escapes", () => {
    const { changes, results } = settled(issue("Debian GNU/Linux 12 \\n \\l\n"), { "ssh.banner": text });
    expect(results["accounts-console-banner"]).toBe("fail");
    expect(changes).toContainEqual(
      expect.objectContaining({
        path: "/etc/issue",
        after: expect.objectContaining({ content: "Private.\nNo trespassing: C:\\\\here\n" }),
      }),
    );
    expect(settled(issue(consoleText(text)), { "ssh.banner": text }).results["accounts-console-banner"]).toBe("pass");
  });
  it("writes it where there is no such file, and leaves a link to whoever made it", () => {
    const files = new Map(server.files);
    files.delete("/etc/issue");
    expect(settled({ files }).changes).toContainEqual(expect.objectContaining({ path: "/etc/issue", before: null }));
    const { results, changes } = settled({ ...issue("x"), linked: ["/etc/issue"] });
    expect(results["accounts-console-banner"]).toBe("notapplicable");
    expect(changes).not.toContainEqual(expect.objectContaining({ path: "/etc/issue" }));
  });
});

describe("what login shells start with", () => {
  it("is one file for both, and each alone", () => {
    expect(profileContent({ umask: "027", timeout: "900" })).toMatch(/^umask 027$[\s\S]*^typeset -xr TMOUT=900$/mu);
    expect(profileContent({ umask: "027" })).not.toContain("TMOUT=");
    expect(profileContent({ core: "0" })).toMatch(/^ulimit -c 0$/mu);
    expect(profileContent({ umask: "027" })).not.toMatch(/^ulimit/mu);
    expect(profileContent({ timeout: "900" })).not.toMatch(/^umask/mu);
  });
  it("is read back as it was written", () => {
    expect(umaskIn(profileContent({ umask: "077", timeout: "60" }))).toBe("077");
    expect(timeoutIn(profileContent({ umask: "077", timeout: "60" }))).toBe(60);
    expect(timeoutIn("# TMOUT=5\n")).toBeUndefined();
  });
  it("stands in bash's own file once, whatever was there", () => {
    expect(bashContent("PS1=x\n", "027")).toBe("PS1=x\n# drawbridge: new files are closed to strangers\numask 027\n");
    expect(bashContent("if true; then\n  umask 022\nfi\n", "027")).toBe("if true; then\n  umask 027\nfi\n");
    expect(bashContent(bashContent("", "027"), "027")).toBe(bashContent("", "027"));
  });
  it("leaves a time that somebody else set to them", () => {
    const { changes, results } = settled(withFile("/etc/profile", "TMOUT=7200\n"));
    expect(results["accounts-session-timeout"]).toBe("fail");
    expect(JSON.stringify(changes)).not.toContain("typeset");
    expect(settled(withFile("/etc/profile", "readonly TMOUT=600\n")).results["accounts-session-timeout"]).toBe("pass");
  });
  it("accepts a stricter umask", () => {
    const content = "umask 077\n";
    const files = new Map(server.files);
    for (const path of ["/etc/profile.d/zz-drawbridge.sh", "/etc/bash.bashrc"])
      files.set(path, { content, mode: "0644", owner: "root", group: "root" });
    files.set("/etc/login.defs", { content: "UMASK 077\n", mode: "0644", owner: "root", group: "root" });
    expect(settled({ files }).results["accounts-umask"]).toBe("pass");
    expect(settled({ files }, { "accounts.umask": "077" }).results["accounts-umask"]).toBe("pass");
    files.set("/etc/bash.bashrc", { content: "umask 007\n", mode: "0644", owner: "root", group: "root" });
    expect(settled({ files }).results["accounts-umask"]).toBe("fail");
  });
});

test("files for any machine come from answers alone", () => {
  const files = accountsStep.generate?.(answerReader(factsOf(), {})) ?? [];
  expect(files.map(({ path }) => path)).toEqual(["/etc/profile.d/zz-drawbridge.sh", "/etc/issue"]);
  for (const { content } of files) expect(content).not.toContain("{{");
});
