import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, passWhen } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Sshd, sshd } from "../../../src/probes/sshd.ts";
import { presentBanner, usualBanner } from "./banner.ts";
import { banner } from "./questions.ts";
import { judgeSettings, proposeSettings, type Setting } from "./settings.ts";

const wantedText = (answers: AnswerReader): string => {
  const text = answers.get(banner);
  return text.endsWith("\n") ? text : `${text}\n`;
};

/** A file that shows the text already is kept; any other may serve something else as well (/etc/motd), so it is left alone. */
const pathFor = (sshd: Sshd, answers: AnswerReader): string => {
  const present = presentBanner(sshd);
  return present?.kind === "file" && present.content === wantedText(answers) ? present.path : usualBanner;
};

const setting = (sshd: Sshd, answers: AnswerReader): Setting => ({
  keyword: "Banner",
  values: [pathFor(sshd, answers)],
  accepts: ([path]) => path === pathFor(sshd, answers),
});

/** Terms shown before login. sshd_config(5) Banner; CIS Debian 12 1.6.3 and 5.1.5. */
export const bannerControl = control({
  id: "ssh-banner",
  guideline: ["OS-05"],
  title: "SSH shows the legal text before login",
  failing: "SSH shows no legal text before login",
  severity: "low",
  risk: "restart",
  rationale:
    "Where a trial follows, it matters whether the intruder was told that the system is private and watched. The same text must not name the system: every detail helps to choose an attack.",
  references: [
    { source: "CIS Debian 12", id: "1.6.3" },
    { source: "CIS Debian 12", id: "5.1.5" },
    { source: "CIS Debian 13", id: "1.6.3" },
    { source: "CIS Debian 13", id: "5.1.5" },
    { source: "CIS Ubuntu 22.04", id: "1.6.3" },
    { source: "CIS Ubuntu 22.04", id: "5.1.5" },
    { source: "CIS Ubuntu 24.04", id: "1.6.3" },
    { source: "CIS Ubuntu 24.04", id: "5.1.5" },
    { source: "CIS RHEL 9", id: "1.7.3" },
    { source: "CIS RHEL 9", id: "5.1.8" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255020" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-200640" },
    { source: "NIST 800-53", id: "AC-8(a)" },
    { source: "NIST 800-53", id: "AC-8(c)" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "BANN-7126" },
    { source: "Lynis", id: "BANN-7130" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: ({ sshd }, answers) => {
    const verdict = judgeSettings(sshd, [setting(sshd, answers)]);
    const path = pathFor(sshd, answers);
    const content = sshd.banners[path]?.content;
    const right = content === wantedText(answers);
    const evidence: readonly Evidence[] = [
      ...verdict.evidence,
      { asked: `cat ${path}`, answered: content ?? "no such file" },
    ];
    const detail = [
      verdict.detail,
      ...(right ? [] : [`${path} ${content === undefined ? "is missing" : "says something else"}`]),
    ];
    return passWhen(verdict.result === "pass" && right, evidence, detail.filter((part) => part !== "").join("; "));
  },
  plan: ({ sshd }, answers) => {
    const path = pathFor(sshd, answers);
    const file = sshd.banners[path];
    const before =
      file === undefined ? null : { content: file.content, mode: file.mode, owner: file.owner, group: file.group };
    return [
      change({
        kind: "file",
        title: `SSH: write the legal text to ${path}`,
        risk: "none",
        phase: "files",
        path,
        before,
        after: { content: wantedText(answers), mode: before?.mode ?? "0644", owner: "root", group: "root" },
      }),
      ...proposeSettings(sshd, [setting(sshd, answers)]),
    ];
  },
});
