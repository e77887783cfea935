import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Files, files } from "../../../src/probes/files.ts";
import { judgePermissions, proposePermissions, type Wanted } from "./permissions.ts";
import { jobOwners } from "./questions.ts";

const wanted = ({ fixed }: Files): readonly Wanted[] =>
  fixed
    .filter(({ path }) => path.startsWith("/etc/cron") && !/\.(?:allow|deny)$/u.test(path))
    .map((path) => ({ path, atMost: path.kind === "directory" ? 0o700 : 0o600, owner: "root", groups: ["root"] }));

const lists = ["/etc/cron.allow", "/etc/at.allow"] as const;

const namesIn = (text: string): readonly string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

/** cron(8), crontab(1), at.allow(5); CIS Debian 12 2.4.1.x and 2.4.2.1. */
export const scheduledJobs = control({
  id: "files-scheduled-jobs",
  guideline: ["OS-11"],
  title: "Only root and named accounts have scheduled jobs",
  failing: "Anyone may schedule jobs, or read what root has scheduled",
  severity: "medium",
  risk: "none",
  rationale:
    "A scheduled job is how an intruder stays: it comes back after every reboot and every clean-up. Named in a list are those who need one; root's own jobs are nobody else's business.",
  references: [
    { source: "CIS Debian 12", id: "2.4.1.2" },
    { source: "CIS Debian 12", id: "2.4.1.7" },
    { source: "CIS Debian 13", id: "2.4.1.2" },
    { source: "CIS Debian 13", id: "2.4.1.8" },
    { source: "CIS Ubuntu 22.04", id: "2.4.1.2" },
    { source: "CIS Ubuntu 22.04", id: "2.4.1.7" },
    { source: "CIS Ubuntu 24.04", id: "2.4.1.2" },
    { source: "CIS Ubuntu 24.04", id: "2.4.1.7" },
    { source: "CIS RHEL 9", id: "2.4.1.2" },
    { source: "CIS RHEL 9", id: "2.4.1.7" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "CIS Debian 12", id: "2.4.1.8" },
    { source: "CIS Debian 12", id: "2.4.2.1" },
    { source: "Lynis", id: "FILE-7524" },
    { source: "man", id: "crontab(1)" },
  ],
  needs: { files },
  applies: (facts) => facts.files.cron || facts.files.at || "neither cron nor at is installed",
  inspect: (facts, answers) => {
    const modes = judgePermissions(wanted(facts.files));
    const owners = answers.get(jobOwners);
    const problems = lists.flatMap((path) => {
      const text = facts.files.allowed.get(path);
      if (text === undefined) return [`no ${path}: everybody may`];
      const found = facts.files.fixed.find((each) => each.path === path);
      if (found !== undefined && (Number.parseInt(found.mode, 8) & ~0o640) !== 0)
        return [`${path}: mode ${found.mode}`];
      const surplus = namesIn(text).filter((name) => !owners.includes(name));
      return surplus.length === 0 ? [] : [`${path} names ${surplus.slice(0, 3).join(", ")}`];
    });
    const evidence = [
      ...modes.evidence,
      ...lists.map((path) => ({
        asked: `cat ${path}`,
        answered: facts.files.allowed.get(path)?.trim() ?? "no such file",
      })),
    ];
    const all = [...(modes.result === "fail" ? [modes.detail] : []), ...problems];
    return all.length === 0 ? pass(evidence) : fail(all.join("; "), evidence);
  },
  plan: (facts, answers) => [
    ...proposePermissions(wanted(facts.files), (path) => `${path}: for root alone`),
    ...lists.map((path) => {
      const content = answers
        .get(jobOwners)
        .map((name) => `${name}\n`)
        .join("");
      const found = facts.files.fixed.find((each) => each.path === path);
      const text = facts.files.allowed.get(path);
      return change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: `${path}: who may have jobs`,
        path,
        before:
          found === undefined || text === undefined
            ? null
            : { content: text, mode: found.mode, owner: found.owner, group: found.group },
        // crontab(1) and at(1) read the list as the group of their own, and refuse everybody when they cannot: where root alone is
        // named, that is what is wanted.
        after: {
          content,
          mode: "0640",
          owner: "root",
          group: answers.get(jobOwners).some((name) => name !== "root")
            ? (facts.files.readers.get(path) ?? "root")
            : "root",
        },
      });
    }),
  ],
  breaks: (facts, answers) => {
    const left = facts.files.crontabs.filter((name) => !answers.get(jobOwners).includes(name));
    return left.length === 0
      ? []
      : [`${left.join(", ")} can no longer edit their crontab (jobs that are in it still run)`];
  },
});
