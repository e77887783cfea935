import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { forwarding, pathsOf } from "../../../src/probes/forwarding.ts";
import { pathEvidence } from "./forwarding-central.ts";

/** omfwd, journal-upload.conf(5); CIS Debian 13 6.1.2.10. What others configured is theirs to change. */
export const encrypted = control({
  id: "forwarding-encrypted",
  guideline: ["OS-07"],
  title: "Logs travel encrypted",
  failing: "Logs travel over the network for everybody to read",
  severity: "high",
  risk: "none",
  rationale:
    "Logs tell who works on a machine, with what, and what fails: a map for whoever listens on the way. Unencrypted, records can also be changed or added on the way.",
  references: [
    { source: "CIS Debian 13", id: "6.1.2.10" },
    { source: "NIST 800-53", id: "AU-9(3)" },
    { source: "man", id: "rsyslog.conf(5)" },
  ],
  needs: { seen: forwarding },
  applies: ({ seen }) => pathsOf(seen).length > 0 || "no log leaves this machine",
  inspect: ({ seen }) => {
    const open = pathsOf(seen).filter(({ encrypted: closed }) => !closed);
    return open.length === 0
      ? pass([pathEvidence(seen)])
      : fail(
          `${open.map(({ where, receiver }) => `${where} sends to ${receiver} without TLS`).join("; ")}: turn it to TLS, or remove it and answer forwarding.method`,
          [pathEvidence(seen)],
        );
  },
  plan: () => [],
});
