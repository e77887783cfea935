import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { type Effective, sshd } from "../../../src/probes/sshd.ts";
import { sshdLogins } from "../../../src/probes/sshd-logins.ts";
import { recentLogins } from "./recent-logins.ts";
import { judgeSettings, proposeSettings, type Setting, type Settings } from "./settings.ts";

/** Every way in begins with a key: "publickey", or "publickey,keyboard-interactive" with a second factor. */
const methodsOf = (effective: Effective): readonly (readonly string[])[] =>
  (effective.authenticationmethods?.[0] ?? "any")
    .split(" ")
    .map((method) => method.split(",").map((part) => part.split(":")[0] as string));

const beginsWithKey = (effective: Effective): boolean =>
  methodsOf(effective).every((method) => method.includes("publickey"));

const offUnlessSecond = (keyword: string, method: string): Setting => ({
  keyword,
  values: ["no"],
  accepts: ([found], effective) =>
    found === "no" || (beginsWithKey(effective) && methodsOf(effective).some((parts) => parts.includes(method))),
});

const settings: Settings = () => [
  offUnlessSecond("PasswordAuthentication", "password"),
  offUnlessSecond("KbdInteractiveAuthentication", "keyboard-interactive"),
  {
    keyword: "AuthenticationMethods",
    values: ["publickey"],
    accepts: (_: readonly string[], effective: Effective) => beginsWithKey(effective),
  },
];

/** Keys only. A second factor after the key (AuthenticationMethods publickey,keyboard-interactive) is better still and stays. */
export const passwordAuthentication = control({
  id: "ssh-password-authentication",
  guideline: ["OS-05"],
  title: "Nobody logs in over SSH with a password",
  failing: "SSH lets people log in with a password",
  severity: "critical",
  risk: "lockout",
  rationale:
    "Passwords are guessed around the clock on every server that takes them, and one weak one is enough. A key cannot be guessed. Keyboard-interactive is the same password by another name, so both are off.",
  references: [
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-612020" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-400030" },
    { source: "STIG RHEL 9", id: "RHEL-09-255035" },
    { source: "NIST 800-53", id: "IA-2" },
    { source: "NIST 800-53", id: "IA-5(1)" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, logins: raw(sshdLogins) },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ logins }) =>
    recentLogins(logins, ({ method }) => /^(?:password|keyboard-interactive)/u.test(method)).map(
      (login) => `${login}: that stops`,
    ),
});
