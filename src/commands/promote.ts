import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { isAbsolute, resolve } from "node:path";
import type { LogDeed } from "../configuration/audit-log.ts";
import { maskedTexts, type Promoted, type PromotedFile, promote } from "../configuration/promotion.ts";
import { reachInput, reachProblems, reachScript } from "../configuration/reach.ts";
import type { PromotionRules } from "../configuration/rules.ts";
import { sha256 } from "../core/assemble-plan.ts";
import { diffText } from "../core/diff.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { DocumentBody } from "../model/documents.ts";
import { documentText } from "../reports/json.ts";
import { messageLine } from "../reports/printable.ts";
import { localTarget } from "../targets/local.ts";
import type { Target } from "../targets/target.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import {
  applyToFolder,
  demandLog,
  type PromotionPlace,
  readConfigurationFolder,
  rollBackFolder,
  whoIsHere,
  withFolderLock,
} from "./promotion-folder.ts";
import { rulesFrom, schemaFrom } from "./promotion-inputs.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";

type Options = OptionsOf<"promote">;

/** Carries configuration from one stage to the next. Nothing of the target is touched before everything was checked. */
export const run = async (options: Options, streams: Streams): Promise<ExitCode> => {
  if (!options.yes && !streams.input.isTTY)
    throw failure("usage", "there is no terminal to ask on: add --yes to promote without questions");
  if (options.target.kind === "ssh") return (await import("./promotion-machine.ts")).run(options, streams);
  return options.rollback === undefined ? toFolder(options, streams) : takeBack(options.rollback, options, streams);
};

const toFolder = async (options: Options, streams: Streams): Promise<ExitCode> => {
  const { source, target } = demandBoth(options);
  const [from, to] = [resolve(source), resolve(target)];
  if (from === to || isSameFolder(from, to)) throw failure("usage", "source and target are the same folder");
  const rules = rulesFrom(options.rules);
  const schema = schemaFrom(options.schema, source);
  if (schema === undefined)
    say(streams, "no schema: unknown keys, types and missing values are not checked; name one with --schema");
  return withFolderLock(to, async (place) => {
    for (const note of place.notes) say(streams, note);
    demandLog(place);
    const promoted = promote({
      source: readConfigurationFolder(from),
      target: readConfigurationFolder(to),
      rules,
      schema,
      only: options.endpoints ? "endpoints" : "everything",
    });
    const stages = { from: rules.from ?? from, to: rules.to ?? to };
    const checked = await checkPromotion(promoted, rules, localTarget(), "this machine", streams);
    const told = { ...stages, target: to, notes: [...place.notes, ...checked.notes] };
    if (checked.problems.length > 0) return refuse(checked.problems, told, options, streams);
    if (promoted.files.length === 0) {
      tell(
        { ...told, state: "unchanged" },
        `${target}: nothing to promote, it says the same already`,
        options,
        streams,
      );
      return exitCodes.fine;
    }
    showChanges(promoted, rules, to, streams);
    await demandConsent(target, options);
    const id = promotionId();
    const rollback = drawbridgeCommand(["promote", "--rollback", id, to], { kind: "local" });
    const files = filesOf(promoted.files, to);
    applyToFolder(place, {
      source: from,
      files: promoted.files,
      deed: {
        ...stages,
        when: new Date().toISOString(),
        who: whoIsHere(),
        what: options.endpoints ? "endpoints promoted" : "promoted",
        id,
        rollback,
        files,
        record: null,
      },
    });
    tell(
      { ...told, state: "promoted", id, rollback, files },
      `${id}: promoted ${source} to ${target}; take it back with: ${rollback}`,
      options,
      streams,
    );
    return exitCodes.fine;
  });
};

/** Two names of one folder: a link, or another spelling. */
const isSameFolder = (a: string, b: string): boolean => {
  const [one, other] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return one !== undefined && one.ino === other?.ino && one.dev === other.dev;
};

const takeBack = async (id: string, options: Options, streams: Streams): Promise<ExitCode> => {
  const { source: target, target: more } = options.arguments;
  if (target === undefined || more !== undefined)
    throw failure("usage", `take ${id} back from where? drawbridge promote --rollback ${id} TARGET`);
  const to = resolve(target);
  return withFolderLock(to, async (place) => {
    for (const note of place.notes) say(streams, note);
    const files = await takenBack(id, target, place, options);
    tell(
      { state: "rolled back", id, from: to, to, target: to, files, notes: [...place.notes] },
      `${id}: taken back; ${target} is as it was before`,
      options,
      streams,
    );
    return exitCodes.fine;
  });
};

const takenBack = async (id: string, target: string, place: PromotionPlace, options: Options) => {
  // Cut off, and put back before this was even asked.
  if (place.putBack === id) return [];
  demandLog(place);
  await demandConsent(target, options, "take back");
  const to = resolve(target);
  return rollBackFolder(place, {
    when: new Date().toISOString(),
    who: whoIsHere(),
    what: "rolled back",
    id,
    from: to,
    to,
    rollback: "",
    record: null,
  });
};

type Told = Partial<DocumentBody<"promote">> & Pick<DocumentBody<"promote">, "state" | "from" | "to" | "target">;

/** How it ended: a line, or a document. */
export const tell = (told: Told, line: string, { format }: Pick<Options, "format">, streams: Streams): void => {
  const body = { id: null, rollback: "", files: [], notes: [], problems: [], ...told };
  streams.output.write(format === "json" ? documentText("promote", body) : `${messageLine(line)}\n`);
};

/** Everything that stands against it, each in a line, and nothing was changed. */
export const refuse = (
  problems: readonly string[],
  told: Omit<Told, "state">,
  options: Pick<Options, "format">,
  streams: Streams,
): ExitCode => {
  for (const problem of problems) say(streams, problem);
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  const line = `promotion stopped: ${problems[0]}${more}; nothing was changed`;
  if (options.format !== "json") throw failure("refused", line);
  say(streams, `drawbridge: ${line}`);
  tell({ ...told, state: "refused", problems: [...problems] }, line, options, streams);
  return exitCodes.refused;
};

export const filesOf = (files: readonly PromotedFile[], folder: string): LogDeed["files"] =>
  files.map(({ name, before, after }) => ({
    path: `${folder}/${name}`,
    before: before === null ? null : sha256(before),
    after: sha256(after),
  }));

export const demandBoth = ({ arguments: { source, target }, target: machine }: Options) => {
  if (source === undefined || target === undefined)
    throw failure("usage", "promote what to where? drawbridge promote SOURCE TARGET [--rules FILE]");
  if (machine.kind === "ssh" && !isAbsolute(target))
    throw failure("usage", `${target} is no absolute path: with --host the target is a folder over there`);
  return { source, target };
};

/** YYYYMMDD-HHMMSS in UTC: sorts by time, and reads as one. Four random digits: the same bytes may be promoted twice in a second. */
const promotionId = (now = new Date()): string =>
  `${now.toISOString().replace(/[-:]/gu, "").replace("T", "-").slice(0, 15)}-${randomBytes(2).toString("hex")}`;

/** Everything that stands against it, and what is to be said. Endpoints are asked only when all else is well. */
export const checkPromotion = async (
  promoted: Promoted,
  rules: PromotionRules,
  machine: Pick<Target, "run">,
  from: string,
  streams: Streams,
): Promise<{ readonly problems: readonly string[]; readonly notes: readonly string[] }> => {
  const problems = [...promoted.problems];
  const notes = [...promoted.notes];
  if (problems.length === 0 && rules.endpoints.check && promoted.newEndpoints.length > 0) {
    const { stdout } = await machine.run(reachScript, {
      rights: "best",
      input: Buffer.from(reachInput(promoted.newEndpoints, rules.endpoints.certificates)),
      timeoutSeconds: 60,
    });
    const reached = reachProblems(promoted.newEndpoints, stdout, from);
    problems.push(...reached.problems);
    notes.push(...reached.notes);
  }
  for (const note of notes) say(streams, note);
  return { problems, notes };
};

/** What would be written, line by line, with every secret masked. */
export const showChanges = (
  { files }: Pick<Promoted, "files">,
  rules: PromotionRules,
  target: string,
  streams: Streams,
): void => {
  for (const file of files) {
    const { before, after } = maskedTexts(file, rules);
    const { lines } = diffText(before, after);
    say(streams, `--- ${target}/${file.name}${before === null ? " (new)" : ""}`);
    for (const line of lines) {
      if (line.kind === "gap") say(streams, `… ${line.lines} lines as they are`, "  ");
      else {
        const sign = { same: " ", added: "+", removed: "-" }[line.kind];
        say(streams, line.segments.map(({ text }) => text).join(""), `${sign} `);
      }
    }
  }
};

export const demandConsent = async (
  target: string,
  { yes }: Pick<Options, "yes">,
  doing = "promote",
): Promise<void> => {
  if (yes) return;
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type the target to ${doing} (${target})`, target)) return;
  throw failure("refused", `that is not ${target}, and nothing was changed`);
};
