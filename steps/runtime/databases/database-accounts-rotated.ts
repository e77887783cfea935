import { attestation } from "../../../src/core/attestations.ts";

/** RT-08: no machine sees when a password was last changed, or who still knows the old one. */
export const databaseAccountsRotated = attestation({
  id: "databases.rotation",
  controlId: "database-accounts-rotated",
  guideline: ["RT-08"],
  claim: "Passwords of database and directory accounts are changed regularly, and accounts that nobody uses are locked",
  failing: "Nobody vouches that database and directory passwords are changed",
  label: "Rotation of database accounts",
  title: "Who changes the passwords of database and directory accounts, and where is it written down?",
  why: "Passwords leave with people, backups and old configuration files. With two accounts a change costs one restart and no outage: drawbridge generate writes the scripts.",
  severity: "medium",
  references: [{ source: "NIST 800-53", id: "IA-5(1)" }],
  reviewMonths: 3,
});
