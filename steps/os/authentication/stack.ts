import { usableAdministrators } from "../../../src/core/administrators.ts";
import { keyLine, withKeyLines } from "../../../src/core/key-lines.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { type Policy, policy } from "../../../src/probes/policy.ts";

export type StackLine = {
  readonly path: string;
  readonly type: string;
  readonly module: string;
  readonly text: string;
};

/** Lines of pam.d(5) in the files that every service includes; continuation lines joined, comments left out. */
export const stackLines = ({ files }: Policy, types: readonly string[]): readonly StackLine[] =>
  [...files]
    .filter(([path]) => /\/pam\.d\/(?:common-|system-auth$|password-auth$)/u.test(path))
    .flatMap(([path, { content }]) =>
      content
        .replace(/\\\n/gu, " ")
        .split("\n")
        .flatMap((line) => {
          const match = /^\s*-?(auth|account|password|session)\s+(?:\[[^\]]*\]|\S+)\s+(\S+?)(?:\.so)?(?=\s|$)/u.exec(
            line,
          );
          return match && types.includes(match[1] as string)
            ? [
                {
                  path,
                  type: match[1] as string,
                  module: (match[2] as string).replace(/^.*\//u, ""),
                  text: line.trim(),
                },
              ]
            : [];
        }),
    );

/** What the stacks should hold. Everything of one plan is done in one go, because each rewrites the same files. */
export type StackWish =
  | { readonly kind: "lockout"; readonly tries: number; readonly seconds: number }
  | { readonly kind: "quality"; readonly length: number }
  | { readonly kind: "history"; readonly remember: number }
  | { readonly kind: "no-empty-passwords" };

const profileFolder = "/usr/share/pam-configs";
const stacks = [
  "/etc/pam.d/common-account",
  "/etc/pam.d/common-auth",
  "/etc/pam.d/common-password",
  "/etc/pam.d/common-session",
  "/etc/pam.d/common-session-noninteractive",
];

const file = (seen: Policy, path: string, title: string, content: string, mode = "0644"): Change =>
  change({
    kind: "file",
    phase: "access",
    risk: "lockout",
    title,
    path,
    before: seen.files.get(path) ?? null,
    after: { content, mode, owner: "root", group: "root" },
  });

export const faillockContent = (content: string, tries: number, seconds: number): string =>
  withKeyLines(
    content,
    { separator: " = " },
    {
      deny: String(tries),
      fail_interval: String(Math.max(900, Number(keyLine(content, "fail_interval") ?? 0))),
      unlock_time: String(seconds),
    },
  );

/** Debian's way: profiles for pam-auth-update(8), which keeps what other packages add. Options edited in its lines stay. */
export const passwordStacks = composer<StackWish, { policy: typeof policy; known: typeof accounts }>({
  id: "password-stacks",
  needs: { policy, known: accounts },
  compose: (wanted, facts) => {
    const seen = facts.policy;
    if (!wanted.some(({ needed }) => needed)) return [];
    const wish = <K extends StackWish["kind"]>(kind: K): Extract<StackWish, { kind: K }> | undefined =>
      wanted.map(({ value }) => value).find((value): value is Extract<StackWish, { kind: K }> => value.kind === kind);
    const lockout = wish("lockout");
    const quality = wish("quality");
    const history = wish("history");
    const enabled = [
      ...(lockout ? ["drawbridge-faillock", "drawbridge-faillock-notify"] : []),
      ...(history ? ["drawbridge-pwhistory"] : []),
    ];
    const profile = (name: string, content: string) =>
      file(seen, `${profileFolder}/${name}`, `PAM: profile ${name}`, content);
    return [
      ...packagesFor(seen, quality !== undefined || history !== undefined),
      // The last word of pwquality.conf(5), over what its folder says.
      ...(quality === undefined
        ? []
        : [
            file(
              seen,
              "/etc/security/pwquality.conf",
              "PAM: how a new password has to look",
              qualityContent(seen.files.get("/etc/security/pwquality.conf")?.content ?? "", quality.length),
            ),
          ]),
      ...(lockout === undefined
        ? []
        : [
            file(
              seen,
              "/etc/security/faillock.conf",
              "PAM: how many wrong passwords",
              faillockContent(
                seen.files.get("/etc/security/faillock.conf")?.content ?? "",
                lockout.tries,
                lockout.seconds,
              ),
            ),
            profile("drawbridge-faillock", template("usr/share/pam-configs/drawbridge-faillock")),
            profile("drawbridge-faillock-notify", template("usr/share/pam-configs/drawbridge-faillock-notify")),
          ]),
      ...(history === undefined ? [] : [profile("drawbridge-pwhistory", historyProfile(history.remember))]),
      ...(enabled.length === 0
        ? []
        : [
            change({
              kind: "command",
              phase: "access",
              risk: "lockout",
              title: `PAM: switch on ${enabled.join(", ")}`,
              argv: ["pam-auth-update", "--enable", ...enabled],
              touches: [...stacks, "/var/lib/pam"],
              verify: loginTrials(facts.known),
            }),
          ]),
      ...(wish("no-empty-passwords") === undefined
        ? []
        : [
            change({
              kind: "command",
              phase: "access",
              risk: "lockout",
              title: "PAM: no login with an empty password",
              argv: [
                "sed",
                "-i",
                "-E",
                "/pam_unix\\.so/s/[[:space:]]+nullok(_secure)?\\b//",
                "/etc/pam.d/common-auth",
                "/etc/pam.d/common-password",
              ],
              touches: ["/etc/pam.d/common-auth", "/etc/pam.d/common-password"],
              verify: loginTrials(facts.known),
            }),
          ]),
    ];
  },
});

/**
 * The module's package puts itself into the stack. It only recommends the dictionary, and without one it refuses every
 * password, whoever sets it: both come together.
 */
const packagesFor = (seen: Policy, wanted: boolean): readonly Change[] => {
  const names = [
    ...(seen.modules.includes("pam_pwquality") ? [] : ["libpam-pwquality"]),
    ...(seen.dictionary ? [] : ["cracklib-runtime"]),
  ];
  return !wanted || names.length === 0
    ? []
    : [change({ kind: "package", phase: "packages", risk: "none", title: `Install ${names.join(", ")}`, names })];
};

/** Before anything is final, a login as each administrator goes through the account and session stacks. su(1). */
const loginTrials = (known: Accounts): string[][] =>
  usableAdministrators(known)
    .slice(0, 2)
    .map(({ name }) => ["su", "--login", "--command", "true", name]);

/** Upper and lower case, digits and others: at least one of each (minclass says the same to newer checkers). */
export const qualityContent = (content: string, length: number): string =>
  withKeyLines(
    content,
    { separator: " = " },
    {
      minlen: String(length),
      minclass: "4",
      ucredit: "-1",
      lcredit: "-1",
      dcredit: "-1",
      ocredit: "-1",
      difok: "2",
      maxrepeat: "3",
      maxsequence: "3",
      dictcheck: "1",
      enforcing: "1",
      enforce_for_root: undefined,
    },
  );

export const historyProfile = (remember: number): string =>
  template("usr/share/pam-configs/drawbridge-pwhistory").replace("{{remember}}", String(remember));

/** Only pam-auth-update is spoken to; on RHEL authselect owns the stacks. */
export const stackOwner = ({ programs, files }: Policy): true | string => {
  if (programs.includes("pam-auth-update") && files.has("/etc/pam.d/common-auth")) return true;
  return programs.includes("authselect")
    ? "authselect owns the password stacks here: authselect enable-feature with-faillock with-pwhistory without-nullok"
    : "there are no common password stacks here (pam-auth-update)";
};
