import { describe, expect, it, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { accounts } from "../../../../src/probes/accounts.ts";
import { type Policy, policy } from "../../../../src/probes/policy.ts";
import { suStack } from "../../../../steps/os/authentication/authentication-su.ts";
import { authentication } from "../../../../steps/os/authentication/index.ts";
import { faillockContent } from "../../../../steps/os/authentication/stack.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";
import { peopleAre, person, root } from "../ssh/server.ts";

const server = knownValue(parsed(policy, captured("policy", "bookworm"))) as Policy;
const people = peopleAre([root, person("op", { groups: ["op"] })]);

const settled = (seen: Partial<Policy> = {}, given: Answers = {}, known_ = people) =>
  settle([authentication], factsOf([policy, known({ ...server, ...seen })], [accounts, known(known_)]), given);

const dictionary = { dictionary: true };

const withFiles = (files: Readonly<Record<string, string>>): Partial<Policy> => ({
  files: new Map([
    ...server.files,
    ...Object.entries(files).map(
      ([path, content]) => [path, { content, mode: "0644", owner: "root", group: "root" }] as const,
    ),
  ]),
});

/** The stacks as pam-auth-update(8) makes them of our profiles, on Debian 12. */
const hardened = {
  "/etc/pam.d/common-auth": `auth	required			pam_faillock.so preauth
auth	[success=3 default=ignore]	pam_unix.so try_first_pass
auth	[default=die]	pam_faillock.so authfail
auth	sufficient	pam_faillock.so authsucc
auth	requisite			pam_deny.so
`,
  "/etc/pam.d/common-account": "account	required	pam_faillock.so\naccount	[success=1 default=ignore]	pam_unix.so\n",
  "/etc/pam.d/common-password": `password	requisite			pam_pwquality.so retry=3
password	requisite			pam_pwhistory.so remember=24 enforce_for_root try_first_pass use_authtok
password	[success=1 default=ignore]	pam_unix.so obscure use_authtok try_first_pass yescrypt
`,
  "/etc/security/faillock.conf": "deny = 4\nunlock_time = 900\n",
  "/etc/security/pwquality.conf": "minlen = 14\nminclass = 4\n",
};

test("a server as installed fails everywhere", () => {
  expect(new Set(Object.values(settled().results))).toEqual(new Set(["fail"]));
});

describe("the stacks", () => {
  const ids = [
    "authentication-lockout",
    "authentication-password-quality",
    "authentication-password-history",
    "authentication-empty-passwords",
  ];
  it.each(ids)("%s passes on what the profiles make", (id) => {
    expect(settled({ ...withFiles(hardened), ...dictionary }).results[id]).toBe("pass");
  });

  it.each([
    ["authentication-lockout", { "/etc/pam.d/common-account": "account required pam_unix.so\n" }],
    ["authentication-lockout", { "/etc/security/faillock.conf": "deny = 10\nunlock_time = 900\n" }],
    ["authentication-lockout", { "/etc/security/faillock.conf": "deny = 4\nunlock_time = 60\n" }],
    ["authentication-lockout", { "/etc/pam.d/common-auth": "# auth requisite pam_faillock.so preauth\n" }],
    ["authentication-password-quality", { "/etc/security/pwquality.conf": "minlen = 8\n" }],
    ["authentication-password-quality", { "/etc/pam.d/common-password": "password required pam_unix.so\n" }],
    [
      "authentication-password-history",
      { "/etc/pam.d/common-password": "password requisite pam_pwhistory.so remember=5\n" },
    ],
    [
      "authentication-empty-passwords",
      { "/etc/pam.d/common-auth": "auth required pam_unix.so try_first_pass nullok\n" },
    ],
    [
      "authentication-empty-passwords",
      { "/etc/pam.d/common-auth": "auth [success=1 \\\n default=ignore] pam_unix.so nullok\n" },
    ],
  ])("%s fails with %o", (id, files) => {
    expect(settled({ ...withFiles({ ...hardened, ...files }), ...dictionary }).results[id]).toBe("fail");
  });

  it("accepts an account that stays closed until somebody opens it", () => {
    const files = { ...hardened, "/etc/security/faillock.conf": "deny = 3\nunlock_time = 0\n" };
    expect(settled(withFiles(files)).results["authentication-lockout"]).toBe("pass");
  });

  it("are changed by one call of pam-auth-update, with a login tried before it is final", () => {
    const commands = settled().changes.filter((change) => change.kind === "command");
    expect(commands.map(({ argv }) => argv[0])).toEqual(["pam-auth-update", "sed"]);
    expect(commands[0]).toMatchObject({
      argv: [
        "pam-auth-update",
        "--enable",
        "drawbridge-faillock",
        "drawbridge-faillock-notify",
        "drawbridge-pwhistory",
      ],
      risk: "lockout",
    });
    for (const { touches, verify } of commands) {
      expect(touches).toContain("/etc/pam.d/common-auth");
      expect(verify).toContainEqual(["su", "--login", "--command", "true", "op"]);
    }
  });

  it("are left to authselect where it owns them, and that is said", () => {
    const files = new Map([...server.files].filter(([path]) => !path.includes("common-")));
    const { changes } = settled({ files, programs: ["authselect", "sudo"] });
    expect(JSON.stringify(changes)).not.toContain("pam-auth-update");
  });
});

describe("the dictionary, without which every password is refused", () => {
  it("is a finding where it is missing", () => {
    const { details } = settled({ ...withFiles(hardened), dictionary: false });
    expect(details["authentication-password-quality"]).toContain("no new password can be set");
  });
  it("comes with the module, and alone where only it is missing", () => {
    const packages = (seen: Partial<Policy>) =>
      settled(seen).changes.flatMap((change) => (change.kind === "package" ? change.names : []));
    expect(packages({})).toEqual(["libpam-pwquality", "cracklib-runtime"]);
    expect(packages({ modules: [...server.modules, "pam_pwquality"] })).toEqual(["cracklib-runtime"]);
    expect(packages({ modules: [...server.modules, "pam_pwquality"], ...dictionary })).toEqual([]);
  });
});

test("faillock.conf keeps a longer interval and its comments", () => {
  expect(faillockContent("# deny = 3\nfail_interval = 3600\n", 4, 900)).toBe(
    "# deny = 3\nfail_interval = 3600\ndeny = 4\nunlock_time = 900\n",
  );
});

describe("authentication-su", () => {
  it("puts its line after root's own, in place of another", () => {
    expect(
      suStack("# x\nauth       sufficient pam_rootok.so\nauth required pam_wheel.so\n@include common-auth\n"),
    ).toBe(
      "# x\nauth       sufficient pam_rootok.so\nauth       required   pam_wheel.so use_uid group=sugroup\n@include common-auth\n",
    );
  });
  const line = "auth sufficient pam_rootok.so\nauth required pam_wheel.so use_uid group=sugroup\n";
  it.each([
    [[], "pass"],
    [["op"], "fail"],
  ] as const)("with members %o is a %s", (members, result) => {
    const seen = { ...withFiles({ "/etc/pam.d/su": line }), groups: new Map([["sugroup", members]]) };
    expect(settled(seen).results["authentication-su"]).toBe(result);
  });
  it("does not count a line that is only a comment", () => {
    expect(settled(withFiles({ "/etc/pam.d/su": "# auth required pam_wheel.so\n" })).results["authentication-su"]).toBe(
      "fail",
    );
  });
});

describe("authentication-sudo", () => {
  const lines = (...each: readonly string[]) => ({
    sudoDefaults: each.map((line) => ({ path: "/etc/sudoers", line })),
  });
  it.each([
    [["Defaults use_pty", 'Defaults logfile="/var/log/sudo.log"', "Defaults timestamp_timeout=5"], "pass"],
    [["Defaults use_pty, logfile=/var/log/sudo.log, timestamp_timeout = 15"], "pass"],
    [["Defaults use_pty", "Defaults !use_pty", "Defaults logfile=/x, timestamp_timeout=5"], "fail"],
    [["Defaults use_pty", "Defaults logfile=/x, timestamp_timeout=60"], "fail"],
    [["Defaults use_pty", "Defaults logfile=/x, timestamp_timeout=-1"], "fail"],
    [["Defaults use_pty, timestamp_timeout=5"], "fail"],
    [["Defaults use_pty, logfile=/x, timestamp_timeout=5", "Defaults:op !authenticate"], "fail"],
  ] as const)("%o is a %s", (each, result) => {
    expect(settled(lines(...each)).results["authentication-sudo"]).toBe(result);
  });
  it("is judged by visudo before it is there, and as a whole afterwards", () => {
    const change = settled().changes.find((each) => each.kind === "file" && each.path.startsWith("/etc/sudoers.d/"));
    expect(change?.checks[0]?.argv).toContain("@files/check-sudo-defaults");
    expect(change?.verify).toContainEqual(["visudo", "-c", "-q"]);
  });
  it("does not apply without sudo", () => {
    expect(settled({ programs: [] }).results["authentication-sudo"]).toBe("notapplicable");
  });
});

test("files for any machine come from answers alone", () => {
  for (const { content } of authentication.generate?.(answerReader(factsOf(), {})) ?? []) {
    expect(content).not.toContain("{{");
  }
});
