import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict, type Verdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  type Complaint,
  type Forwarding,
  forwarding,
  type Path,
  pathsOf,
  reaches,
  uploadUnit,
} from "../../../src/probes/forwarding.ts";
import { folderFor, folderOf, isWritten, testFiles, written } from "./changes.ts";
import { method, receiverOf } from "./questions.ts";

/** How long the uploader may take for what was written last. */
const patience = 15 * 60 * 1_000_000;

const hidden = (text: string): string => text.replace(/[^\x20-\x7e]/gu, ".").slice(0, 300);
/** What rsyslog says each time it gives up for a while, or lost a connection: the reason was said before it. */
const consequence = /\bsuspended\b|TCPSendBuf error/u;
const last = (seen: Forwarding, of: Complaint["program"]): Complaint | undefined => {
  const own = seen.complaints.filter(({ program }) => program === of);
  return own.findLast(({ text }) => !consequence.test(text)) ?? own.at(-1);
};
const why = (complaint: Complaint | undefined): string =>
  complaint === undefined ? "" : `: ${hidden(complaint.text)}`;

/** The uploader notes up to which record the receiver answered 202: its word, and no guess. */
const uploadArrives = (seen: Forwarding): Verdict => {
  const { uploaded, tested, newest } = seen;
  const evidence = [
    {
      asked: "LAST_CURSOR in /var/lib/systemd/journal-upload/state; journalctl -t drawbridge-forwarding -n 1",
      answered: [
        uploaded === undefined
          ? "the receiver has confirmed nothing yet"
          : `confirmed by the receiver: everything up to ${moment(uploaded.microseconds)}`,
        tested === undefined ? "no test record was sent" : `last test record: ${moment(tested.microseconds)}`,
      ].join("\n"),
    },
  ];
  const trouble = last(seen, "systemd-journal-upload");
  const complaint = why(trouble);
  const broken =
    seen.units.get(uploadUnit)?.active !== "active" ||
    (trouble !== undefined && (uploaded === undefined || trouble.microseconds > uploaded.microseconds));
  if (broken) return fail(`the receiver does not take the records${complaint}`, evidence);
  if (uploaded !== undefined && tested !== undefined && reaches(uploaded, tested)) {
    const late = newest !== undefined && newest.microseconds - uploaded.microseconds > patience;
    return late
      ? fail(`the receiver has confirmed nothing since ${moment(uploaded.microseconds)}${complaint}`, evidence)
      : pass(evidence, "the receiver has confirmed the test record");
  }
  if (tested === undefined && uploaded !== undefined && newest !== undefined)
    return newest.microseconds - uploaded.microseconds <= patience
      ? pass(evidence, "the receiver confirms what is sent")
      : fail(`the receiver has confirmed nothing since ${moment(uploaded.microseconds)}${complaint}`, evidence);
  return unknownVerdict("the receiver has not confirmed the test record yet: look again in a minute", evidence);
};

/** Syslog over TCP confirms nothing: what can be seen is that the checked connection stands and its other end took all bytes. */
const syslogArrives = (seen: Forwarding, { receiver, port, encrypted }: Path): Verdict => {
  const connection = seen.connections.find((each) => each.program === "rsyslogd" && each.port === port);
  const evidence = [
    {
      asked: "ss -tnpi state established; queue files in /var/spool/rsyslog",
      answered: [
        connection === undefined
          ? `no connection to port ${port}`
          : `connected to ${connection.peer} port ${connection.port}: ${connection.acknowledged ?? "?"} bytes taken by its kernel, ${connection.waiting} on their way`,
        `${seen.queuedBytes} bytes of queue files (rsyslog keeps one that was used, also when it is empty)`,
      ].join("\n"),
    },
  ];
  if (connection === undefined)
    return fail(`there is no connection to ${receiver}${why(last(seen, "rsyslogd"))}`, evidence);
  return pass(
    evidence,
    `connected${encrypted ? ", certificate checked" : ""}, and the receiver's machine has taken all bytes; whether it wrote them down, only it can tell`,
  );
};

const moment = (microseconds: number): string => new Date(microseconds / 1000).toISOString().replace(/\.\d+Z$/u, "Z");

const wanted = (answers: AnswerReader): boolean => receiverOf(answers) !== undefined && answers.get(method) !== "none";

/** A test record is part of every change of the way: what does not arrive is not applied (docs/adr/0005). */
export const arrival = control({
  id: "forwarding-arrival",
  guideline: ["OS-07"],
  title: "Records reach the central receiver",
  failing: "Records do not reach the central receiver",
  severity: "medium",
  risk: "none",
  rationale:
    "A forwarding that stopped months ago looks like one that works, until it is needed. A test record is sent, and what can be seen of its arrival from here is looked at every time.",
  references: [
    { source: "NIST 800-53", id: "AU-5" },
    { source: "man", id: "systemd-journal-upload.service(8)" },
  ],
  needs: { seen: forwarding },
  applies: ({ seen }, answers) => pathsOf(seen).length > 0 || wanted(answers) || "no log leaves this machine",
  inspect: ({ seen }, answers) => {
    const paths = pathsOf(seen);
    if (paths.length === 0 || (wanted(answers) && !testFiles.every((file) => isWritten(seen, file))))
      return fail("no test record was sent yet", [
        { asked: "ways that logs take", answered: paths.map(({ receiver }) => receiver).join(", ") || "none" },
      ]);
    const verdicts = paths.map((path) => (path.by === "rsyslog" ? syslogArrives(seen, path) : uploadArrives(seen)));
    const evidence = verdicts.flatMap((verdict) => verdict.evidence);
    const of = (result: Verdict["result"]) =>
      verdicts.filter((verdict) => verdict.result === result).map(({ detail }) => detail);
    if (of("fail").length > 0) return fail(of("fail").join("; "), evidence);
    if (of("unknown").length > 0) return unknownVerdict(of("unknown").join("; "), evidence);
    return pass(evidence, of("pass").join("; "));
  },
  plan: ({ seen }, answers) =>
    wanted(answers)
      ? [
          ...[...new Set(testFiles.map(({ path }) => folderOf(path)))]
            .filter((path) => path !== "/etc/systemd/system")
            .flatMap((path) => folderFor(seen, path)),
          ...testFiles.filter((file) => !isWritten(seen, file)).map((file) => written(seen, file)),
          change({
            kind: "unit",
            phase: "services",
            risk: "none",
            title: "Send a test record",
            unit: "drawbridge-forwarding-test.service",
            action: "active",
          }),
        ]
      : [],
});
