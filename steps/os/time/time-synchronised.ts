import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";

/** Seconds after boot in which no time service can be expected to have succeeded. */
const patience = 600;

/** chronyc(1), systemd-timesyncd(8); NIST AU-8. What is in the way (firewall, servers, a virtual machine without a clock) has to be found out. */
export const synchronised = control({
  id: "time-synchronised",
  guideline: ["OS-12"],
  title: "The clock agrees with its servers",
  failing: "The clock has no servers that it agrees with",
  severity: "low",
  risk: "none",
  rationale:
    "A time service that reaches nobody changes nothing. The clock is right only when it has been compared with others.",
  references: [
    { source: "NIST 800-53", id: "AU-8" },
    { source: "Lynis", id: "TIME-3116" },
    { source: "man", id: "chronyc(1)" },
  ],
  needs: { daemons },
  applies: (facts) => !facts.daemons.container || "in a container the clock is the host's",
  inspect: ({ daemons: seen }) => {
    if (seen.synchronised === undefined)
      return unknownVerdict("no time service answers: chronyc tracking, or systemctl status systemd-timesyncd");
    const evidence = [
      { asked: "chronyc tracking, or /run/systemd/timesync/synchronized", answered: seen.synchronised ? "yes" : "no" },
    ];
    if (seen.synchronised) return pass(evidence);
    return seen.uptime < patience
      ? unknownVerdict("the machine was started a few minutes ago: ask again later", evidence)
      : fail("no answer from a time server: look at chronyc sources, or journalctl -u systemd-timesyncd", evidence);
  },
  plan: () => [],
});
