import { describe, expect, it } from "vitest";
import { afterChanges, hindrances } from "../../../../src/core/administrators.ts";
import { answerReader } from "../../../../src/core/answers.ts";
import { change } from "../../../../src/model/change.ts";
import { control } from "../../../../src/model/control.ts";
import { unknown } from "../../../../src/model/fact.ts";
import { fail } from "../../../../src/model/finding.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Step } from "../../../../src/model/step.ts";
import { type Accounts, accountNamed, accounts } from "../../../../src/probes/accounts.ts";
import { administrator } from "../../../../steps/os/administrator/index.ts";
import { captured, factsOf, parsed, problemsOf, settle } from "../../settle.ts";

const fresh = captured("accounts", "debian-12-fresh");
const rootonly = captured("accounts", "debian-13-rootonly");
const crowd = captured("accounts", "debian-12-crowd");

const factsFrom = (text: string) => factsOf([accounts, parsed(accounts, text)]);
const run = (text: string, given: Answers = {}) => settle([administrator], factsFrom(text), given);

/** Stands for every change that can lock out: an sshd that lets root in no more. */
const lockout: Step = {
  id: "lockout",
  category: "os",
  title: "",
  intro: "",
  questions: [],
  controls: [
    control({
      id: "root-login",
      guideline: [],
      title: "",
      failing: "",
      severity: "high",
      risk: "lockout",
      rationale: "",
      references: [],
      needs: {},
      inspect: () => fail("", []),
      plan: () => [
        change({ kind: "unit", phase: "ssh", risk: "lockout", title: "", unit: "ssh.service", action: "reloaded" }),
      ],
    }),
  ],
};
const withLockout = (text: string, given: Answers = {}) => settle([administrator, lockout], factsFrom(text), given);

const newKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIy6gJG9p9vYyqFJZq0XoU3lqTqJ0Wn8z5d0n7m1Qd3t new@laptop";
const ids = ["administrator-account", "administrator-key", "administrator-sudo"];
const passing = Object.fromEntries(ids.map((id) => [id, "pass"]));

describe("a server whose administrator gets in", () => {
  it("passes, and plans nothing", () => {
    const { results, changes, problems } = run(fresh);
    expect(results).toEqual(passing);
    expect(changes).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("may lose other doors", () => {
    expect(withLockout(fresh).refusals).toEqual([]);
  });

  it("proposes what is there", () => {
    expect(run(fresh).answers).toMatchObject({
      "administrator.name": "op",
      "administrator.sudo": "nopasswd",
      "administrator.keys": [expect.stringContaining("operator@drawbridge-lab")],
    });
  });

  it("adds a pasted key behind the ones that are there", () => {
    const { results, changes } = run(fresh, { "administrator.keys": [newKey] });
    expect(results["administrator-key"]).toBe("fail");
    expect(changes).toMatchObject([
      {
        kind: "file",
        path: "/home/op/.ssh/authorized_keys",
        after: {
          mode: "0600",
          owner: "op",
          group: "op",
          content: expect.stringMatching(/operator@.*\n.*new@laptop\n$/u),
        },
        because: ["administrator-key"],
      },
    ]);
  });

  it("asks for the password on request, which can lock out", () => {
    const { changes, refusals } = run(fresh, { "administrator.sudo": "password" });
    expect(changes).toMatchObject([
      { path: "/etc/sudoers.d/zz-drawbridge-administrator", risk: "lockout", after: { mode: "0440", owner: "root" } },
    ]);
    expect(refusals[0]?.reason).toContain("op cannot become root: sudo asks for a password, and it has none");
  });

  it("may make a second one", () => {
    const { titles, refusals } = withLockout(fresh, { "administrator.name": "carol", "administrator.keys": [newKey] });
    expect(titles).toEqual(expect.arrayContaining(["Create the administrator carol", "Give carol a key"]));
    expect(refusals).toEqual([]);
  });
});

describe("a new server, where only root can log in", () => {
  const { results, changes, answers, problems } = run(rootonly);

  it("fails in all three", () => {
    expect(results).toEqual(Object.fromEntries(ids.map((id) => [id, "fail"])));
    expect(problems).toEqual([]);
  });

  it("makes an administrator that root's own keys open", () => {
    expect(answers["administrator.name"]).toBe("admin");
    const described = changes.map((made) => [
      made.phase,
      made.kind,
      "path" in made ? made.path : "name" in made && made.name,
    ]);
    expect(described).toEqual([
      ["accounts", "user", "admin"],
      ["access", "directory", "/home/admin/.ssh"],
      ["access", "file", "/etc/sudoers.d/zz-drawbridge-administrator"],
      ["access", "file", "/home/admin/.ssh/authorized_keys"],
    ]);
    expect(changes).toMatchObject([
      { create: { system: false, createHome: true, home: "/home/admin", shell: "/bin/bash" } },
      { after: { mode: "0700", owner: "admin", group: "admin" } },
      { after: { content: expect.stringContaining("\nadmin ALL=(ALL:ALL) NOPASSWD: ALL\n"), mode: "0440" } },
      { after: { content: expect.stringMatching(/^ssh-ed25519 .*\n$/u), mode: "0600", owner: "admin" } },
    ]);
  });

  it("checks the rule before anything changes, and all of sudo's after", () => {
    const rule = changes.find(({ kind, phase }) => kind === "file" && phase === "access");
    expect(rule?.checks[0]?.argv).toEqual(["visudo", "-c", "-q", "-f", "@files/check-sudoers"]);
    expect(rule?.verify).toEqual([["visudo", "-c", "-q"]]);
  });

  it("gets in afterwards, so that other doors may close", () => {
    expect(withLockout(rootonly).refusals).toEqual([]);
  });

  it("does not, when root has no key either", () => {
    const { refusals } = withLockout(rootonly.replace(/\|ssh-ed25519.*\n/u, ""));
    expect(refusals).toEqual([
      {
        guard: "administrator-access",
        reason: "nobody could log in as administrator: admin has no key",
        remedy: expect.stringContaining("paste a public key of admin as administrator.keys"),
      },
    ]);
  });

  it("does not copy a key that runs a fixed command", () => {
    const forced = rootonly.replace("|ssh-ed25519", '|command="echo log in as debian" ssh-ed25519');
    expect(run(forced).answers["administrator.keys"]).toEqual([]);
  });

  it("writes where sshd looks, and leaves a folder for everyone's keys as it is", () => {
    const elsewhere = rootonly
      .replace("authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2", "authorizedkeysfile /etc/ssh/people/%u")
      .replaceAll("/root/.ssh/authorized_keys", "/etc/ssh/people/root")
      .replaceAll("/root/.ssh", "/etc/ssh/people");
    const { changes, refusals } = withLockout(elsewhere);
    expect(changes.some(({ kind }) => kind === "directory")).toBe(false);
    expect(changes).toContainEqual(
      expect.objectContaining({
        path: "/etc/ssh/people/admin",
        after: expect.objectContaining({ mode: "0644", owner: "root", group: "root" }),
      }),
    );
    expect(refusals).toEqual([]);
  });

  it("brings sudo where there is none", () => {
    const { changes, refusals } = withLockout(rootonly.replace(/@sudo\n\/.*\n/u, "@sudo\n"));
    expect(changes[0]).toMatchObject({ kind: "package", names: ["sudo"], phase: "packages" });
    expect(changes.flatMap(({ checks }) => checks)).toEqual([]);
    expect(refusals).toEqual([]);
  });

  it("takes a password as a secret, never as text", () => {
    const { changes, answers } = run(rootonly, {
      "administrator.sudo": "password",
      "administrator.password": "correct horse battery",
    });
    expect(changes[0]).toMatchObject({ kind: "user", passwordFrom: "administrator.password" });
    expect(answers).not.toHaveProperty("administrator.password");
    expect(JSON.stringify(changes)).not.toContain("correct horse");
  });
});

describe("an account that lacks something", () => {
  const cases = [
    ["nokey", "nokey has no key"],
    [
      "mode",
      "mode has a key that sshd ignores: /home/mode/.ssh/authorized_keys has mode 0666, so anyone can write to it",
    ],
    ["bob", "bob expired on 2024-01-01"],
    ["nosudo", "nosudo cannot become root: sudo does not know it"],
    ["some", "some cannot become root: sudo allows it some commands only"],
    ["must", "must cannot log in unattended: its password must be changed at the next login"],
  ] as const;

  it.each(cases)("is refused and nothing of it is changed: %s", (name, reason) => {
    const { refusals, titles } = withLockout(crowd, { "administrator.name": name });
    expect(refusals).toHaveLength(1);
    expect(refusals[0]?.reason).toContain(`nobody could log in as administrator: ${reason}`);
    expect(refusals[0]?.remedy).toContain("or answer administrator.name with op or alice");
    expect(titles).toEqual([""]);
  });

  it.each([
    ["mode", ["Let only mode write to /home/mode/.ssh/authorized_keys"]],
    ["nosudo", ["Let nosudo become root"]],
    ["some", ["Let some become root"]],
    ["bob", ["Let bob log in again", "Let bob become root"]],
  ])("is repaired when that is answered: %s", (name, titles) => {
    const given = { "administrator.name": name, "administrator.repair": true, "administrator.sudo": "nopasswd" };
    const outcome = withLockout(crowd, given);
    expect(outcome.titles.filter((title) => title !== "").sort()).toEqual([...titles].sort());
    expect(outcome.refusals).toEqual([]);
  });

  it("names the others and what they lack", () => {
    const { refusals } = withLockout(crowd, { "administrator.name": "nokey" });
    expect(refusals[0]?.reason).toContain("; bob expired on 2024-01-01");
    expect(refusals[0]?.reason).not.toContain("alice");
  });
});

describe("answers that cannot stand", () => {
  it.each([
    ["administrator.name", "root", "root is root: name the account of a person"],
    ["administrator.name", "www-data", "www-data is a system account"],
    ["administrator.name", "Carol", "use small letters"],
    ["administrator.name", "staff", "there is a group called staff already"],
    ["administrator.name", "left-over", "/home/left-over is left over"],
    ["administrator.name", "a b", "must be an account's name"],
    [
      "administrator.keys",
      ["-----BEGIN OPENSSH PRIVATE KEY-----"],
      "this is a private key: it must never leave your computer",
    ],
    ["administrator.keys", ["hello"], "is not a public key"],
    ["administrator.keys", [`${newKey}\n${newKey}`], "one key is one line"],
    ["administrator.password", "short", "at least 12 characters"],
  ])("%s = %j", (id, value, problem) => {
    const problems = problemsOf([administrator], factsFrom(crowd), {
      [id]: value,
      ...(id.endsWith("password") && { "administrator.name": "carol", "administrator.sudo": "password" }),
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(problem);
  });

  it("a weak key is refused, unless the server has taken it so far", () => {
    const weak = crowd.split("\n").find((line) => line.startsWith("|ssh-rsa") && line.endsWith("weak@old")) as string;
    const strong = crowd.split("\n").find((line) => line.endsWith("mode@laptop")) as string;
    expect(run(crowd, { "administrator.keys": [weak.slice(1)] }).problems[0]).toContain(
      "RSA with 1024 bits is too weak",
    );
    expect(run(crowd, { "administrator.keys": [strong.slice(1)] }).problems).toEqual([]);
  });
});

describe("ignorance", () => {
  it("is no verdict, and nothing that can lock out is done", () => {
    const facts = factsOf([accounts, unknown("this needs root, and sudo asks for a password")]);
    const { results, refusals } = settle([administrator, lockout], facts);
    expect(results["administrator-key"]).toBe("unknown");
    expect(refusals[0]?.guard).toBe("administrator-access");
  });
});

describe("what becomes of the accounts", () => {
  const fact = parsed(accounts, crowd);
  const known = (fact.state === "known" ? fact.value : undefined) as Accounts;
  const lacking = (name: string, ...changes: Parameters<typeof afterChanges>[1]) => {
    const after = afterChanges(known, changes);
    const account = accountNamed(after, name);
    return account && hindrances(after, account).map(({ aspect }) => aspect);
  };
  const user = { kind: "user", phase: "accounts", risk: "lockout", title: "" } as const;

  it("a locked password does not shut out a key, but sudo that asks for it", () => {
    expect(lacking("op", change({ ...user, name: "op", lockPassword: true }))).toEqual([]);
    expect(lacking("alice", change({ ...user, name: "alice", lockPassword: true }))).toEqual(["sudo"]);
  });

  it("a shell that turns away shuts out, and so does leaving sudo's group", () => {
    expect(lacking("op", change({ ...user, name: "op", shell: "/usr/sbin/nologin" }))).toEqual(["account"]);
    expect(lacking("alice", change({ ...user, name: "alice", removeGroups: ["sudo"] }))).toEqual(["sudo"]);
  });

  it("a key file that goes, or opens up, shuts out", () => {
    const path = "/home/alice/.ssh/authorized_keys";
    const gone = { kind: "absent", phase: "access", risk: "none", title: "", path, before: null } as const;
    expect(lacking("alice", change(gone))).toEqual(["key"]);
    const attributes = { mode: "0600", owner: "alice", group: "alice" };
    const open = { ...attributes, mode: "0666" };
    expect(
      lacking(
        "alice",
        change({ kind: "permissions", phase: "files", risk: "none", title: "", path, before: attributes, after: open }),
      ),
    ).toEqual(["key"]);
  });
});

describe("files without a machine", () => {
  it("are the rule and the keys that were answered", () => {
    const reader = answerReader(new Map(), { "administrator.name": "carol", "administrator.keys": [newKey] });
    expect(administrator.generate?.(reader)).toMatchObject([
      {
        path: "/etc/sudoers.d/zz-drawbridge-administrator",
        mode: "0440",
        content: expect.stringContaining("carol ALL=(ALL:ALL) NOPASSWD: ALL\n"),
      },
      { path: "/home/carol/.ssh/authorized_keys", mode: "0600", content: `${newKey}\n` },
    ]);
  });
});
