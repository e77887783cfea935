import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { type Evidence, fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  agentsOf,
  type Forwarding,
  type ForwardingFiles,
  forwardFile,
  forwarding,
  forwardingFiles,
  pathsOf,
  uploadFile,
  uploadUnit,
} from "../../../src/probes/forwarding.ts";
import { folderFor, folderOf, isWritten, leftOver, running, uploaderAtBoot, wantedFiles, written } from "./changes.ts";
import { authority, certificate, key, method, receiverOf } from "./questions.ts";

export const pathEvidence = (seen: Forwarding): Evidence => ({
  asked: "rsyslog.conf and what it includes; systemd-analyze cat-config systemd/journal-upload.conf",
  answered:
    pathsOf(seen)
      .map(
        ({ by, where, receiver: to, encrypted }) => `${by}: ${to}, ${encrypted ? "TLS" : "not encrypted"} (${where})`,
      )
      .join("\n") || "nothing is sent to another machine",
});

/** What is missing for the way that was chosen. Paths that nobody could look at yet (typed a moment ago) are believed. */
const missing = (files: ForwardingFiles, answers: AnswerReader): string | undefined => {
  const chosen = answers.get(method);
  if (receiverOf(answers) === undefined) return "the receiver is not named: --set forwarding.receiver=HOST:PORT";
  if (chosen === "journal-upload" && (answers.get(certificate) === "" || answers.get(key) === ""))
    return "journal-upload needs a certificate and its key: --set forwarding.certificate=PATH --set forwarding.key=PATH";
  if ((answers.get(certificate) === "") !== (answers.get(key) === ""))
    return "certificate and key belong together: name both";
  const absent = [authority, certificate, key]
    .map((each) => answers.get(each))
    .filter((path) => path !== "" && files.get(path) === null);
  return absent.length > 0 ? `there is no file ${absent.join(", ")} on this machine` : undefined;
};

const packagesFor = (seen: Forwarding, answers: AnswerReader): readonly string[] =>
  (answers.get(method) === "rsyslog" ? ["rsyslog", "rsyslog-gnutls"] : ["systemd-journal-remote"]).filter(
    (name) => !seen.packages.includes(name),
  );

/** What is not yet as the answers want it. */
const differences = (seen: Forwarding, answers: AnswerReader): readonly string[] => [
  ...wantedFiles(answers)
    .filter((file) => !isWritten(seen, file))
    .map(({ path }) => `${path} is not written`),
  ...leftOver(seen, answers).map((path) => `${path} is left from another way`),
  ...packagesFor(seen, answers).map((name) => `${name} is not installed`),
  ...(answers.get(method) === "journal-upload" && seen.uploadEnabled === undefined
    ? [`${uploadUnit} is not started at boot`]
    : []),
];

/** rsyslog.conf(5), journal-upload.conf(5); CIS Debian 12 6.1.2.1.2 and 6.1.3.6. */
export const central = control({
  id: "forwarding-central",
  guideline: ["OS-07"],
  title: "Logs leave the machine for a central receiver",
  failing: "No log leaves this machine",
  severity: "medium",
  risk: "restart",
  rationale:
    "Whoever takes a machine over deletes its logs first. A copy that has left before is out of reach, and one place for the logs of all machines shows what one alone does not.",
  references: [
    { source: "CIS Debian 12", id: "6.1.2.1.2" },
    { source: "CIS Debian 13", id: "6.1.1.2.2" },
    { source: "CIS Ubuntu 22.04", id: "6.2.1.2.2" },
    { source: "CIS Ubuntu 24.04", id: "6.1.2.1.2" },
    { source: "CIS Debian 12", id: "6.1.3.6" },
    { source: "STIG RHEL 9", id: "RHEL-09-652055" },
    { source: "NIST 800-53", id: "AU-4(1)" },
    { source: "NIST 800-53", id: "AU-9(2)" },
    { source: "Lynis", id: "LOGG-2154" },
    { source: "man", id: "journal-upload.conf(5)" },
  ],
  needs: { seen: forwarding, files: forwardingFiles },
  inspect: ({ seen, files }, answers) => {
    const evidence = [pathEvidence(seen)];
    if (answers.get(method) === "none") {
      if (pathsOf(seen).length > 0) return pass(evidence);
      const agents = agentsOf(seen);
      return agents.length > 0
        ? unknownVerdict(`${agents.join(", ")} runs here and may send logs; its configuration is not read`, evidence)
        : fail(
            "no receiver is configured: name one with --set forwarding.method=journal-upload (or rsyslog)",
            evidence,
          );
    }
    const lacking = missing(files, answers);
    if (lacking !== undefined) return fail(lacking, evidence);
    const open = differences(seen, answers);
    return open.length === 0 ? pass(evidence) : fail(open.join("; "), evidence);
  },
  plan: ({ seen, files }, answers) => {
    const chosen = answers.get(method);
    if (chosen === "none" || missing(files, answers) !== undefined || differences(seen, answers).length === 0)
      return [];
    const names = packagesFor(seen, answers);
    const packages: readonly Change[] =
      names.length === 0
        ? []
        : [
            change({
              kind: "package",
              phase: "packages",
              risk: "none",
              title: `Install ${names.join(" and ")}`,
              names: [...names],
            }),
          ];
    const left = leftOver(seen, answers);
    const removed = left.map((path) =>
      change({
        kind: "absent",
        phase: "files",
        risk: "restart",
        title: "The other way of forwarding: not wanted any more",
        path,
        before: seen.files.get(path) ?? null,
      }),
    );
    const own = wantedFiles(answers);
    const folders = [...new Set(own.map(({ path }) => folderOf(path)))].flatMap((path) => folderFor(seen, path));
    if (chosen === "rsyslog")
      return [
        ...packages,
        ...folders,
        ...own.map((file) => written(seen, file, [["rsyslogd", "-N1"]])),
        ...removed,
        ...(left.includes(uploadFile)
          ? [
              change({
                kind: "absent",
                phase: "services",
                risk: "restart",
                title: "The uploader: not at boot any more",
                path: `/etc/systemd/system/multi-user.target.wants/${uploadUnit}`,
                before: null,
              }),
              change({
                kind: "unit",
                phase: "services",
                risk: "restart",
                title: "Stop the uploader",
                unit: uploadUnit,
                action: "inactive",
              }),
            ]
          : []),
        change({
          kind: "unit",
          phase: "services",
          risk: "restart",
          title: "Restart rsyslog",
          unit: "rsyslog.service",
          action: "restarted",
        }),
      ];
    const active = seen.units.get(uploadUnit)?.active === "active";
    return [
      ...packages,
      ...folders,
      ...own.map((file) => written(seen, file)),
      ...removed,
      ...(left.includes(forwardFile)
        ? [
            change({
              kind: "unit",
              phase: "services",
              risk: "restart",
              title: "Restart rsyslog",
              unit: "rsyslog.service",
              action: "restarted",
            }),
          ]
        : []),
      ...(seen.uploadEnabled === undefined
        ? [
            change({
              kind: "symlink",
              phase: "services",
              risk: "none",
              title: "Start the uploader with the server",
              path: `/etc/systemd/system/multi-user.target.wants/${uploadUnit}`,
              target: uploaderAtBoot,
              before: null,
            }),
          ]
        : []),
      running(uploadUnit, active, active ? "Restart the uploader" : "Start the uploader"),
    ];
  },
  breaks: ({ seen }, answers) =>
    answers.get(method) === "journal-upload" && seen.uploaded === undefined
      ? ["the whole journal is sent once, from its oldest record on"]
      : [],
});
