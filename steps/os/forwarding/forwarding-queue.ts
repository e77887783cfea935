import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons } from "../../../src/probes/daemons.ts";
import { forwarding, pathsOf } from "../../../src/probes/forwarding.ts";

/** rsyslog's queues (queue.filename, action.resumeRetryCount); the uploader's queue is the journal. */
export const queue = control({
  id: "forwarding-queue",
  guideline: ["OS-07"],
  title: "Logs wait on disk while the receiver does not answer",
  failing: "Logs are lost while the receiver does not answer",
  severity: "medium",
  risk: "none",
  rationale:
    "Receivers are restarted, networks fail, and both happen when something is going on. What cannot be sent has to wait on disk and be sent later, however long it takes.",
  references: [
    { source: "NIST 800-53", id: "AU-4(1)" },
    { source: "man", id: "rsyslog.conf(5)" },
  ],
  needs: { seen: forwarding, services: daemons },
  applies: ({ seen }) => pathsOf(seen).length > 0 || "no log leaves this machine",
  inspect: ({ seen, services }) => {
    const paths = pathsOf(seen).map((path) => ({
      ...path,
      safe: path.by === "rsyslog" ? path.queued : services.persistentJournal,
    }));
    const evidence = [
      {
        asked: "queue.filename and action.resumeRetryCount of rsyslog; /var/log/journal for the uploader",
        answered: paths.map(({ where, safe }) => `${where}: ${safe ? "on disk" : "in memory at most"}`).join("\n"),
      },
    ];
    const open = paths.filter(({ safe }) => !safe);
    return open.length === 0
      ? pass(evidence)
      : fail(
          open
            .map(({ by, where }) =>
              by === "rsyslog"
                ? `${where} has no queue on disk that is tried for ever (queue.type, queue.filename, action.resumeRetryCount="-1")`
                : "the journal is not kept on disk (logging-journal)",
            )
            .join("; "),
          evidence,
        );
  },
  plan: () => [],
});
