import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { ownSudoFile, type Policy, policy } from "../../../src/probes/policy.ts";
import { sudoMinutes } from "./questions.ts";

/** Options of "Defaults" for everybody, in the order in which sudoers(5) reads them: the last word counts. */
const options = ({ sudoDefaults }: Policy): readonly string[] =>
  sudoDefaults
    .flatMap(({ line }) => /^Defaults\s+(.*)$/u.exec(line)?.[1] ?? [])
    .flatMap((text) => text.match(/(?:[^,"]|"[^"]*")+/gu) ?? [])
    .map((option) => option.trim());

const flag = (seen: Policy, name: string): boolean => {
  const word = options(seen).findLast((option) => option === name || option === `!${name}`);
  return word === name;
};

const settingOf = (seen: Policy, name: string): string | undefined =>
  options(seen)
    .flatMap((option) => new RegExp(`^${name}\\s*=\\s*"?([^"]*)"?$`, "u").exec(option)?.[1] ?? [])
    .at(-1);

export const sudoDefaultsContent = (minutes: number): string =>
  template("etc/sudoers.d/zz-drawbridge-defaults").replace("{{minutes}}", String(minutes));

/** sudoers(5); CIS Debian 12 5.2.2, 5.2.3, 5.2.6. */
export const sudoDefaults = control({
  id: "authentication-sudo",
  guideline: ["OS-10", "OS-07"],
  title: "sudo writes down what is done, and asks again after a while",
  failing: "sudo leaves no log of its own, or is remembered too long",
  severity: "medium",
  risk: "lockout",
  rationale:
    "A log of every command with its caller answers the first question after an accident. A terminal of its own keeps a program that sudo started from typing into yours, and a short memory keeps a forgotten shell harmless.",
  references: [
    { source: "CIS Debian 12", id: "5.2.2" },
    { source: "CIS Debian 12", id: "5.2.3" },
    { source: "CIS Debian 12", id: "5.2.6" },
    { source: "CIS Debian 13", id: "5.2.2" },
    { source: "CIS Debian 13", id: "5.2.3" },
    { source: "CIS Debian 13", id: "5.2.6" },
    { source: "CIS Ubuntu 22.04", id: "5.2.2" },
    { source: "CIS Ubuntu 22.04", id: "5.2.3" },
    { source: "CIS Ubuntu 22.04", id: "5.2.6" },
    { source: "CIS Ubuntu 24.04", id: "5.2.2" },
    { source: "CIS Ubuntu 24.04", id: "5.2.3" },
    { source: "CIS Ubuntu 24.04", id: "5.2.6" },
    { source: "CIS RHEL 9", id: "5.2.2" },
    { source: "CIS RHEL 9", id: "5.2.3" },
    { source: "CIS RHEL 9", id: "5.2.6" },
    { source: "STIG RHEL 9", id: "RHEL-09-432015" },
    { source: "NIST 800-53", id: "IA-11" },
    { source: "Lynis", id: "AUTH-9250" },
    { source: "man", id: "sudoers(5)" },
  ],
  needs: { policy },
  applies: (facts) => facts.policy.programs.includes("sudo") || "sudo is not installed",
  inspect: (facts, answers) => {
    const seen = facts.policy;
    const [log, timeout] = [settingOf(seen, "logfile"), settingOf(seen, "timestamp_timeout")];
    const minutes = Number(timeout ?? Number.NaN);
    const open = seen.sudoDefaults.filter(({ line }) => /!authenticate\b/u.test(line));
    const evidence = [
      {
        asked: "Defaults in sudoers",
        answered: seen.sudoDefaults.map(({ path, line }) => `${path}: ${line}`).join("\n") || "none",
      },
    ];
    const problems = [
      ...(flag(seen, "use_pty") ? [] : ["no terminal of its own (use_pty)"]),
      ...(log === undefined ? ["no log file"] : []),
      ...(minutes >= 0 && minutes <= answers.get(sudoMinutes)
        ? []
        : [timeout === undefined ? "nothing says how long it remembers" : `it remembers for ${timeout} minutes`]),
      ...open.map(({ path }) => `${path} switches passwords off (!authenticate)`),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: (facts, answers) => {
    const seen = facts.policy;
    // Who may do so was somebody's decision; it is found and named, and nothing is half done beside it.
    if (seen.sudoDefaults.some(({ line }) => /!authenticate\b/u.test(line))) return [];
    const content = sudoDefaultsContent(answers.get(sudoMinutes));
    return [
      ...(seen.folders.includes("/etc/sudoers.d")
        ? []
        : [rootFolder("A folder for rules of sudo", "/etc/sudoers.d", { mode: "0750", phase: "access" })]),
      change({
        kind: "file",
        phase: "access",
        risk: "lockout",
        title: "sudo: a log, a terminal of its own, a short memory",
        path: ownSudoFile,
        before: seen.files.get(ownSudoFile) ?? null,
        after: { content, mode: "0440", owner: "root", group: "root" },
        checks: [
          {
            argv: ["visudo", "-c", "-q", "-f", "@files/check-sudo-defaults"],
            files: { "check-sudo-defaults": content },
          },
        ],
        verify: [["visudo", "-c", "-q"]],
      }),
    ];
  },
  breaks: () => ["programs that sudo leaves running in the background end with it (use_pty): start them as a service"],
});
