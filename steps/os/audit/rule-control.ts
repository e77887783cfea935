import { few } from "../../../src/core/few.ts";
import { type AnyControl, type ControlText, control, fragment } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { type Auditd, auditd, rulesFile } from "../../../src/probes/auditd.ts";
import { walk } from "../../../src/probes/files.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { auditRules, topicsIn } from "./composer.ts";
import { wanted } from "./questions.ts";
import { missingRules } from "./rules.ts";

/** What rules are made from. */
export type Scene = {
  readonly seen: Auditd;
  /** Programs with the setuid or setgid bit; undefined when the disks could not be walked. */
  readonly privileged: readonly string[] | undefined;
  readonly integrations: readonly Integration[] | undefined;
};

export type RuleControl = Omit<ControlText, "guideline"> & {
  /** Of the category in the file, and key of its records: "time-change". */
  readonly topic: string;
  readonly guideline?: readonly string[];
  /** A string says why there is nothing to record. */
  readonly rules: (scene: Scene) => readonly string[] | string;
};

/** Rules that are in the kernel but in no file are gone after a reboot. */
const onDisk = ({ otherRules, files }: Auditd): readonly string[] => [
  ...otherRules,
  ...topicsIn(files.get(rulesFile)?.content ?? "").flatMap(({ rules }) => rules),
];

/** A category of the audit trail: what has to be recorded, compared with what the kernel records now. */
export const ruleControl = (definition: RuleControl): AnyControl => {
  const { rules, topic, id, title, failing, severity, rationale, references, guideline = ["OS-07"] } = definition;
  const needs = { seen: auditd, disks: raw(walk), here: raw(integrations) };
  type Given = Parameters<Parameters<typeof control<typeof needs>>[0]["inspect"]>[0];
  const wantedOf = ({ seen, disks, here }: Given) =>
    rules({
      seen,
      privileged: disks.state === "known" ? disks.value.privileged.map(({ path }) => path) : undefined,
      integrations: here.state === "known" ? here.value.integrations : undefined,
    });
  return control({
    id,
    guideline,
    title,
    failing,
    severity,
    risk: "none",
    rationale,
    references,
    needs,
    applies: (_, answers) => answers.get(wanted) || "no audit trail is wanted (audit.wanted)",
    inspect: (facts) => {
      const { seen } = facts;
      const list = wantedOf(facts);
      if (typeof list === "string") return notApplicable(list);
      const loaded = missingRules(seen.rules, list);
      const written = missingRules(onDisk(seen), list);
      const evidence = [
        {
          asked: "auditctl -l",
          answered:
            loaded.length === 0
              ? `all ${list.length} rules for ${topic} are in the kernel`
              : `not in the kernel:\n${few(loaded, 12, "\n")}`,
        },
      ];
      if (loaded.length === 0 && written.length === 0) return pass(evidence);
      const locked = seen.status.enabled === "2" ? "; the rules are locked until the next reboot" : "";
      return fail(
        loaded.length > 0
          ? `${loaded.length} of ${list.length} rules are not in the kernel${locked}`
          : `${written.length} of ${list.length} rules are in no file below /etc/audit/rules.d and end with the next reboot${locked}`,
        evidence,
      );
    },
    plan: (facts) => {
      const list = wantedOf(facts);
      return typeof list === "string" || facts.seen.status.enabled === "2"
        ? []
        : [fragment(auditRules, { name: topic, rules: list })];
    },
  });
};
