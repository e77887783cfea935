import { type Attestation, attestation } from "../../../src/core/attestations.ts";
import { saves } from "./judging.ts";
import { backupRepository } from "./questions.ts";

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
  question: { ...kept.question, when: (_, answers) => answers.get(backupRepository) !== "" },
  control: { ...kept.control, applies: saves },
};
