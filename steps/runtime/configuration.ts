import { PlanConflict } from "../../src/core/assemble-plan.ts";
import { concealedBefore, concealedFile, mask, type SecretSpan } from "../../src/core/concealed.ts";
import { type Change, change, type FilePart } from "../../src/model/change.ts";
import { composer } from "../../src/model/control.ts";
import type { ConfigurationFile, Integration, TomlValue } from "../../src/model/integration.ts";
import type { PathState } from "../../src/probes/accounts.ts";
import { integrations } from "../../src/probes/integrations.ts";
import { secretPlaces } from "../../src/probes/secret-places.ts";
import { readToml, type TomlTable } from "../../src/toml/document.ts";
import { editedTable, editToml, sameToml, type TomlEdit } from "../../src/toml/edit.ts";
import { isHidden, secretSpans } from "../../src/workload/hidden.ts";
import { type FeatureName, features, linked, packageOfMainClass, supports } from "../../src/workload/modules.ts";
import { isSecretKey } from "../../src/workload/secrecy.ts";
import { overriding, valueAt, variableOf } from "../../src/workload/variables.ts";
import { credentialName, encryptedBefore, type SecretPlace, secretPlaceOf } from "./secrets/place.ts";
import { unitRestart } from "./unit.ts";
import { statedDistribution } from "./workload/described.ts";

export { isHidden, secretSpans };

/** One wish about the configuration of a program. Paths are table and key; a bigint is an integer, a number a float. */
export type ConfigurationEdit =
  | { readonly set: readonly string[]; readonly value: TomlValue }
  /** A text that the machine makes: `bytes` of randomness as base64url. Same name, same text. */
  | { readonly set: readonly string[]; readonly random: string; readonly bytes: number }
  /** A secret that stands in another file of the machine (a unit, an environment file): goes to the secrets file. */
  | { readonly set: readonly string[]; readonly hidden: SecretSpan; readonly source: string }
  | { readonly remove: readonly string[] }
  /** The variable that this key belongs to goes to the secrets file, whole. */
  | { readonly move: readonly string[] };

export type ConfigurationEdits = {
  readonly integration: string;
  readonly edits: readonly ConfigurationEdit[];
  /** The same plan splits its one file into parts, and moves its secrets with that: nothing is left here to move. */
  readonly laidOut?: true;
};

/**
 * Every wish about Config.toml files, as one change of each file and one restart of each service.
 *
 * A key is written where its variable is now (a program takes a variable whole from one file), else in the weakest file. A key
 * of a module that the program is not linked with is refused here, because it would not start any more. Comments, order and
 * every other byte stay; secrets are put together on the machine. What cannot be written (a link, an unreadable file, a file
 * that another program reads too and needs otherwise) is left alone: its finding stays.
 */
export const configurationEdits = composer<
  ConfigurationEdits,
  { readonly here: typeof integrations; readonly places: typeof secretPlaces }
>({
  id: "configuration-edits",
  needs: { here: integrations, places: secretPlaces },
  compose: (wanted, { here, places }, answers) => {
    const asked = wanted.filter(({ needed }) => needed);
    const drafts = here.integrations.flatMap((integration) => {
      const mine = asked.filter(({ value }) => value.integration === integration.id);
      if (mine.length === 0 || configurationObstacle(integration) !== undefined) return [];
      refuseConflicts(integration, mine);
      const layout = mine.find(({ value }) => value.laidOut === true);
      if (layout !== undefined) {
        refuseBesides(integration, layout, mine);
        return [];
      }
      const edits = mine.flatMap(({ value }) => value.edits);
      refuseUnknownKeys(integration, mine, statedDistribution(answers));
      const place = secretPlaceOf(integration, places, answers);
      return [{ ...draftOf(integration, edits, place), because: [...new Set(mine.map(({ because }) => because))] }];
    });
    const shared = agreed(drafts, here.integrations);
    for (const draft of shared) prove(draft);
    const restart = answers.get(unitRestart) === "now";
    return [...fileChanges(shared), ...shared.flatMap((draft) => restartOf(draft, restart))];
  },
});

type Because = { readonly value: ConfigurationEdits; readonly because: string };

const name = (path: readonly string[]): string => path.join(".");
const key = (path: readonly string[]): string => JSON.stringify(path);

/** Why a program's configuration cannot be written from here, in words; undefined when it can. */
export const configurationObstacle = ({ configuration, container }: Integration): string | undefined => {
  if (container) return "it runs in a container: change what its image or its orchestrator gives it";
  if (configuration.decidedBy === "BAL_CONFIG_DATA") {
    return "its configuration is the variable BAL_CONFIG_DATA: write it to a file and name that in BAL_CONFIG_FILES";
  }
  for (const { path, state, problem, stat } of configuration.files) {
    if (state === "missing") continue;
    if (state !== "read") return `${path} cannot be read${problem === undefined ? "" : `: ${problem}`}`;
    if (stat?.kind === "symlink") return `${path} is a link: name the file itself in BAL_CONFIG_FILES`;
  }
  return undefined;
};

const pathOf = (edit: ConfigurationEdit): readonly string[] =>
  "set" in edit ? edit.set : "remove" in edit ? edit.remove : edit.move;

const refuseConflicts = ({ id }: Integration, wanted: readonly Because[]): void => {
  const decided = new Map<string, { readonly because: string; readonly means: string }>();
  for (const { value, because } of wanted) {
    for (const edit of value.edits) {
      if ("move" in edit) continue;
      const means =
        "remove" in edit
          ? "remove"
          : "value" in edit
            ? `value ${describe(edit.value)}`
            : "random" in edit
              ? `random ${edit.random}`
              : "hidden";
      const earlier = decided.get(key(pathOf(edit)));
      if (earlier !== undefined && earlier.means !== means) {
        throw new PlanConflict(
          `${earlier.because} and ${because} want different things of ${name(pathOf(edit))} in ${id}: leave one of them out`,
        );
      }
      decided.set(key(pathOf(edit)), { because, means });
    }
  }
};

/** A file that is split cannot be edited as well: one look at the parts comes between. */
const refuseBesides = ({ id }: Integration, layout: Because, wanted: readonly Because[]): void => {
  for (const { value, because } of wanted)
    for (const edit of value.edits)
      if (!("move" in edit))
        throw new PlanConflict(
          `${because} changes ${name(pathOf(edit))} of ${id}, whose file ${layout.because} splits: leave ${layout.because} out now, and take it with the next plan`,
        );
};

/** To compare, never to show. */
const describe = (value: TomlValue): string =>
  JSON.stringify(value, (_key, inner: unknown) => (typeof inner === "bigint" ? `${inner}n` : inner));

const libraryOrganisations: ReadonlySet<string> = new Set(["ballerina", "ballerinax", "ballerinai", "wso2"]);

/** A key that the program has no variable for stops it at its next start. */
const refuseUnknownKeys = (integration: Integration, wanted: readonly Because[], stated: string): void => {
  const present = new Set(integration.configuration.settings.map(({ path }) => key(variableOf(integration, path))));
  for (const { value, because } of wanted) {
    for (const edit of value.edits) {
      if (!("set" in edit)) continue;
      const known = present.has(key(variableOf(integration, edit.set))) ? undefined : knowsKey(integration, edit.set);
      if (known === false || isTooNew(integration, edit.set, stated)) {
        throw new PlanConflict(
          `${because} wants ${name(edit.set)}, which the program of ${integration.id} does not know: it would not start`,
        );
      }
    }
  }
};

/** A field that the linked version of its module does not have yet: the variable may be there, and still not the field. */
const isTooNew = (integration: Integration, path: readonly string[], stated: string): boolean =>
  (Object.keys(features) as FeatureName[]).some((feature) => {
    const [organisation = "", module = ""] = features[feature].module.split("/");
    const table = [organisation, ...module.split("."), ...feature.split(".").slice(1)];
    return table.every((part, index) => path[index] === part) && supports(integration, feature, stated) === "no";
  });

/** undefined: the JAR does not tell. */
const knowsKey = (integration: Integration, path: readonly string[]): boolean | undefined => {
  const modules = integration.jar?.modules ?? [];
  if (modules.length === 0) return undefined;
  const variable = variableOf(integration, path);
  const table = variable.slice(0, -1);
  const [organisation = "", ...names] = table;
  const module = linked(integration, `${organisation}/${names.join(".")}`);
  if (module !== undefined) return module.configurables?.includes(variable.at(-1) as string);
  if (libraryOrganisations.has(path[0] as string) && path.length > 1) return false;
  const own = packageOfMainClass(integration.jar?.mainClass);
  const root = own && linked(integration, `${own.organisation}/${own.name}`);
  return table.length === 0 && root?.configurables !== undefined
    ? root.configurables.includes(path[0] as string)
    : undefined;
};

/* ---- what the files would say ---- */

type Target = {
  /** Where the program reads it: of a credential a path that only the running service has. */
  readonly path: string;
  /** Where it is written. */
  readonly source: string;
  /** Whose bytes `before` is: of an encrypted credential what the running service was given. */
  readonly origin: string;
  readonly before: string | null;
  readonly root: TomlTable;
  readonly secrets: boolean;
};

/** A text with holes: `@@drawbridge-N@@` stands for what no plan may hold. */
type Hole =
  | { readonly kind: "raw"; readonly span: SecretSpan; readonly text: string }
  | { readonly kind: "string"; readonly span: SecretSpan; readonly text: string }
  | { readonly kind: "random"; readonly random: { readonly name: string; readonly bytes: number } };

type Draft = {
  readonly integration: Integration;
  readonly place: SecretPlace;
  readonly targets: readonly Target[];
  /** By the path on disk. */
  readonly edits: ReadonlyMap<string, readonly TomlEdit[]>;
  readonly holes: readonly Hole[];
  /** Texts that holes are filled from, besides the targets. */
  readonly sources: ReadonlyMap<string, string>;
  readonly wanted: readonly ConfigurationEdit[];
};

const hole = (index: number): string => `@@drawbridge-${index}@@`;

const rootOf = (text: string): TomlTable => {
  const read = readToml(text);
  return read.ok ? read.root : {};
};

const draftOf = (integration: Integration, wanted: readonly ConfigurationEdit[], place: SecretPlace): Draft => {
  const read = integration.configuration.files.filter(({ state }) => state === "read");
  const targets: Target[] = read.map(({ path, content = "" }) => ({
    path,
    source: path === place.effective ? place.source : path,
    origin: path === place.effective && !place.encrypted ? place.source : path,
    before: content,
    root: rootOf(content),
    secrets: path === place.effective,
  }));
  let secrets = targets.find((target) => target.secrets);
  const needsSecrets = wanted.some((edit) => "move" in edit || "hidden" in edit);
  if (secrets === undefined && needsSecrets) {
    secrets = {
      path: place.effective,
      source: place.source,
      origin: place.source,
      before: place.encrypted ? null : (place.file?.content ?? null),
      root: {},
      secrets: true,
    };
    targets.unshift(secrets);
  }
  if (targets.length === 0) {
    const path = `${integration.workingDirectory}/Config.toml`;
    targets.push({ path, source: path, origin: path, before: null, root: {}, secrets: false });
  }
  const edits = new Map<string, TomlEdit[]>();
  const holes: Hole[] = [];
  const sources = new Map<string, string>();
  const add = (target: Target, edit: TomlEdit) => edits.set(target.source, [...(edits.get(target.source) ?? []), edit]);
  const punch = (made: Hole): string => hole(holes.push(made) - 1);
  // Variables that this very plan moves: what else is wanted of them has to follow.
  const moved = new Set<string>();

  for (const edit of wanted) {
    if (!("move" in edit) || secrets === undefined) continue;
    const variable = variableOf(integration, edit.move);
    if (moved.has(key(variable))) continue;
    moved.add(key(variable));
    const holders = targets.filter((target) => !target.secrets && valueAt(target.root, variable) !== undefined);
    const [strongest] = holders;
    if (strongest !== undefined && valueAt(secrets.root, variable) === undefined) {
      for (const copy of copies(strongest, variable, punch)) add(secrets, copy);
    }
    for (const holder of holders) add(holder, { remove: variable });
  }
  for (const edit of wanted) {
    if (!("hidden" in edit) || secrets === undefined) continue;
    const variable = variableOf(integration, edit.set);
    sources.set(edit.hidden.path, edit.source);
    add(secrets, { set: edit.set, value: punch({ kind: "string", span: edit.hidden, text: edit.hidden.value }) });
    // The weaker value never counted: where it stands, it is a secret left behind.
    for (const target of targets) {
      if (!target.secrets && valueAt(target.root, variable) !== undefined && !moved.has(key(variable))) {
        add(target, { remove: variable });
      }
    }
    moved.add(key(variable));
  }
  for (const edit of wanted) {
    if ("move" in edit || "hidden" in edit) continue;
    const path = pathOf(edit);
    const variable = variableOf(integration, path);
    const holder = targets.find((target) => valueAt(target.root, variable) !== undefined);
    const isSecret = "random" in edit || isSecretKey(name(path));
    const base = isSecret && secrets !== undefined ? secrets : (targets.at(-1) as Target);
    const target = moved.has(key(variable)) && secrets !== undefined ? secrets : (holder ?? base);
    if ("remove" in edit) {
      for (const each of targets) if (valueAt(each.root, path) !== undefined) add(each, edit);
    } else if ("random" in edit) {
      add(target, { set: path, value: punch({ kind: "random", random: { name: edit.random, bytes: edit.bytes } }) });
    } else if (!sameToml(valueAt(target.root, path), edit.value) || target === secrets) {
      add(target, { set: path, value: edit.value });
    }
  }
  return { integration, place, targets, edits, holes, sources, wanted };
};

/** A variable as edits of another file: values as they are written, secrets among them unread. */
const copies = (from: Target, variable: readonly string[], punch: (hole: Hole) => string): readonly TomlEdit[] => {
  const text = from.before ?? "";
  const read = readToml(text);
  if (!read.ok) return [];
  const below = read.entries.filter(({ path }) => variable.every((part, index) => path[index] === part));
  const places = new Map(below.map((entry) => [key(entry.path), entry]));
  const copied = (value: TomlValue, path: readonly string[]): TomlValue => {
    const entry = places.get(key(path));
    if (entry !== undefined) {
      const written = text.slice(entry.start, entry.end);
      const span = {
        value: typeof entry.value === "string" ? entry.value : written,
        path: from.origin,
        start: entry.start,
        end: entry.end,
      };
      return punch({ kind: "raw", span, text: written });
    }
    if (Array.isArray(value)) return value.map((item: TomlValue, index) => copied(item, [...path, String(index)]));
    return Object.fromEntries(Object.entries(value).map(([part, inner]) => [part, copied(inner, [...path, part])]));
  };
  return spread(copied(valueAt(read.root, variable) as TomlValue, variable), variable);
};

/** Tables as headers of their own, with their keys before the tables below them; everything else in one line. */
const spread = (value: TomlValue, path: readonly string[]): readonly TomlEdit[] => {
  if (typeof value !== "object" || Array.isArray(value) || Object.keys(value).length === 0)
    return [{ set: path, value }];
  const entries = Object.entries(value) as [string, TomlValue][];
  const isTable = (inner: TomlValue) => typeof inner === "object" && !Array.isArray(inner);
  return [...entries.filter(([, inner]) => !isTable(inner)), ...entries.filter(([, inner]) => isTable(inner))].flatMap(
    ([part, inner]) => spread(inner, [...path, part]),
  );
};

/* ---- files that several programs read ---- */

/** Of a file that several programs read, only the edits that all of them want. */
const agreed = <D extends Draft>(drafts: readonly D[], all: readonly Integration[]): readonly D[] =>
  drafts.map((draft) => ({
    ...draft,
    edits: new Map(
      [...draft.edits].map(([path, edits]) => {
        const readers = all.filter(({ configuration }) =>
          configuration.files.some((file) => file.path === path && file.state === "read"),
        );
        const others = readers.filter(({ id }) => id !== draft.integration.id);
        const wanted = (edit: TomlEdit) =>
          others.every(({ id }) =>
            drafts
              .find(({ integration }) => integration.id === id)
              ?.edits.get(path)
              ?.some((theirs) => sameEdit(edit, theirs)),
          );
        return [path, edits.filter(wanted)] as const;
      }),
    ),
  }));

const sameEdit = (a: TomlEdit, b: TomlEdit): boolean =>
  "set" in a && "set" in b
    ? key(a.set) === key(b.set) && sameToml(a.value, b.value)
    : "remove" in a && "remove" in b && key(a.remove) === key(b.remove);

/* ---- proof ---- */

/** The text after the edits, with its holes; null where there is no file and nothing to write. */
const draftText = ({ edits }: Pick<Draft, "edits">, { source, before }: Target): string | null => {
  const mine = edits.get(source) ?? [];
  return before === null && mine.length === 0 ? null : editToml(before ?? "", mine);
};

/** The real text: what the machine will write. Random texts stay holes. */
const filled = (text: string, holes: readonly Hole[]): string =>
  text.replace(/"@@drawbridge-(\d+)@@"/gu, (whole, index: string) => {
    const found = holes[Number(index)];
    if (found?.kind === "raw") return found.text;
    if (found?.kind === "string") return quoted(found.text);
    return whole;
  });

const quoted = (text: string): string => editToml("", [{ set: ["x"], value: text }]).slice("x = ".length, -1);

/** Each variable from the strongest file that has it. */
const effective = (roots: readonly TomlTable[], variables: readonly (readonly string[])[]) =>
  new Map(
    variables.map((path) => [
      key(path),
      { path, value: roots.map((root) => valueAt(root, path)).find((value) => value !== undefined) },
    ]),
  );

/** The program must start with the same values but for those that were asked for, or nothing is planned. */
const prove = (draft: Draft): void => {
  const { integration, targets, holes, wanted } = draft;
  const after = targets.map((target) => rootOf(filled(draftText(draft, target) ?? "", holes)));
  const before = targets.map(({ root }) => root);
  const variables = [
    ...new Map(
      [...before, ...after]
        .flatMap((root) => leafPaths(root))
        .map((path) => variableOf(integration, path))
        .map((path) => [key(path), path] as const),
    ).values(),
  ];
  const now = effective(before, variables);
  const then = effective(after, variables);
  const given = overriding(integration.configuration);
  for (const path of variables) {
    let expected: TomlTable = tableWith(path, now.get(key(path))?.value);
    const mine = wanted.filter((edit) => path.every((part, index) => pathOf(edit)[index] === part));
    for (const edit of mine) {
      if ("remove" in edit) expected = editedTable(expected, edit);
      if ("value" in edit) expected = editedTable(expected, edit);
      if ("random" in edit)
        expected = editedTable(expected, {
          set: edit.set,
          value: valueAt(tableWith(path, then.get(key(path))?.value), edit.set) ?? "",
        });
      if ("hidden" in edit) {
        const setting = given.find((candidate) => key(candidate.path) === key(edit.set));
        expected = editedTable({}, { set: edit.set, value: edit.hidden.value });
        if (setting !== undefined && setting.value !== edit.hidden.value) wrong(integration, path);
      }
    }
    if (!sameToml(valueAt(expected, path), then.get(key(path))?.value)) wrong(integration, path);
  }
};

const wrong = ({ id }: Integration, path: readonly string[]): never => {
  throw new PlanConflict(
    `${id} would start with another value of ${name(path)} than it has now: move it by hand, or leave the secrets controls out`,
  );
};

const tableWith = (path: readonly string[], value: TomlValue | undefined): TomlTable =>
  value === undefined ? {} : editedTable({}, { set: path, value });

const leafPaths = (value: TomlValue, path: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === "object" && !Array.isArray(value) && (Object.keys(value).length > 0 || path.length === 0)
    ? Object.entries(value).flatMap(([part, inner]) => leafPaths(inner as TomlValue, [...path, part]))
    : [path];

/* ---- changes ---- */

type Explained = Draft & { readonly because: readonly string[] };

const fileChanges = (drafts: readonly Explained[]): readonly Change[] => {
  const written = new Map<string, Change>();
  const changes: Change[] = [];
  for (const draft of drafts) {
    for (const target of draft.targets) {
      const text = draftText(draft, target);
      if (text === null || text === target.before || written.has(target.source)) continue;
      const made = fileChange(draft, target, text);
      written.set(target.source, made);
      if (target.secrets && target.before === null) changes.push(...draft.place.folder);
      changes.push(made);
    }
  }
  return changes;
};

const fileChange = (draft: Explained, target: Target, text: string): Change => {
  const { integration, holes, targets, place } = draft;
  const sources = new Map<string, string>([
    ...draft.sources,
    ...targets.flatMap(({ origin, before }) => (before === null ? [] : [[origin, before] as const])),
  ]);
  const spans = [
    ...targets.flatMap(({ origin, before }) => (before === null ? [] : secretSpans(origin, before))),
    ...holes.flatMap((each) => (each.kind === "string" ? [each.span] : [])),
  ];
  const content = filled(text, holes);
  const concealed = concealedFile({ path: target.source, content, secrets: spans, sources });
  const parts = concealed.parts.flatMap((part) => withRandom(part, holes));
  const hidden = parts.some((part) => !("text" in part));
  const own = target.before === null ? [] : secretSpans(target.origin, target.before);
  const shown = concealed.content.replace(/"@@drawbridge-\d+@@"/gu, mask);
  refuseLeak(target, shown);
  const stat = target.secrets ? place.file?.stat : fileStat(integration, target.path);
  const attributes = target.secrets ? place.attributes : attributesOf(stat, integration);
  const encrypted = target.secrets && place.encrypted;
  const clear =
    target.before === null
      ? undefined
      : own.length > 0
        ? concealedBefore({ path: target.origin, content: target.before, secrets: own })
        : { content: target.before };
  const before = encrypted ? encryptedBefore(target.source, clear?.content, place.file) : clear;
  return change({
    kind: "file",
    phase: "files",
    risk: "restart",
    title: titleOf(draft, target),
    because: [...draft.because],
    path: target.source,
    before: before === undefined ? null : { ...before, ...attributesOf(stat, integration) },
    after: {
      content: shown,
      ...(hidden ? { parts } : {}),
      ...(encrypted ? { encrypted: credentialName } : {}),
      ...attributes,
    },
    sensitive: hidden || own.length > 0,
  });
};

const withRandom = (part: FilePart, holes: readonly Hole[]): readonly FilePart[] => {
  if (!("text" in part)) return [part];
  // The quotes around it stay text.
  return part.text.split(/@@drawbridge-(\d+)@@/u).flatMap((piece, index): readonly FilePart[] => {
    if (index % 2 === 0) return piece === "" ? [] : [{ text: piece }];
    const found = holes[Number(piece)];
    return found?.kind === "random" ? [{ random: found.random }] : [];
  });
};

/** The last look before a text enters a plan: every secret in it must be a mask. */
const refuseLeak = ({ source }: Target, shown: string): void => {
  // A whole value, and a short secret's text within a longer number or string.
  const whole = new RegExp(`(?<![\\w"'])(?:"${mask}"|'${mask}'|${mask})(?![\\w"'])`, "gu");
  const read = readToml(shown.replaceAll(whole, '""').replaceAll(mask, "0"));
  if (!read.ok || read.entries.some(({ path, value }) => isHidden(path, value))) {
    throw new PlanConflict(`${source} holds a secret in a form that cannot be moved unseen: move it by hand`);
  }
};

const titleOf = ({ integration, place }: Draft, target: Target): string => {
  if (!target.secrets) return `Configuration of ${integration.id}: write ${target.source.split("/").at(-1)}`;
  return place.kind === "credential"
    ? `Secrets of ${integration.id}: keep them as ${place.encrypted ? "an encrypted" : "a"} credential of its service`
    : `Secrets of ${integration.id}: keep them in a file that only it can read`;
};

const fileStat = ({ configuration }: Integration, path: string): PathState | undefined =>
  configuration.files.find((file: ConfigurationFile) => file.path === path)?.stat;

const attributesOf = (stat: PathState | undefined, { unit, user }: Integration) =>
  stat === undefined || stat.kind === "missing"
    ? { mode: "0640", owner: "root", group: unit?.group ?? user }
    : { mode: stat.mode, owner: stat.owner, group: stat.group };

const restartOf = ({ integration, edits, because, targets }: Explained, restart: boolean): readonly Change[] => {
  const { unit } = integration;
  const changes = targets.some(({ source }) => (edits.get(source) ?? []).length > 0);
  if (!restart || !changes || unit === undefined || unit.activeState !== "active") return [];
  return [
    change({
      kind: "unit",
      phase: "services",
      risk: "restart",
      title: `Restart ${unit.name}`,
      because: [...because],
      unit: unit.name,
      action: "restarted",
    }),
  ];
};
