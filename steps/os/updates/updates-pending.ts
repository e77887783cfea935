import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { type PendingUpdate, software } from "../../../src/probes/software.ts";

/** Days after which nobody knows what is pending. */
const freshDays = 7;

const change = ({ name, installed, candidate, source, security }: PendingUpdate): string => {
  const from = [source, ...(security && !/security/iu.test(source ?? "") ? ["security"] : [])]
    .filter(Boolean)
    .join(", ");
  return `${name} ${installed} -> ${candidate}${from === "" ? "" : ` (${from})`}`;
};

const counted = (pending: readonly PendingUpdate[]): string => {
  const urgent = pending.filter(({ security }) => security).length;
  return urgent === 0 ? `${pending.length} waiting` : `${pending.length} waiting, ${urgent} for security`;
};

/** CIS Debian 12 1.2.2.1. An update cannot be taken back exactly, so it is the operator's own command. */
export const pendingUpdates = control({
  id: "updates-pending",
  guideline: ["OS-06"],
  title: "No update is waiting",
  failing: "Updates are waiting",
  severity: "high",
  risk: "none",
  rationale:
    "What an update mends is known to everybody on the day it appears. Install what is waiting before anything else is done to this machine.",
  references: [
    { source: "CIS RHEL 9", id: "1.2.2.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-211015" },
    { source: "NIST 800-53", id: "SI-2(5)" },
    { source: "NIST 800-53", id: "SI-2(c)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "CIS Debian 12", id: "1.2.2.1" },
    { source: "NIST 800-53", id: "SI-2" },
    { source: "Lynis", id: "PKGS-7392" },
  ],
  needs: { software, daemons },
  inspect: ({ software: seen }) => {
    if (!seen.updates.known) return unknownVerdict(seen.updates.reason);
    const days = seen.listsFetched === undefined ? undefined : Math.floor((seen.now - seen.listsFetched) / 86_400);
    // What mends a hole stands first, for lists are cut.
    const pending = seen.updates.all.toSorted((a, b) => Number(b.security) - Number(a.security));
    const command = seen.manager === "dnf" ? "dnf upgrade" : "apt update && apt upgrade";
    const evidence = [
      {
        asked: seen.manager === "dnf" ? "dnf check-update" : "apt-cache policy",
        answered: pending.length === 0 ? "nothing" : few(pending.map(change), 12, "\n"),
      },
      { asked: "age of the package lists", answered: days === undefined ? "never fetched" : `${days} days` },
    ];
    if (pending.length > 0)
      return fail(`${counted(pending)}: ${few(pending.map(change), 4, "; ")}; ${command}`, evidence);
    if (days === undefined || days > freshDays)
      return unknownVerdict(
        `the package lists are ${days === undefined ? "missing" : `${days} days old`}: ${command.split(" &&")[0]}`,
        evidence,
      );
    return pass(evidence);
  },
  plan: () => [],
});
