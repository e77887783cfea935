import { resolve } from "node:path";
import { steps as allSteps } from "../../steps/index.ts";
import { workloadStep } from "../../steps/runtime/workload/index.ts";
import { configurationWith } from "../configuration/layout.ts";
import { isConfigurationFile, type Promoted, promote, spansOf } from "../configuration/promotion.ts";
import { schemaOfIntegration } from "../configuration/registry.ts";
import type { PromotionRules } from "../configuration/rules.ts";
import type { JsonSchema } from "../configuration/schema.ts";
import { concealedBefore, concealedFile } from "../core/concealed.ts";
import { planFor } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { type Change, change } from "../model/change.ts";
import { control } from "../model/control.ts";
import { known, knownValue, unknown } from "../model/fact.ts";
import { fail, pass } from "../model/finding.ts";
import type { Integration, WhatRunsHere } from "../model/integration.ts";
import { factOf, followUp, type Probe, questionLine, type RawNeed, raw } from "../model/probe.ts";
import type { Step } from "../model/step.ts";
import { type PathState, pathStates } from "../probes/accounts.ts";
import { integrations } from "../probes/integrations.ts";
import { recordedAnswers } from "../probes/machine.ts";
import { eventLine } from "../reports/events.ts";
import { refusalLine } from "../reports/refusals.ts";
import { version } from "../version.ts";
import { loggedSession } from "./logged-session.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { checkPromotion, demandBoth, demandConsent, filesOf, refuse, showChanges, tell } from "./promote.ts";
import { readConfigurationFolder } from "./promotion-folder.ts";
import { rulesFrom, schemaFrom } from "./promotion-inputs.ts";
import { openSession } from "./session.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { untilInterrupted } from "./with-session.ts";

type Options = OptionsOf<"promote">;

type FolderFile = {
  readonly name: string;
  readonly stat: Exclude<PathState, { kind: "missing" }>;
  readonly text: string;
};
type Folder = { readonly exists: boolean; readonly files: readonly FolderFile[]; readonly problems: readonly string[] };

/** Bytes of one configuration file, at most. */
const sizeLimit = 1024 * 1024;

const folderScript = `IFS='	' read -r word folder
[ -d "$folder" ] && [ ! -L "$folder" ] || { echo '@none'; exit 0; }
cd -- "$folder" || { echo '@none'; exit 0; }
newline='
'
for name in *.toml; do
  [ -e "$name" ] || [ -L "$name" ] || continue
  case $name in *"$newline"*) echo '@odd'; continue ;; esac
  printf '@file %s\\n' "$name"
  stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$folder/$name"
  [ -f "$name" ] && [ ! -L "$name" ] && head -c ${sizeLimit + 1} -- "$name" | base64
done
exit 0`;

/** The configuration files of a folder over there. */
export const folderProbe = (folder: string): Probe<Folder> =>
  followUp<Folder, { readonly here: RawNeed<WhatRunsHere> }>({
    id: "promotion-folder",
    asks: `the configuration files in ${folder}`,
    follows: { here: raw(integrations) },
    input: () => questionLine("folder", folder),
    script: folderScript,
    sizeLimit: 16 * 1024 * 1024,
    parse: ({ stdout, truncated }) => {
      if (truncated) return unknown(`${folder} holds more than can be read at once`);
      if (/^@none$/mu.test(stdout)) return known({ exists: false, files: [], problems: [] });
      const files: FolderFile[] = [];
      const problems: string[] = [];
      for (const section of stdout.split(/^@/mu).slice(1)) {
        const [title = "", head = "", ...lines] = section.split("\n");
        const name = title.replace(/^file /u, "");
        // A name that is no text would come back as another one.
        if (title === "odd" || /[\p{Cc}\uFFFD]/u.test(name)) {
          problems.push("target: a .toml file there has a name that is not plain UTF-8 in one line: rename it");
          continue;
        }
        if (!isConfigurationFile(name)) continue;
        const [stat] = pathStates([head]);
        const bytes = Buffer.from(lines.join(""), "base64");
        const text = bytes.toString("utf8");
        if (stat?.kind !== "file") problems.push(`target: ${name} is no regular file`);
        else if (bytes.length > sizeLimit) problems.push(`target: ${name} is larger than 1 MiB`);
        else if (!Buffer.from(text, "utf8").equals(bytes)) problems.push(`target: ${name} is not UTF-8 text`);
        else files.push({ name, stat, text });
      }
      return known({ exists: true, files, problems });
    },
  });

/** The promotion as a step of one control: so it is applied, watched, proved and taken back like everything else. */
const promotionStep = (
  folder: string,
  probe: Probe<Folder>,
  wanted: () => readonly Change[],
  texts: () => Promoted,
) => {
  const applied = control({
    id: "promotion",
    guideline: ["CF-06", "CF-07"],
    title: `${folder} says what was promoted`,
    failing: `${folder} does not say what was promoted`,
    severity: "medium",
    risk: "restart",
    rationale: "What was promoted is what the machine has.",
    references: [],
    needs: { there: probe },
    inspect: ({ there }) => {
      const different = texts().files.filter(
        ({ name, after }) => there.files.find((file) => file.name === name)?.text !== after,
      );
      const evidence = [{ asked: `the files in ${folder}`, answered: there.files.map(({ name }) => name).join(", ") }];
      return different.length === 0 ? pass(evidence) : fail(different.map(({ name }) => name).join(", "), evidence);
    },
    plan: () => wanted(),
  });
  const step: Step = {
    id: "promotion",
    category: "configuration",
    title: "Promotion",
    intro: "Carries configuration from one stage to the next.",
    questions: [],
    controls: [applied],
  };
  return step;
};

/** The programs that read files of a folder. */
const readersOf = (folder: string, here: readonly Integration[]): readonly Integration[] =>
  here.filter(({ configuration }) => configuration.files.some(({ path }) => path.startsWith(`${folder}/`)));

/** Of the program that reads the target, as far as its JAR tells. */
const schemaThere = (readers: readonly Integration[]): JsonSchema | undefined =>
  readers.map(schemaOfIntegration).find((schema) => schema !== undefined);

/** What a program would stumble over that it does not stumble over now. */
const stumbles = (folder: string, readers: readonly Integration[], { files }: Promoted): readonly string[] =>
  readers.flatMap((integration) => {
    const { configuration, id } = integration;
    const read = configuration.files.flatMap(({ path, content }) => {
      const promoted = files.find(({ name }) => `${folder}/${name}` === path);
      const text = promoted?.after ?? content;
      return text === undefined ? [] : [{ path, text }];
    });
    const had = new Set((configuration.unused ?? []).map(({ key }) => key));
    return (configurationWith(integration, read).unused ?? [])
      .filter(({ key }) => !had.has(key))
      .map(({ key }) => `result: ${id} does not know ${key}: it would not start`);
  });

const changesOf = (
  folder: string,
  there: Folder,
  { files }: Promoted,
  readers: readonly Integration[],
  rules: PromotionRules,
): readonly Change[] => {
  const sources = new Map(there.files.map(({ name, text }) => [`${folder}/${name}`, text]));
  const secrets = [...sources].flatMap(([path, text]) => spansOf(path, text, rules));
  const [reader] = readers;
  const like = there.files[0]?.stat;
  return [
    ...files.map(({ name, after }) => {
      const path = `${folder}/${name}`;
      const now = there.files.find((file) => file.name === name);
      const concealed = concealedFile({ path, content: after, secrets, sources });
      const hidden = concealed.parts.some((part) => !("text" in part));
      const own = now === undefined ? [] : spansOf(path, now.text, rules);
      const attributes = {
        mode: now?.stat.mode ?? like?.mode ?? "0640",
        owner: now?.stat.owner ?? like?.owner ?? "root",
        group: now?.stat.group ?? like?.group ?? reader?.unit?.group ?? "root",
      };
      return change({
        kind: "file",
        phase: "files",
        risk: "restart",
        title: `Promote ${name}`,
        path,
        before:
          now === undefined
            ? null
            : {
                ...(own.length > 0
                  ? concealedBefore({ path, content: now.text, secrets: own })
                  : { content: now.text }),
                mode: now.stat.mode,
                owner: now.stat.owner,
                group: now.stat.group,
              },
        after: { content: concealed.content, ...(hidden ? { parts: concealed.parts } : {}), ...attributes },
        sensitive: hidden || own.length > 0,
      });
    }),
    ...readers.flatMap(({ unit, configuration }) =>
      unit?.activeState === "active" &&
      files.some(({ name }) => configuration.files.some(({ path }) => path === `${folder}/${name}`))
        ? [
            change({
              kind: "unit",
              phase: "services",
              risk: "restart",
              title: `Restart ${unit.name}`,
              unit: unit.name,
              action: "restarted",
            }),
          ]
        : [],
    ),
  ];
};

export const run = (options: Options, streams: Streams): Promise<ExitCode> =>
  options.rollback === undefined ? toMachine(options, streams) : takeBack(options.rollback, options, streams);

const takeBack = (id: string, options: Options, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async ({ session }) => {
    await demandConsent(id, options, "take back");
    const outcome = await session.undo(id, () => {});
    if (outcome.state === "refused") throw failure("refused", `${id}: ${outcome.reason}`);
    if (outcome.state !== "reverted")
      throw failure("notReverted", `${id}: not everything could be put back: ${outcome.reason}`);
    tell(
      { state: "rolled back", id, from: session.label, to: session.label, target: session.label },
      `${id}: taken back; everything is as it was before`,
      options,
      streams,
    );
    return exitCodes.fine;
  });

const toMachine = (options: Options, streams: Streams): Promise<ExitCode> => {
  const { source, target } = demandBoth(options);
  const folder = target.replace(/\/+$/u, "");
  if (/[\t\n\r\0]|(?:^|\/)\.{1,2}(?:\/|$)|^$/u.test(folder))
    throw failure("usage", `${target} is not the absolute path of a folder, without . and ..`);
  const rules = rulesFrom(options.rules);
  const named = schemaFrom(options.schema, source);
  const files = readConfigurationFolder(source);
  return untilInterrupted(
    { ...options, steps: [], controls: [], categories: [] },
    streams,
    async ({ target: machine }, interruption) => {
      let promoted: Promoted = { files: [], problems: [], notes: [], newEndpoints: [] };
      let changes: readonly Change[] = [];
      const probe = folderProbe(folder);
      const step = promotionStep(
        folder,
        probe,
        () => changes,
        () => promoted,
      );
      const health = allSteps.filter(({ id }) => id === workloadStep.id).map((each) => ({ ...each, controls: [] }));
      const steps = [...health, step];
      const stages = { from: rules.from ?? resolve(source), to: rules.to ?? `${machine.label}:${folder}` };
      const session = loggedSession(openSession(machine, steps), machine, {
        what: options.endpoints ? "endpoints promoted" : "promoted",
        ...stages,
      });
      const { facts, host, rights } = await session.inspect(() => {});
      if (!rights.root) throw failure("refused", `${session.label}: ${rights.reason}; nothing was changed`);
      const there = factOf(facts, probe);
      if (there.state !== "known") throw failure("refused", `${session.label}: ${there.reason}; nothing was changed`);
      if (!there.value.exists)
        throw failure("refused", `${session.label} has no folder ${folder}: make it first; nothing was changed`);
      const readers = readersOf(folder, knownValue(factOf(facts, integrations))?.integrations ?? []);
      const schema = named ?? schemaThere(readers);
      if (schema === undefined)
        say(
          streams,
          "no schema, and no JAR over there tells: unknown keys and types are not checked; name one with --schema",
        );
      const made = promote({
        source: files,
        target: there.value.files.map(({ name, text }) => ({ name, text })),
        rules,
        schema,
        only: options.endpoints ? "endpoints" : "everything",
      });
      const problems = [...there.value.problems, ...made.problems];
      promoted = { ...made, problems: problems.length > 0 ? problems : stumbles(folder, readers, made) };
      const checked = await checkPromotion(promoted, rules, machine, host.name, streams);
      const told = { ...stages, target: `${host.name}:${folder}`, notes: [...checked.notes] };
      if (checked.problems.length > 0) return refuse(checked.problems, told, options, streams);
      if (promoted.files.length === 0) {
        tell(
          { ...told, state: "unchanged" },
          `${host.name}: ${folder} says the same already, nothing to promote`,
          options,
          streams,
        );
        return exitCodes.fine;
      }
      showChanges(promoted, rules, folder, streams);
      await demandConsent(host.name, options);
      changes = changesOf(folder, there.value, promoted, readers, rules);
      // The answers of other steps were not asked for here: what the machine remembers of them stays as it is.
      const known = new Map(facts).set(recordedAnswers.id, unknown("a promotion answers no questions"));
      const { plan, refusals } = planFor(steps, known, {}, {}, version);
      if (refusals.length > 0) throw failure("refused", refusalLine(refusals));
      let id = "";
      const outcome = await session.apply(
        plan,
        {
          secrets: new Map(),
          confirmWithin: options.confirmWithin,
          signal: streams.signal,
          begun: (transactionId) => {
            id = transactionId;
            interruption.line = `interrupted, but ${host.name} finishes ${id} by itself; see how it ended: ${drawbridgeCommand(["status"], options.target)}`;
          },
        },
        (event) => {
          const line = eventLine(event, plan);
          if (line !== undefined) say(streams, line);
        },
      );
      switch (outcome.state) {
        case "confirmed":
        case "pending": {
          const rollback = drawbridgeCommand(["promote", "--rollback", id], options.target);
          tell(
            { ...told, state: "promoted", id, rollback, files: filesOf(promoted.files, folder) },
            `${id}: promoted ${source} to ${folder} on ${host.name}; take it back with: ${rollback}`,
            options,
            streams,
          );
          return exitCodes.fine;
        }
        case "refused":
          throw failure("refused", `${outcome.reason}; nothing was changed`);
        case "reverted":
          throw failure("reverted", `${id}: ${outcome.reason}; everything is as it was before`);
        default:
          throw failure("notReverted", `${id}: ${outcome.reason}`);
      }
    },
  );
};
