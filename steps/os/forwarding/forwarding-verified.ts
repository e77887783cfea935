import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { forwarding, pathsOf } from "../../../src/probes/forwarding.ts";

/** omfwd (StreamDriverAuthMode), journal-upload.conf(5) (TrustedCertificateFile), curl checks the name. */
export const verified = control({
  id: "forwarding-verified",
  guideline: ["OS-07"],
  title: "The receiver of the logs has to show its certificate",
  failing: "Logs are sent to whoever answers",
  severity: "high",
  risk: "none",
  rationale:
    "Encryption alone keeps nobody out: whoever can answer in the receiver's place gets everything, and the receiver misses it. Its certificate has to come from the right authority and carry its name.",
  references: [
    { source: "CIS Debian 12", id: "6.1.2.1.2" },
    { source: "NIST 800-53", id: "AU-9(3)" },
    { source: "man", id: "journal-upload.conf(5)" },
  ],
  needs: { seen: forwarding },
  applies: ({ seen }) => pathsOf(seen).some((path) => path.encrypted) || "no log leaves this machine over TLS",
  inspect: ({ seen }) => {
    const paths = pathsOf(seen).filter((path) => path.encrypted);
    const evidence = [
      {
        asked: "who is accepted as receiver",
        answered: paths
          .map(
            ({ where, receiver, unchecked }) =>
              `${receiver}: ${unchecked ?? "certificate and name are checked"} (${where})`,
          )
          .join("\n"),
      },
    ];
    const open = paths.filter(({ unchecked }) => unchecked !== undefined);
    return open.length === 0
      ? pass(evidence)
      : fail(open.map(({ where, unchecked }) => `${where}: ${unchecked}`).join("; "), evidence);
  },
  plan: () => [],
});
