import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { consoleBanner, policy } from "../../../src/probes/policy.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { banner } from "../ssh/questions.ts";

/** agetty(8) takes a backslash for the beginning of an escape. */
export const consoleText = (text: string): string => `${text.replace(/\n*$/u, "").replaceAll("\\", "\\\\")}\n`;

/** agetty(8), issue(5); CIS Debian 12 1.6.2. The text is the one that SSH shows: one answer, one text. */
export const consoleLegalText = control({
  id: "accounts-console-banner",
  guideline: ["OS-10"],
  title: "The console shows the legal text before login",
  failing: "The console names the system before login, and no terms",
  severity: "low",
  risk: "none",
  rationale:
    "Who opens the hoster's console or stands before the machine reads this file first. What was installed there names the distribution and its release, which helps to choose an attack, and no rule that somebody could be held to.",
  references: [
    { source: "CIS Debian 12", id: "1.6.2" },
    { source: "CIS Debian 13", id: "1.6.2" },
    { source: "CIS Ubuntu 22.04", id: "1.6.2" },
    { source: "CIS Ubuntu 24.04", id: "1.6.2" },
    { source: "CIS RHEL 9", id: "1.7.2" },
    { source: "NIST 800-53", id: "AC-8(a)" },
    { source: "Lynis", id: "BANN-7126" },
    { source: "man", id: "issue(5)" },
  ],
  // The answer follows what SSH shows today, so that has to be known in every run that asks this.
  needs: { policy, ssh: raw(sshd) },
  applies: (facts) =>
    !facts.policy.linked.includes(consoleBanner) || `${consoleBanner} is a link to a file that something else writes`,
  inspect: ({ policy: seen }, answers) => {
    const content = seen.files.get(consoleBanner)?.content;
    return passWhen(
      content === consoleText(answers.get(banner)),
      [{ asked: `cat ${consoleBanner}`, answered: content ?? "no such file" }],
      `${consoleBanner} ${content === undefined ? "is missing" : "says something else"}`,
    );
  },
  plan: ({ policy: seen }, answers) => {
    const before = seen.files.get(consoleBanner);
    return [
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: `Console: write the legal text to ${consoleBanner}`,
        path: consoleBanner,
        before: before ?? null,
        after: {
          content: consoleText(answers.get(banner)),
          // Its rights are `files-account-databases`' to judge.
          mode: before?.mode ?? "0644",
          owner: before?.owner ?? "root",
          group: before?.group ?? "root",
        },
      }),
    ];
  },
});
