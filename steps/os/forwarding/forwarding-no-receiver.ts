import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { forwarding } from "../../../src/probes/forwarding.ts";
import { describeListener, listeners } from "../../../src/probes/listeners.ts";
import { receives } from "./questions.ts";

const programs = /^(?:rsyslogd|syslog-ng|systemd-journal|systemd-journal-remote|in:im\w+)/u;

/** CIS Debian 12 6.1.3.7, 6.1.2.1.4. Whose records would be missing is not ours to decide: found, not changed. */
export const noReceiver = control({
  id: "forwarding-no-receiver",
  guideline: ["OS-07"],
  title: "The machine takes no logs from the network",
  failing: "The machine takes logs from the network",
  severity: "medium",
  risk: "none",
  rationale:
    "Whoever may write into a log from afar can fill the disk, and forge what others will take for this machine's own. Only a central receiver needs it, with TLS and certificates of its senders.",
  references: [
    { source: "CIS Debian 12", id: "6.1.3.7" },
    { source: "CIS Debian 13", id: "6.1.2.7" },
    { source: "CIS Ubuntu 24.04", id: "6.1.3.7" },
    { source: "STIG RHEL 9", id: "RHEL-09-652025" },
    { source: "NIST 800-53", id: "CM-7(b)" },
  ],
  needs: { seen: forwarding, open: listeners },
  applies: (_, answers) => !answers.get(receives) || "it is a central receiver (forwarding.receives)",
  inspect: ({ seen, open }) => {
    const found = open
      .filter(
        ({ reach, processes }) =>
          reach !== "loopback" &&
          processes.some(({ name, unit }) => programs.test(name) || unit.startsWith("systemd-journal-remote.")),
      )
      .map(describeListener);
    const evidence = [
      { asked: "ss -Hltunp", answered: found.join("\n") || "no log service listens" },
      { asked: "inputs in rsyslog's configuration", answered: seen.rsyslog.inputs.join("\n") || "none" },
    ];
    return found.length === 0
      ? pass(evidence)
      : fail(
          `${found.join("; ")}: remove the input, or answer forwarding.receives if this is a central receiver`,
          evidence,
        );
  },
  plan: () => [],
});
