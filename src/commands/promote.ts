import { randomBytes } from "node:crypto";
import { isAbsolute, resolve } from "node:path";
import { maskedTexts, type Promoted, promote } from "../configuration/promotion.ts";
import { reachInput, reachProblems, reachScript } from "../configuration/reach.ts";
import type { PromotionRules } from "../configuration/rules.ts";
import { sha256 } from "../core/assemble-plan.ts";
import { diffText } from "../core/diff.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { localTarget } from "../targets/local.ts";
import type { Target } from "../targets/target.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import {
  applyToFolder,
  demandLog,
  logToFolder,
  readConfigurationFolder,
  rollBackFolder,
  whoIsHere,
  withFolderLock,
} from "./promotion-folder.ts";
import { rulesFrom, schemaFrom } from "./promotion-inputs.ts";
import type { Streams } from "./streams.ts";

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
  if (from === to) throw failure("usage", "source and target are the same folder");
  const rules = rulesFrom(options.rules);
  const schema = schemaFrom(options.schema, source);
  if (schema === undefined)
    say(streams, "no schema: unknown keys, types and missing values are not checked; name one with --schema");
  return withFolderLock(to, async (own) => {
    demandLog(to);
    const promoted = promote({
      source: readConfigurationFolder(from),
      target: readConfigurationFolder(to),
      rules,
      schema,
      only: options.endpoints ? "endpoints" : "everything",
    });
    await demandNothingAgainst(promoted, rules, localTarget(), "this machine", streams);
    if (promoted.files.length === 0) {
      streams.output.write(`${target}: nothing to promote, it says the same already\n`);
      return exitCodes.fine;
    }
    showChanges(promoted, rules, to, streams);
    await demandConsent(target, options);
    const id = promotionId();
    applyToFolder(to, own, id, from, promoted.files);
    logToFolder(to, own, {
      when: new Date().toISOString(),
      who: whoIsHere(),
      what: options.endpoints ? "endpoints promoted" : "promoted",
      id,
      from: rules.from ?? from,
      to: rules.to ?? to,
      rollback: `drawbridge promote --rollback ${id} ${target}`,
      files: promoted.files.map(({ name, before, after }) => ({
        path: `${to}/${name}`,
        before: before === null ? null : sha256(before),
        after: sha256(after),
      })),
      record: null,
    });
    streams.output.write(
      `${id}: promoted ${source} to ${target}; take it back with: drawbridge promote --rollback ${id} ${target}\n`,
    );
    return exitCodes.fine;
  });
};

const takeBack = async (id: string, options: Options, streams: Streams): Promise<ExitCode> => {
  const { source: target, target: more } = options.arguments;
  if (target === undefined || more !== undefined)
    throw failure("usage", `take ${id} back from where? drawbridge promote --rollback ${id} TARGET`);
  const to = resolve(target);
  return withFolderLock(to, async (own) => {
    demandLog(to);
    await demandConsent(target, options, "take back");
    const files = rollBackFolder(to, own, id);
    logToFolder(to, own, {
      when: new Date().toISOString(),
      who: whoIsHere(),
      what: "rolled back",
      id,
      from: to,
      to,
      rollback: "",
      files: [...files],
      record: null,
    });
    streams.output.write(`${id}: taken back; ${target} is as it was before\n`);
    return exitCodes.fine;
  });
};

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

/** Everything that stands against it is told, each in a line; then it ends. Endpoints are asked only when all else is well. */
export const demandNothingAgainst = async (
  promoted: Promoted,
  rules: PromotionRules,
  machine: Pick<Target, "run">,
  from: string,
  streams: Streams,
): Promise<void> => {
  const problems = [...promoted.problems];
  for (const note of promoted.notes) say(streams, note);
  if (problems.length === 0 && rules.endpoints.check && promoted.newEndpoints.length > 0) {
    const { stdout } = await machine.run(reachScript, {
      rights: "best",
      input: Buffer.from(reachInput(promoted.newEndpoints, rules.endpoints.certificates)),
      timeoutSeconds: 60,
    });
    const reached = reachProblems(promoted.newEndpoints, stdout, from);
    problems.push(...reached.problems);
    for (const note of reached.notes) say(streams, note);
  }
  if (problems.length === 0) return;
  for (const problem of problems) say(streams, problem);
  const more = problems.length === 1 ? "" : ` (and ${problems.length - 1} more)`;
  throw failure("refused", `promotion stopped: ${problems[0]}${more}; nothing was changed`);
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
    streams.error.write(`--- ${target}/${file.name}${before === null ? " (new)" : ""}\n`);
    for (const line of lines) {
      if (line.kind === "gap") streams.error.write(`  … ${line.lines} lines as they are\n`);
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
