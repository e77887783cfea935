import { z } from "zod";
import { keyLine } from "../../../src/core/key-lines.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { type Auditd, auditd, auditdConfig, finalRulesFile } from "../../../src/probes/auditd.ts";
import { integrations } from "../../../src/probes/integrations.ts";

type Facts = { readonly seen: Fact<Auditd> };
const configured = ({ seen }: Facts, key: string): string | undefined =>
  keyLine(knownValue(seen)?.files.get(auditdConfig)?.content ?? "", key);
/** Megabytes of one file of the trail. */
export const fileSize = 20;
/** Written by us: then what stands there was answered here. */
const ours = (facts: Facts): boolean => configured(facts, "max_log_file") === String(fileSize);

export const wanted = question({
  id: "audit.wanted",
  kind: "confirm",
  label: "Audit trail",
  title:
    "Should the kernel write down who changes accounts, rights, time and configuration, and what people do as root?",
  why: "The trail names the person who logged in, also after sudo, and programs cannot leave themselves out of it. It costs a little of every system call that it looks at. Proposed where auditd is installed already or an integration runs.",
  schema: z.boolean(),
  needs: { seen: auditd, here: raw(integrations) },
  default: (facts) =>
    (knownValue(facts.seen)?.installed ?? false) || (knownValue(facts.here)?.integrations.length ?? 0) > 0,
  current: (facts) => {
    const seen = knownValue(facts.seen);
    if (seen === undefined) return "not known";
    return seen.active
      ? `auditd runs, ${seen.rules.length} rules`
      : seen.installed
        ? "auditd does not run"
        : "no auditd here";
  },
});

const when = ({ seen }: Facts, answers: AnswerReader): boolean => seen.state !== "absent" && answers.get(wanted);

export const megabytes = question({
  id: "audit.megabytes",
  kind: "text",
  label: "Size of the trail",
  title: "How many megabytes may the audit trail take on disk?",
  why: "Files of 20 MB each; the oldest goes when there are enough. 400 MB hold weeks of a usual server. Send it to a central receiver (forwarding) to keep it longer.",
  schema: z.coerce.number().int().min(40).max(100_000),
  needs: { seen: auditd },
  default: (facts) => {
    const count = Number(configured(facts, "num_logs"));
    const size = Number(configured(facts, "max_log_file"));
    const now = count > 1 && size > 0 ? count * size : 0;
    return ours(facts) ? now : Math.max(now, 400);
  },
  when,
  current: (facts) => {
    const free = knownValue(facts.seen)?.freeMegabytes;
    return `${configured(facts, "num_logs") ?? "5"} files of ${configured(facts, "max_log_file") ?? "8"} MB${free === undefined ? "" : `; ${free} MB are free`}`;
  },
});

export const diskFull = question({
  id: "audit.disk-full",
  kind: "select",
  label: "When the disk is full",
  title: "What shall happen when there is no room for the audit trail?",
  why: "Benchmarks want the machine to stop (halt, single), so that nothing happens unrecorded. That stops what earns money here, and gives whoever can fill the disk a switch to turn the server off. Rotate keeps running and gives up the oldest records.",
  schema: z.enum(["rotate", "syslog", "suspend", "single", "halt"]),
  needs: { seen: auditd },
  default: (facts) => {
    const now = configured(facts, "disk_full_action")?.toLowerCase();
    // What somebody chose before stays; the default of auditd is no choice.
    if (now === "syslog" || now === "single" || now === "halt") return now;
    return now === "suspend" && ours(facts) ? now : "rotate";
  },
  choices: () => [
    { value: "rotate", label: "Rotate", hint: "the oldest records go, everything runs on" },
    { value: "syslog", label: "Warn", hint: "a line in the system log, the trail stops" },
    { value: "suspend", label: "Suspend", hint: "the trail stops in silence; the default of auditd" },
    { value: "single", label: "Single user", hint: "every service stops; CIS" },
    { value: "halt", label: "Halt", hint: "the machine stops; CIS, STIG" },
  ],
  when,
  current: (facts) => configured(facts, "disk_full_action") ?? "not set",
});

export const immutable = question({
  id: "audit.immutable",
  kind: "confirm",
  label: "Rules locked",
  title: "Should the rules be locked until the next reboot, also for root?",
  why: "An intruder with root's rights then cannot switch the trail off without a reboot that somebody notices. Neither can you: every change of a rule needs a reboot, and so does undoing it. It takes effect at the next reboot.",
  schema: z.boolean(),
  needs: { seen: auditd },
  default: (facts) => knownValue(facts.seen)?.files.has(finalRulesFile) ?? false,
  when,
  current: (facts) => (knownValue(facts.seen)?.status.enabled === "2" ? "locked" : "not locked"),
});

export const questions = [wanted, megabytes, diskFull, immutable] as const;
