import { type Attestation, attestation } from "../../../src/core/attestations.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { saves } from "./judging.ts";
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

const kept = attestation({
  id: "backups.password-kept",
  controlId: "backups-password-kept",
  guideline: ["OS-08"],
  claim: "The repository's password is kept at another place too",
  failing: "Nobody vouches any longer that the repository's password is kept elsewhere",
  label: "Copy of the password",
  title: "Who keeps a copy of the repository's password, and where?",
  why: "The password lies on this machine, and the backup is for the day on which this machine is gone: without a copy in a safe or a password manager nobody can read it then.",
  severity: "high",
  references: [{ source: "NIST 800-53", id: "CP-9(8)" }],
  reviewMonths: 12,
});

export const backupsPasswordKept: Attestation = {
  question: { ...kept.question, when: (_, answers) => isNamed(answers) },
  control: { ...kept.control, applies: saves },
};
