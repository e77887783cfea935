import {
  centralFolder,
  configurationWith,
  differences,
  type Form,
  layoutFolder,
  layoutFound,
  loaderPath,
  type Part,
  parts,
  splitConfiguration,
} from "../../../src/configuration/layout.ts";
import { PlanConflict } from "../../../src/core/assemble-plan.ts";
import { concealedBefore, concealedFile } from "../../../src/core/concealed.ts";
import { integrationsFolder, rootFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { fragment, type Proposal } from "../../../src/model/control.ts";
import type { ConfigurationFile, Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { ConfigurationPlaces } from "../../../src/probes/configuration-places.ts";
import type { SecretPlaces } from "../../../src/probes/secret-places.ts";
import { configurationEdits, configurationObstacle, secretSpans } from "../../runtime/configuration.ts";
import { credentialName, readingGroup, type SecretPlace, secretPlaceOf } from "../../runtime/secrets/place.ts";
import { unitAdditions, unitRestart } from "../../runtime/unit.ts";
import { layoutEnvironment } from "./questions.ts";

export type LayoutFacts = {
  readonly here: WhatRunsHere;
  readonly secrets: SecretPlaces;
  readonly places: ConfigurationPlaces;
};

/** The one file that is split: the program's only one, besides a file of secrets that is split off already. */
const singleFile = (integration: Integration, place: SecretPlace): ConfigurationFile | undefined => {
  const others = integration.configuration.files.filter(({ path }) => path !== place.effective);
  return others.length === 1 && others[0]?.state === "read" ? others[0] : undefined;
};

const split = (integration: Integration, file: ConfigurationFile, answers: AnswerReader) =>
  splitConfiguration(file.content ?? "", {
    program: integration,
    endpoints: new Set(integration.endpoints.map(({ key }) => key)),
    environment: answers.get(layoutEnvironment),
  });

/** Why a program's configuration cannot be laid out from here, in words; undefined when it can. */
export const migrationObstacle = (
  integration: Integration,
  form: Form,
  { here, secrets, places }: LayoutFacts,
  answers: AnswerReader,
): string | undefined => {
  const { id, unit, configuration } = integration;
  if (unit === undefined) return "it is no service: nothing names its files to it";
  const obstacle = configurationObstacle(integration);
  if (obstacle !== undefined) return obstacle;
  if (!/^[A-Za-z0-9][A-Za-z0-9@_.-]*$/u.test(id) || `${centralFolder}/${id}` === loaderPath)
    return `a folder cannot be called ${id}`;
  if (unit.dynamicUser) return "its account is made anew at every start: no file can be given to it";
  if (answers.get(unitRestart) === "later") return "it counts from the next start, and jvm.restart says later";
  const place = secretPlaceOf(integration, secrets, answers);
  const file = singleFile(integration, place);
  if (file === undefined) {
    return layoutFound(integration) === "nothing"
      ? "it has no configuration file"
      : "its configuration lies in several files already: where each belongs only its owner can say";
  }
  if (
    here.integrations.some(
      (other) => other.id !== id && other.configuration.files.some(({ path }) => path === file.path),
    )
  )
    return `${file.path} is read by another integration, too`;
  const texts = split(integration, file, answers);
  if (!texts.ok) return `${file.path} is no TOML: ${texts.problem}`;
  const wired = configuration.files.some(({ path }) => path === place.effective);
  if (wired && texts.texts.has("secrets"))
    return `${file.path} holds secrets beside those in ${place.source}: move them first (step secrets)`;
  if (!wired && texts.texts.has("secrets") && place.file !== undefined) return `${place.source} is there already`;
  const folder = layoutFolder(form, id);
  const taken = [...texts.texts.keys()]
    .filter((part) => part !== "secrets")
    .map((part) => `${folder}/${part}.toml`)
    .find((path) => places.found.has(path));
  return taken === undefined ? undefined : `${taken} is there already`;
};

const folders = (form: Form, id: string, { places }: LayoutFacts): readonly Change[] => {
  const above = form === "centralised" ? centralFolder : "/etc/opt";
  return [above, layoutFolder(form, id)]
    .filter((path) => !places.found.has(path))
    .map((path) =>
      path === centralFolder ? integrationsFolder : rootFolder(`A folder for configuration: ${path}`, path),
    );
};

const about: Readonly<Record<Part, string>> = {
  secrets: "its secrets",
  endpoints: "whom it calls",
  environment: "what differs from stage to stage",
  base: "what is the same in every stage",
};

/**
 * The single file as the parts of a layout. The plan is only made when the program would have the same values, written the
 * same way; the old file goes, because nobody reads it any more and its secrets would stay behind.
 */
export const migration = (
  integration: Integration,
  form: Form,
  facts: LayoutFacts,
  answers: AnswerReader,
): readonly Proposal[] => {
  const { id, unit, configuration } = integration;
  const place = secretPlaceOf(integration, facts.secrets, answers);
  const file = singleFile(integration, place);
  if (unit === undefined || file?.content === undefined || file.stat === undefined || file.stat.kind !== "file")
    return [];
  const text = file.content;
  const made = split(integration, file, answers);
  if (!made.ok) return [];
  const folder = layoutFolder(form, id);
  const wired = configuration.files.find(({ path }) => path === place.effective);
  const written = parts.flatMap((part) => {
    const content = made.texts.get(part);
    if (content === undefined) return [];
    const own = part === "secrets";
    return [
      {
        part,
        content,
        path: own ? place.source : `${folder}/${part}.toml`,
        effective: own ? place.effective : `${folder}/${part}.toml`,
        listed: own ? place.listed : `${folder}/${part}.toml`,
      },
    ];
  });
  const read = [
    ...(wired === undefined ? [] : [{ path: wired.path, text: wired.content ?? "" }]),
    ...written.map(({ effective, content }) => ({ path: effective, text: content })),
  ];
  const different = differences(configuration, configurationWith(integration, read));
  if (different.length > 0)
    throw new PlanConflict(
      `${id} would start with another value of ${different.slice(0, 3).join(", ")} than now: leave layout-files out, or keep the layout`,
    );
  const sources = new Map([[file.path, text]]);
  const secrets = secretSpans(file.path, text);
  const group = readingGroup(integration, answers);
  const { mode, owner, group: ownersGroup } = file.stat;
  return [
    ...(made.texts.has("secrets") ? place.folder : []),
    ...folders(form, id, facts),
    ...written.map(({ part, path, content }) => {
      const concealed = concealedFile({ path, content, secrets, sources });
      const hidden = concealed.parts.some((each) => !("text" in each));
      return change({
        kind: "file",
        phase: "files",
        risk: "restart",
        title: `Configuration of ${id}: ${about[part]}`,
        path,
        before: null,
        after: {
          content: concealed.content,
          ...(hidden ? { parts: concealed.parts } : {}),
          ...(part === "secrets" && place.encrypted ? { encrypted: credentialName } : {}),
          ...(part === "secrets" ? place.attributes : { mode: "0640", owner: "root", group }),
        },
        sensitive: hidden,
      });
    }),
    change({
      kind: "absent",
      phase: "files",
      risk: "restart",
      title: `Configuration of ${id}: nothing reads ${file.path} any more`,
      path: file.path,
      before: { ...concealedBefore({ path: file.path, content: text, secrets }), mode, owner, group: ownersGroup },
    }),
    fragment(configurationEdits, { integration: id, edits: [], laidOut: true }),
    fragment(unitAdditions, {
      unit: unit.name,
      configurationFiles: [...(wired === undefined ? [] : [place.listed]), ...written.map(({ listed }) => listed)].join(
        ":",
      ),
      ...(made.texts.has("secrets") && place.kind === "credential"
        ? { credentials: [{ name: credentialName, path: place.source, encrypted: place.encrypted }] }
        : {}),
    }),
  ];
};
