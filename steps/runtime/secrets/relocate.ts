import type { Proposal } from "../../../src/model/control.ts";
import { fragment } from "../../../src/model/control.ts";
import type { Integration, TextFile } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { credentialFile, optionsFile, type SecretPlaces } from "../../../src/probes/secret-places.ts";
import { linked, packageOfMainClass } from "../../../src/workload/modules.ts";
import { type ConfigurationEdit, configurationEdits, configurationObstacle } from "../configuration.ts";
import { unitAdditions, unitRestart } from "../unit.ts";
import { commandLineSecrets, environmentFileSecrets, openSettings, type SecretWord, unitSecrets } from "./found.ts";
import { credentialName, credentialPath, secretPlaceOf } from "./place.ts";
import { type SecretMove, secretTexts } from "./texts.ts";

/** What a control moves: secrets in configuration files, in units, in environment files, on the command line. */
export type Kind = "configuration" | "unit" | "environment file" | "command line";

/** Folders whose unit files belong to packages: an edit there would be lost with the next upgrade. */
const isOwners = (path: string): boolean => path.startsWith("/etc/systemd/system/");

/** Texts that stand the same in a unit, in TOML and in an environment file, whichever quotes are around them. */
const isPlain = (text: string): boolean => !/["'\\\s$`%\p{Cc}]/u.test(text) && text !== "";

const words = (integration: Integration, kind: Kind): readonly SecretWord[] => {
  if (kind === "environment file") return environmentFileSecrets(integration);
  if (kind === "unit") return unitSecrets(integration);
  if (kind === "command line") return unitSecrets(integration).filter((word) => word.kind !== "variable");
  return [];
};

/** The key that a variable or an argument stands for, when its spelling is certain and it is a text. */
export const keyOf = (integration: Integration, word: SecretWord): readonly string[] | undefined => {
  const setting = integration.configuration.settings.find(({ source }) =>
    word.kind === "argument"
      ? source.kind === "argument"
      : source.kind === "environment" && source.variable === word.name,
  );
  if (word.kind === "argument") {
    const path = word.name.slice("-C".length).split(".");
    const own = integration.configuration.settings.find(({ key }) => key === path.join("."));
    return own === undefined || typeof own.value === "string" ? path : undefined;
  }
  if (setting === undefined || !word.name.startsWith("BAL_CONFIG_VAR_") || typeof setting.value !== "string")
    return undefined;
  // Names in the environment are shouted: how the program spells them, only its JAR or another source tells.
  const program = packageOfMainClass(integration.jar?.mainClass);
  const module = program && linked(integration, `${program.organisation}/${program.name}`);
  const spelled =
    setting.shadowed.length > 0 ||
    (setting.path.length === 1 && module?.configurables?.includes(setting.path[0] as string));
  return spelled ? setting.path : undefined;
};

const fileOf = ({ unitFiles, environmentFiles }: Integration, path: string): TextFile | undefined =>
  [...unitFiles, ...environmentFiles].find((file) => file.path === path);

/** Why a control's secrets of a program cannot be moved from here; undefined when they can. */
export const moveObstacle = (integration: Integration, kind: Kind, answers: AnswerReader): string | undefined => {
  const { unit, id } = integration;
  if (unit === undefined) return `${id} is no service: start it as one, so that something can hand it its secrets`;
  if (answers.get(unitRestart) === "later") return "it counts from the next start, and jvm.restart says later";
  const configuration = configurationObstacle(integration);
  if (configuration !== undefined) return configuration;
  const mine = words(integration, kind);
  for (const word of mine) {
    if (kind !== "environment file" && !isOwners(word.file)) {
      return `${word.file} belongs to a package: copy it with systemctl edit --full ${unit.name}, then run again`;
    }
    if (fileOf(integration, word.file)?.stat?.kind !== "file") return `${word.file} is no regular file`;
    if (word.kind === "other")
      return `${word.file}:${word.line} holds ${word.name === "a comment" ? "one in a comment" : `one in ${word.name}`}: move it by hand`;
    if (!isPlain(word.value) || !word.raw.includes(word.value)) {
      return `${word.name} in ${word.file} has quotes, blanks or escapes in it: move it by hand`;
    }
    if (word.kind === "argument" && keyOf(integration, word) === undefined) {
      return `of ${word.name} nobody knows whether it is a number or a text: write it to a configuration file by hand`;
    }
  }
  if (kind === "command line") {
    const inUnit = new Set(mine.map(({ name }) => name));
    const elsewhere = commandLineSecrets(integration).find(({ name }) => !inUnit.has(name));
    if (elsewhere !== undefined)
      return `${elsewhere.name} does not come from ${unit.name} itself: take it out of its start script`;
  }
  return undefined;
};

/** Fragments that move a program's secrets of one kind to where only it can read them. */
export const relocation = (
  integration: Integration,
  kind: Kind,
  places: SecretPlaces,
  answers: AnswerReader,
): readonly Proposal[] => {
  const { id, unit, configuration } = integration;
  if (unit === undefined) return [];
  const edits: ConfigurationEdit[] =
    kind === "configuration" ? openSettings(integration).map(({ path }) => ({ move: path })) : [];
  const moves: SecretMove[] = [];
  const properties: SecretWord[] = [];
  for (const word of words(integration, kind)) {
    const source = fileOf(integration, word.file)?.content ?? "";
    const start = source.indexOf(word.raw) + word.raw.lastIndexOf(word.value);
    const span = { value: word.value, path: word.file, start, end: start + word.value.length };
    const path = word.kind === "property" ? undefined : keyOf(integration, word);
    if (path !== undefined) edits.push({ set: path, hidden: span, source });
    if (word.kind === "property") properties.push(word);
    moves.push({
      integration: id,
      word,
      span,
      to: path !== undefined ? "configuration" : word.kind === "property" ? "options" : "environment",
    });
  }
  const place = secretPlaceOf(integration, places, answers);
  const wired = configuration.files.some(({ path }) => path === place.effective);
  const needsSecrets = edits.length > 0 && !wired;
  const optionsPath = place.kind === "credential" ? credentialFile(id, place.encrypted, "options") : optionsFile(id);
  const optionsListed = place.kind === "credential" ? "{{credentials}}/options" : optionsPath;
  const proposals: Proposal[] = [];
  if (edits.length > 0) proposals.push(fragment(configurationEdits, { integration: id, edits }));
  if (moves.length > 0) proposals.push(fragment(secretTexts, moves));
  const gone = words(integration, kind)
    .filter((word) => word.kind !== "variable")
    .map(({ name, value }) => `${name}=${value}`);
  const credentials = [
    ...(needsSecrets && place.kind === "credential"
      ? [{ name: credentialName, path: place.source, encrypted: place.encrypted }]
      : []),
    ...(properties.length > 0 && place.kind === "credential"
      ? [{ name: "options", path: optionsPath, encrypted: place.encrypted }]
      : []),
  ];
  if (needsSecrets || gone.length > 0) {
    proposals.push(
      fragment(unitAdditions, {
        unit: unit.name,
        removeArguments: gone,
        ...(properties.length > 0 ? { jvmOptions: [`@${optionsListed}`] } : {}),
        ...(needsSecrets
          ? { environment: { BAL_CONFIG_FILES: [place.listed, ...listedNow(integration)].join(":") } }
          : {}),
        ...(credentials.length > 0 ? { credentials } : {}),
      }),
    );
  }
  return proposals;
};

/** The files that the program reads now, as they are listed. */
const listedNow = ({ configuration, environment, unit, workingDirectory }: Integration): readonly string[] => {
  const listed = environment.findLast(({ name }) => name === "BAL_CONFIG_FILES")?.value;
  if (configuration.decidedBy === "BAL_CONFIG_FILES" && listed !== undefined) {
    const own = unit === undefined ? "" : credentialPath(unit.name);
    return listed.split(":").filter((path) => path !== "" && path !== own);
  }
  return configuration.files.length > 0
    ? configuration.files.map(({ path }) => path)
    : [`${workingDirectory}/Config.toml`];
};
