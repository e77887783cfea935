import { unitSecrets } from "./found.ts";
import { secretControl } from "./judgement.ts";

/** Guideline: no secret in Environment= or in a command line of a unit. systemd.exec(5) warns of it. */
export const secretInUnit = secretControl({
  id: "secret-in-unit",
  kind: "unit",
  title: "No password is written into the service's unit",
  failing: "A password is written into the service's unit",
  severity: "high",
  rationale:
    "Unit files can be read by every account, and systemctl show gives their environment to anyone who asks, also over D-Bus. systemd's own manual says that Environment= is no place for secrets.",
  references: [
    { source: "man", id: "systemd.exec(5)" },
    { source: "NIST 800-53", id: "IA-5(7)" },
    { source: "CWE", id: "CWE-526" },
  ],
  asked: ({ unit }) => `systemctl cat ${unit?.name ?? "(no unit)"}`,
  found: unitSecrets,
});
