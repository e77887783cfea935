import { few } from "../../../src/core/few.ts";
import { programFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  type Audit,
  audit,
  auditList,
  auditProgram,
  auditService,
  auditState,
  auditTimer,
  auditWant,
} from "../../../src/probes/audit.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { serviceUserApplication, serviceUserConfiguration, serviceUserLogs } from "../../os/service-user/questions.ts";
import { appliesToServed, type Served, served } from "../jvm/served.ts";
import { sandboxAcceptChanges } from "./questions.ts";

const program = (): string => template("runtime/audit/integration-audit");

/** Characters that the list, a line of TAB-separated fields, cannot hold; a path with them is not looked at. */
const askable = (path: string): boolean => path.startsWith("/") && !/[\t\n\r\0]/u.test(path);

const covered = (path: string, folders: readonly string[]): boolean =>
  folders.some((folder) => path === folder || path.startsWith(`${folder}/`));

/** What is looked at: the units, the program, its configuration and stores to the byte, folders of logs by their mode. */
const listContent = (all: readonly Served[], answers: AnswerReader): string => {
  const logs = answers.get(serviceUserLogs);
  const folders = [...answers.get(serviceUserApplication), ...answers.get(serviceUserConfiguration)].filter(
    // What the service writes in there changes every day.
    (path) => !logs.some((log) => covered(log, [path])),
  );
  const single = all
    .flatMap(({ integration }) => [
      ...(integration.jar === undefined ? [] : [integration.jar.path]),
      ...integration.configuration.files.filter(({ state }) => state !== "missing").map(({ path }) => path),
      ...integration.stores.map(({ path }) => path),
    ])
    .filter((path) => !covered(path, folders));
  const lines = [
    ...all.map(({ unit }) => `unit\t${unit.name}`),
    // Where other controls put keys and what is split off the configuration, whether they have done so yet or not.
    ...[
      ...new Set([
        ...folders,
        ...single,
        ...all.map(({ integration }) => `/etc/ssl/${integration.id}`),
        "/etc/integrations",
      ]),
    ]
      .filter((path) => askable(path) && !path.startsWith("/run/"))
      .map((path) => `tree\t${path}`),
    ...[...new Set(logs)].filter(askable).map((path) => `folder\t${path}`),
  ];
  return `${lines.toSorted().join("\n")}\n`;
};

export type Wanted = { readonly path: string; readonly content: string; readonly mode: string; readonly title: string };

/** The daily look with this list of things to look at; ports and routes are looked at whatever is in it. */
export const auditFiles = (list: string): readonly Wanted[] => [
  {
    path: auditProgram,
    content: program(),
    mode: "0755",
    title: "Program that looks what changed around the integrations",
  },
  { path: auditList, content: list, mode: "0600", title: "What it looks at" },
  {
    path: auditService,
    content: template("runtime/audit/drawbridge-audit.service"),
    mode: "0644",
    title: "Its service, which may read and nothing else",
  },
  {
    path: auditTimer,
    content: template("runtime/audit/drawbridge-audit.timer"),
    mode: "0644",
    title: "Its timer: every day",
  },
];

const wantedFiles = (all: readonly Served[], answers: AnswerReader): readonly Wanted[] =>
  auditFiles(listContent(all, answers));

/**
 * Of the list it counts that every service stands in it: which files it reads may change with the very plan that writes the
 * list, and is written anew with the next one.
 */
export const isThere = ({ files }: Audit, { path, content, mode }: Wanted): boolean => {
  const found = files.get(path);
  if (found?.mode !== mode) return false;
  if (path !== auditList) return found.content === content;
  const lines = new Set(found.content.split("\n"));
  return content.split("\n").every((line) => !line.startsWith("unit\t") || lines.has(line));
};

export const runs = ({ timer, want }: Audit): boolean => timer === "active" && want === auditTimer;

/** What of it is not there yet, and its start. */
export const auditChanges = (seen: Audit, wanted: readonly Wanted[]): readonly Change[] => {
  const common = { phase: "services" as const, risk: "none" as const };
  const { folders, files, want } = seen;
  return [
    ...(folders.includes("/usr/local/lib/drawbridge") ? [] : [programFolder]),
    ...(folders.includes(auditState)
      ? []
      : [
          change({
            ...common,
            kind: "command",
            title: "A folder for what it remembers",
            argv: ["install", "-d", "-m", "0700", auditState],
            touches: [auditState],
          }),
        ]),
    ...wanted.map(({ path, content, mode, title }) =>
      change({
        ...common,
        kind: "file",
        title,
        path,
        before: files.get(path) ?? null,
        after: { content, mode, owner: "root", group: "root" },
      }),
    ),
    change({
      ...common,
      kind: "symlink",
      title: "Start the timer with the server",
      path: auditWant,
      target: auditTimer,
      before: want ?? null,
    }),
    ...(seen.timer === "active"
      ? []
      : [
          change({
            ...common,
            kind: "unit",
            title: "Start the timer",
            unit: "drawbridge-audit.timer",
            action: "active",
          }),
        ]),
  ];
};

/** NIST CM-3, SI-7; systemd.timer(5). Nothing is sent anywhere: the journal and a failed unit are what monitoring reads. */
export const runtimeAuditTimer = control({
  id: "runtime-audit-timer",
  guideline: ["RT-14"],
  title: "Every day the machine looks what changed around the integrations",
  failing: "What changes around the integrations goes unnoticed, or something has changed",
  severity: "medium",
  risk: "none",
  rationale:
    "A program, a key or a unit that was changed at night looks as before by day. A look every day at hashes, modes, accounts and listening ports tells what changed since somebody last agreed, and what drawbridge changed itself is not reported.",
  references: [
    { source: "NIST 800-53", id: "SI-7" },
    { source: "NIST 800-53", id: "CM-3" },
    { source: "Lynis", id: "FINT-4350" },
  ],
  needs: { here: integrations, units: unitFiles, audit },
  applies: appliesToServed,
  inspect: (facts, answers) => {
    const { lastRun, changes, result } = facts.audit;
    const when = lastRun === undefined ? "not yet" : `${new Date(lastRun * 1000).toISOString().slice(0, 16)}Z`;
    const evidence = [
      {
        asked: `systemctl show drawbridge-audit.timer drawbridge-audit.service; cat ${auditState}/report`,
        answered: `timer ${facts.audit.timer || "missing"}; last run ${when}${changes.length === 0 ? "" : `\n${changes.slice(0, 20).join("\n")}`}`,
      },
    ];
    if (!runs(facts.audit)) return fail("no timer looks at them", evidence);
    if (!wantedFiles(served(facts, answers), answers).every((file) => isThere(facts.audit, file)))
      return fail("the timer looks at something else than what runs here now", evidence);
    if (changes.length > 0) {
      return fail(
        `last run ${when}: ${few(changes, 3)}. If that is as it should be: --set sandbox.accept-changes=yes`,
        evidence,
      );
    }
    if (lastRun !== undefined && result !== "success")
      return fail(`the last run (${when}) did not end: journalctl -u drawbridge-audit`, evidence);
    return pass(evidence, `last run ${when}: nothing changed`);
  },
  plan: (facts, answers) => {
    const { changes } = facts.audit;
    return [
      ...auditChanges(facts.audit, wantedFiles(served(facts, answers), answers)),
      ...(changes.length > 0 && answers.get(sandboxAcceptChanges)
        ? [
            change({
              phase: "services",
              risk: "none",
              kind: "command",
              title: `Accept ${changes.length} ${changes.length === 1 ? "change" : "changes"} around the integrations`,
              argv: ["sh", auditProgram, "accept"],
              touches: [`${auditState}/baseline`, `${auditState}/report`],
            }),
          ]
        : []),
    ];
  },
});
