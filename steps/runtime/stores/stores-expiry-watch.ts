import { programFolder, rootFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type Stores, stores, watchScript, watchService, watchTimer } from "../../../src/probes/stores.ts";
import { workload } from "../../../src/probes/workload.ts";
import { storesDays } from "./questions.ts";
import { type Bench, placesOf } from "./repair.ts";
import { type KeySubject, keySubjects, storeIn } from "./subjects.ts";
import { noKeyStores } from "./verdict.ts";
import { watchScriptContent, watchServiceContent, watchTimerContent } from "./watch.ts";

const unit = "drawbridge-certificate-expiry.timer";
const wants = "/etc/systemd/system/timers.target.wants";

/** Stores that can be seen: of each integration the first. */
const watchedKeys = ({ found, here }: Bench): readonly KeySubject[] => [
  ...new Map(
    keySubjects(found, here)
      .filter(({ chain }) => chain.length > 0)
      .toReversed()
      .map((subject) => [subject.integration.id, subject] as const),
  ).values(),
];

/** Certificates are public: the one in force lies as PEM beside what a repair makes, whatever store it is in. */
const watchedPaths = (bench: Bench): readonly string[] =>
  watchedKeys(bench)
    .map(({ integration }) => placesOf(integration.id).certificate)
    .toSorted();

/** Integrations whose copy is missing or of another certificate than the one in use. */
const stale = (bench: Bench): readonly KeySubject[] =>
  watchedKeys(bench).filter(({ integration, chain: [own] }) => {
    const { certificate } = placesOf(integration.id);
    const file = bench.found.files.find(({ path }) => path === certificate);
    return (file && storeIn(file)?.entries[0]?.chain[0]?.sha256) !== own?.sha256;
  });

const written = ({ texts }: Stores, path: string, content: string): boolean => texts.get(path)?.content === content;

/** systemd.timer(5); openssl-x509(1) -checkend. */
export const storesExpiryWatch = control({
  id: "stores-expiry-watch",
  guideline: ["RT-04"],
  title: "The server tells before a certificate expires",
  failing: "Nobody is told before a certificate expires",
  severity: "low",
  risk: "none",
  rationale:
    "Certificates expire on a day that nobody has in mind. A timer that looks every day leaves a failed unit and a line in the journal weeks before, which any monitoring finds.",
  references: [
    { source: "Lynis", id: "CRYP-7902" },
    { source: "NIST 800-53", id: "SC-17" },
    { source: "man", id: "systemd.timer(5)" },
  ],
  needs: { found: stores, here: integrations, known: raw(accounts), services: raw(workload) },
  applies: ({ found, here }) => keySubjects(found, here).length > 0 || noKeyStores,
  inspect: (facts, answers) => {
    const { found } = facts;
    const content = watchServiceContent(watchedPaths(facts), answers.get(storesDays));
    const [timer] = found.watch.split(" ");
    const evidence = [
      { asked: `systemctl is-active ${unit}`, answered: timer ?? "missing" },
      {
        asked: `cat ${watchService}`,
        answered: /^ExecStart=.*$/mu.exec(found.texts.get(watchService)?.content ?? "")?.[0] ?? "not there",
      },
    ];
    if (timer !== "active") return fail("no timer looks at the certificates", evidence);
    const current =
      written(found, watchService, content) &&
      written(found, watchScript, watchScriptContent()) &&
      stale(facts).length === 0;
    return current ? pass(evidence) : fail("the timer looks at other certificates than those in use", evidence);
  },
  plan: (facts, answers) => {
    const { found } = facts;
    const days = answers.get(storesDays);
    const common = { phase: "services" as const, risk: "none" as const };
    const file = (path: string, content: string, mode: string, title: string): Change =>
      change({
        kind: "file",
        ...common,
        title,
        path,
        before: found.texts.get(path) ?? null,
        after: { content, mode, owner: "root", group: "root" },
      });
    const missing = (folder: typeof programFolder) => (found.folders.has(folder.path) ? [] : [folder]);
    // As they are now: a repair in the same plan writes its own over them.
    const copies = stale(facts).flatMap(({ integration, chain: [own] }) => {
      const { folder: home, certificate } = placesOf(integration.id);
      const early = { phase: "files" as const };
      const title = `A folder for key and certificate of ${integration.id}`;
      return [
        ...missing(rootFolder(title, home)),
        { ...file(certificate, own?.pem ?? "", "0644", `Certificate of ${integration.id}, to be watched`), ...early },
      ];
    });
    const service = watchServiceContent(watchedPaths(facts), days);
    return [
      ...copies,
      ...missing(programFolder),
      file(watchScript, watchScriptContent(), "0755", "Program that looks when certificates expire"),
      file(watchService, service, "0644", "Its service, without any rights"),
      file(watchTimer, watchTimerContent(), "0644", "Its timer: every day"),
      change({
        kind: "symlink",
        ...common,
        title: "Start the timer with the server",
        path: `${wants}/${unit}`,
        target: watchTimer,
        before: found.watch === "missing" ? null : watchTimer,
      }),
      change({ kind: "unit", ...common, title: "Start the timer", unit, action: "active" }),
    ];
  },
});
