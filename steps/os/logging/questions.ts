import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { daemons } from "../../../src/probes/daemons.ts";

export const journalMegabytes = question({
  id: "logging.journal-megabytes",
  kind: "text",
  label: "Journal size",
  title: "How many megabytes may the journal take on disk?",
  why: "The oldest entries go when it is full, and a gigabyte of the disk is always left free. 1000 MB hold weeks of a usual server.",
  schema: z.coerce.number().int().min(50).max(100_000),
  needs: { daemons },
  default: () => 1000,
  current: (facts) => knownValue(facts.daemons)?.journal.SystemMaxUse ?? "no limit set",
});

export const journalDays = question({
  id: "logging.journal-days",
  kind: "text",
  label: "Journal age",
  title: "For how many days is the journal kept?",
  why: "Long enough to look into what is noticed late; not longer than rules on personal data allow. Break-ins are found after weeks, so 90 days are proposed.",
  schema: z.coerce.number().int().min(7).max(3650),
  needs: { daemons },
  default: () => 90,
  current: (facts) => knownValue(facts.daemons)?.journal.MaxRetentionSec ?? "no limit set",
});

export const textLogs = question({
  id: "logging.text-files",
  kind: "confirm",
  label: "Logs as text files",
  title: "Should rsyslog keep the log as text files too, beside the journal?",
  why: "Text files are what benchmarks, log shippers and tools such as fail2ban read, and rsyslog can send them on. They take as much space again. Where nothing reads them, the journal is enough.",
  schema: z.boolean(),
  needs: { daemons },
  default: () => true,
  current: (facts) => {
    const seen = knownValue(facts.daemons);
    return seen === undefined
      ? "not known"
      : seen.packages.includes("rsyslog")
        ? "rsyslog is installed"
        : "journal only";
  },
});
