import { type Attestation, attestation } from "../../../src/core/attestations.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { backupRepository } from "./questions.ts";

const isNamed = (answers: AnswerReader): boolean => answers.get(backupRepository) !== "";

const elsewhere = attestation({
  id: "backups.elsewhere",
  controlId: "backups-known",
  guideline: ["OS-08"],
  claim: "This machine is backed up by other means",
  failing: "Nobody vouches any longer for a backup of this machine",
  label: "Backup by other means",
  title: "Who sees to it that this machine is backed up by other means, and where is that written down?",
  why: "A snapshot of the hypervisor, an agent, a job of another machine: they are as good, if they are daily, encrypted, off the host, and a restore was tried.",
  severity: "high",
  references: [{ source: "NIST 800-53", id: "CP-9" }],
  reviewMonths: 6,
});

/** Asked only where restic has no repository; then it is this finding that says that no backup is known. */
export const backupsElsewhere: Attestation = {
  question: {
    ...elsewhere.question,
    when: (_, answers) => !isNamed(answers),
  },
  control: {
    ...elsewhere.control,
    applies: (_, answers) =>
      !isNamed(answers) || `this machine saves itself to ${answers.get(backupRepository)} (backups.repository)`,
    inspect: (facts, answers) => {
      const verdict = elsewhere.control.inspect(facts, answers);
      return verdict.result === "unknown"
        ? {
            ...verdict,
            detail:
              'no backup of this machine is known: name a place (--set backups.repository=…), or vouch for one made by other means (--set "backups.elsewhere=OWNER; EVIDENCE; YYYY-MM-DD")',
          }
        : verdict;
    },
  },
};
