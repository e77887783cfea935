import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { refusalsAreLogged } from "../../os/firewall/logging.ts";

/** journald.conf(5), nft(8) LOG STATEMENT: what the kernel says about packets lands with its other messages. */
export const networkLogsFirewall = control({
  id: "network-logs-firewall",
  guideline: ["NW-02"],
  title: "What the firewall refuses is still known tomorrow",
  failing: "What the firewall refuses is not written down, or is gone at the next reboot",
  severity: "low",
  risk: "none",
  rationale:
    "Rules that log write into the kernel's messages; those live in memory unless the journal or rsyslog keeps them. Both halves are looked at here, and mended where they belong: the rule in the firewall's step, the journal in that of the system's logs.",
  references: [
    { source: "NIST 800-53", id: "AU-11" },
    { source: "Lynis", id: "FIRE-4586" },
  ],
  needs: { firewall, daemons },
  applies: ({ firewall: seen }) =>
    seen.ruleset.chains.some(({ base }) => base?.hook === "input") || "no firewall decides about packets here",
  inspect: ({ firewall: seen, daemons: services }) => {
    const { logged, unlimited } = refusalsAreLogged(seen);
    const rsyslog = services.units.get("rsyslog.service")?.active === "active";
    const kept = services.journal.Storage === "persistent" || services.persistentJournal || rsyslog;
    const evidence = [
      {
        asked: "rules on the way in that log",
        answered: logged ? "with a limit" : unlimited ? "without a limit" : "none",
      },
      {
        asked: "journald.conf Storage; systemctl is-active rsyslog",
        answered: `Storage=${services.journal.Storage ?? "(not set)"}, ${services.persistentJournal ? "on disk" : "in memory"}; rsyslog ${rsyslog ? "active" : "not active"}`,
      },
    ];
    const problems = [
      ...(logged ? [] : [unlimited ? "it logs without a limit (firewall-log)" : "no rule logs (firewall-log)"]),
      ...(kept ? [] : ["the journal is in memory only (logging-journal)"]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
