import { describe, expect, it } from "vitest";
import { answerProblem, answerReader } from "../../../../src/core/answers.ts";
import { neededFacts } from "../../../../src/core/needs.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { AnyQuestion } from "../../../../src/model/question.ts";
import { isLegalBanner } from "../../../../steps/os/ssh/banner.ts";
import { ssh } from "../../../../steps/os/ssh/index.ts";
import { factsOf, keys, peopleAre, person, root, type Server, socket, sshdOf, withEffective } from "./server.ts";

const question = (id: string): AnyQuestion => {
  const found = ssh.questions.find((each) => each.id === id);
  if (found === undefined) throw new Error(id);
  return found;
};
const fresh = sshdOf("bookworm");
const proposal = (id: string, server: Partial<Server> = {}, answers: Answers = {}) =>
  answerReader(factsOf({ sshd: fresh, ...server }), answers).get(question(id));
const problem = (id: string, value: unknown, server: Partial<Server> = {}) => {
  const facts = factsOf({ sshd: fresh, ...server });
  return answerProblem(question(id), value, facts, answerReader(facts, {}));
};

describe("ssh.port", () => {
  it.each([
    ["as delivered", {}, 22022],
    ["already elsewhere", { sshd: sshdOf("bookworm-other-port") }, 2222],
    ["behind a socket", { sshd: sshdOf("bookworm-socket-hardened") }, 22022],
    ["22022 taken", { listeners: [socket(22022, "nginx")] }, 22222],
    ["22022 inside the ephemeral range", { sshd: { ...fresh, ephemeralPorts: [15000, 61000] as const } }, 10022],
    ["sshd not known", { sshd: { state: "unknown", reason: "" } as const }, 22022],
  ])("%s: %s", (_, server, port) => expect(proposal("ssh.port", server)).toBe(port));

  it.each([
    ["22022", undefined],
    [22, undefined],
    [443, "below 1024"],
    [0, "Too small"],
    [65536, "Too big"],
    ["x", "expected number"],
    [40000, "range of outgoing connections (32768 to 60999)"],
    [2022, "taken by nginx"],
  ])("%j", (value, expected) => {
    const found = problem("ssh.port", value, { listeners: [socket(2022, "nginx")] });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });

  it("does not take sshd, or systemd for it, for somebody else", () =>
    expect(problem("ssh.port", 2022, { listeners: [socket(2022, "systemd", "ssh.socket")] })).toBeUndefined());
});

describe("ssh.users", () => {
  const accounts = peopleAre([
    root,
    person("op"),
    person("git", { uid: 990, system: true, shell: "/usr/bin/git-shell" }),
    person("sleeper", {
      keyFiles: [{ path: "", file: undefined, keys: [], unreadable: false, ignored: undefined, chain: [] }],
    }),
    person("gone", { expired: true }),
    person("nologin", { loginShell: false }),
  ]);

  it("proposes whoever gets in with a key today, never root", () =>
    expect(proposal("ssh.users", { accounts })).toEqual(["git", "op"]));
  it("leaves out whom sshd turns away today", () =>
    expect(proposal("ssh.users", { accounts, sshd: withEffective(fresh, { denyusers: ["git"] }) })).toEqual(["op"]));
  it("always has the administrator", () =>
    expect(proposal("ssh.users", { accounts }, { "administrator.name": "newcomer" })).toEqual([
      "git",
      "newcomer",
      "op",
    ]));
  it("presumes keys of people where they come from a certificate authority", () => {
    const certified = { ...accounts, keyLookup: { ...accounts.keyLookup, trustedUserCa: true } };
    expect(proposal("ssh.users", { accounts: certified })).toEqual(["git", "op", "sleeper"]);
  });
  it.each([
    [["op"], undefined],
    [[], "somebody has to"],
    [["op", "root"], "root does not log in"],
    [["git"], "op, the administrator"],
    [["op", "missing"], "there is no account missing"],
    [["op", "a b"], "must be an account"],
  ])("%j", (value, expected) => {
    const found = problem("ssh.users", value, { accounts });
    if (expected === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(expected);
  });
  it("offers everyone with a hint, and root not at all", () => {
    const facts = factsOf({ sshd: fresh, accounts });
    const users = question("ssh.users");
    const choices = users.choices?.(neededFacts(facts, users.needs), answerReader(facts, {})) ?? [];
    expect(choices.map(({ value, disabled }) => [value, disabled !== undefined])).toEqual([
      ["root", true],
      ["op", false],
      ["git", false],
      ["sleeper", false],
      ["gone", false],
    ]);
    expect(choices[1]?.hint).toBe("key ed25519, sudo, here now");
  });
});

describe("the other proposals", () => {
  it.each([
    ["ssh.group", {}, "ssh-users"],
    ["ssh.group", { sshd: withEffective(fresh, { allowgroups: ["admins"] }) }, "admins"],
    ["ssh.group", { sshd: withEffective(fresh, { allowgroups: ["a", "b"] }) }, "ssh-users"],
    ["ssh.algorithms", {}, "strict"],
    ["ssh.algorithms", { accounts: peopleAre([root, person("op", { key: keys.ecdsa })]) }, "compat"],
    ["ssh.algorithms", { accounts: peopleAre([root, person("op", { key: keys.rsa2048 })]) }, "compat"],
    ["ssh.idle", {}, 15],
    ["ssh.idle", { sshd: withEffective(fresh, { clientaliveinterval: ["60"], clientalivecountmax: ["3"] }) }, 3],
    ["ssh.idle", { sshd: withEffective(fresh, { clientaliveinterval: ["7200"] }) }, 15],
    ["ssh.forwarding", {}, "none"],
    ["ssh.forwarding", { logins: { accepted: [], tunnels: ["127.0.0.1:5432"] } }, "local"],
    ["ssh.log-level", {}, "INFO"],
    ["ssh.log-level", { sshd: withEffective(fresh, { loglevel: ["VERBOSE"] }) }, "VERBOSE"],
    ["ssh.log-level", { distribution: "rocky" }, "VERBOSE"],
  ])("%s, %#: %s", (id, server, value) => expect(proposal(id as string, server as Partial<Server>)).toBe(value));

  it("proposes a legal text, and keeps one that is shown already", () => {
    expect(isLegalBanner(proposal("ssh.banner") as string)).toBe(true);
    const own =
      "Private system. Access restricted to authorized users; all activity is monitored and recorded. Consent is given.\n";
    const shown = withEffective(
      {
        ...fresh,
        banners: {
          "/etc/motto": { path: "/etc/motto", kind: "file", mode: "0644", owner: "root", group: "root", content: own },
        },
      },
      { banner: ["/etc/motto"] },
    );
    expect(proposal("ssh.banner", { sshd: shown })).toBe(own);
    expect(isLegalBanner("Welcome to Debian GNU/Linux 12")).toBe(false);
  });

  it("refuses control characters in the banner", () =>
    expect(problem("ssh.banner", "a\u001b[2J")).toContain("plain text"));
  it("shows one line of the banner in lists", () =>
    expect(question("ssh.banner").describe?.(proposal("ssh.banner"))).toBe(
      "This is a private system. Access is restricted to authorised",
    ));
});
