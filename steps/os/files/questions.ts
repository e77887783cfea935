import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { files, walk } from "../../../src/probes/files.ts";
import { workload } from "../../../src/probes/workload.ts";

const absolutePath = z.string().regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\t\n\r\0]+$/u, "must be an absolute path");

export const jobOwners = question({
  id: "files.job-owners",
  kind: "list",
  label: "Who may schedule jobs",
  title: "Which accounts may have cron and at jobs of their own?",
  why: "Everybody else is refused by crontab and at. The default is root and those who have a crontab today.",
  schema: z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/u, "must be account names")),
  needs: { files },
  default: (facts) => [...new Set(["root", ...(knownValue(facts.files)?.crontabs ?? [])])],
  current: (facts) => {
    const known = knownValue(facts.files);
    if (known === undefined) return "not known";
    return known.allowed.get("/etc/cron.allow")?.trim().split("\n").join(", ") ?? "everybody";
  },
});

export const sharedPaths = question({
  id: "files.shared",
  kind: "list",
  label: "Meant to be open",
  title: "Which files and folders are meant to be written by everybody?",
  why: "Everything else that everybody may write is closed: files lose that right, folders get the sticky bit. The default is none.",
  schema: z.array(absolutePath),
  needs: { walk },
  default: () => [],
  current: (facts) => {
    const found = knownValue(facts.walk)?.worldWritable ?? [];
    return found.length === 0
      ? "none found"
      : found
          .slice(0, 4)
          .map(({ path }) => path)
          .join(", ");
  },
});

export const setuidKept = question({
  id: "files.setuid-kept",
  kind: "list",
  label: "Own setuid programs",
  title: "Which setuid programs that no package brought are yours?",
  why: "A program that runs with its owner's rights and comes from no package is a finding until somebody says that it belongs here. The default is none.",
  schema: z.array(absolutePath),
  needs: { walk },
  default: () => [],
  current: (facts) => knownValue(facts.walk)?.unpackaged?.slice(0, 4).join(", ") || "none found",
});

export const setuidStripped = question({
  id: "files.setuid-stripped",
  kind: "list",
  label: "Setuid taken away",
  title: "Which programs should no longer run with their owner's rights?",
  why: "The file stays and only loses the setuid and setgid bits. The default is none: what a strange one is for has to be found out first.",
  schema: z.array(absolutePath),
  needs: { walk },
  default: () => [],
});

export const executableTemporary = question({
  id: "files.executable-tmp",
  kind: "confirm",
  label: "Programs run from /tmp",
  title: "Does anything here run programs or load libraries from /tmp?",
  why: "With noexec nothing can be started from /tmp and /var/tmp. Java programs with native parts unpack them there unless java.io.tmpdir says otherwise, so the default is yes where Java runs.",
  schema: z.boolean(),
  needs: { workload },
  default: (facts) => {
    const known = knownValue(facts.workload);
    return known === undefined || known.units.length > 0 || known.loose.length > 0;
  },
});
