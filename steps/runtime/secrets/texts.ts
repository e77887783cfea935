import { PlanConflict } from "../../../src/core/assemble-plan.ts";
import { concealedBefore, concealedFile, mask, type SecretSpan } from "../../../src/core/concealed.ts";
import { dropInFolder, integrationsFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import type { Integration, TextFile } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { PathState } from "../../../src/probes/accounts.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import {
  credentialFile,
  environmentFile,
  givenCredential,
  optionsFile,
  type SecretFile,
  type SecretPlaces,
  secretPlaces,
  secretsDropIn,
} from "../../../src/probes/secret-places.ts";
import { maskText } from "../../../src/workload/secrecy.ts";
import { unitRestart } from "../unit.ts";
import { environmentLines, type SecretWord, unitSecrets } from "./found.ts";
import { credentialFolder, encryptedBefore, missingFolder, readingGroup, secretPlaceOf } from "./place.ts";

/** One secret that leaves a unit or an environment file, and where it goes. */
export type SecretMove = {
  readonly integration: string;
  readonly word: SecretWord;
  readonly span: SecretSpan;
  /** "configuration": another composer writes it, here it only goes. */
  readonly to: "configuration" | "environment" | "options";
};

/**
 * Takes secrets out of unit files and environment files, and gives them back to the service through files that only root reads:
 * an environment file, which systemd reads before it gives up root's rights, and a file of JVM options.
 */
export const secretTexts = composer<
  readonly SecretMove[],
  { readonly here: typeof integrations; readonly places: typeof secretPlaces }
>({
  id: "secret-texts",
  needs: { here: integrations, places: secretPlaces },
  compose: (wanted, { here, places }, answers) => {
    const moves = [
      ...new Map(
        wanted
          .filter(({ needed }) => needed)
          .flatMap(({ value }) => value)
          .map((move) => [`${move.span.path}:${move.span.start}:${move.integration}`, move]),
      ).values(),
    ];
    return here.integrations.flatMap((integration) => {
      const mine = moves.filter((move) => move.integration === integration.id);
      return mine.length === 0 ? [] : changesOf(integration, mine, places, answers);
    });
  },
});

const changesOf = (
  integration: Integration,
  moves: readonly SecretMove[],
  places: SecretPlaces,
  answers: AnswerReader,
): readonly Change[] => {
  const { id, unit, unitFiles, environmentFiles } = integration;
  const sources = new Map([...unitFiles, ...environmentFiles].map(({ path, content }) => [path, content ?? ""]));
  const changes: Change[] = [];
  const to = (kind: SecretMove["to"]) => moves.filter((move) => move.to === kind);
  if (to("environment").length > 0 && unit !== undefined) {
    changes.push(...missingFolder(places, integrationsFolder));
    const path = environmentFile(id);
    const lines = to("environment").map(({ word }) => `${word.name}="${word.value}"`);
    changes.push(
      written({
        path,
        title: `Secrets of ${id}: keep its secret variables in a file that only root reads`,
        earlier: places.files.get(path),
        lines: withLines(places.files.get(path)?.content, lines, environmentHeader(unit.name)),
        spans: to("environment").map(({ span }) => span),
        sources,
        attributes: { mode: "0600", owner: "root", group: "root" },
      }),
      ...dropIn(unit.name, path, places),
    );
  }
  if (to("options").length > 0) {
    const place = secretPlaceOf(integration, places, answers);
    const asCredential = place.kind === "credential";
    const path = asCredential ? credentialFile(id, place.encrypted, "options") : optionsFile(id);
    // What is in an encrypted one, only the running service has.
    const clear = place.encrypted && unit !== undefined ? givenCredential(unit.name, "options") : path;
    changes.push(
      ...(asCredential ? credentialFolder(places, place.encrypted) : missingFolder(places, integrationsFolder)),
      written({
        path,
        title: `Secrets of ${id}: keep its secret JVM options in a file`,
        earlier: places.files.get(path),
        ...(place.encrypted ? { encrypted: { name: "options", origin: clear, given: places.files.get(clear) } } : {}),
        lines: withLines(
          places.files.get(clear)?.content,
          to("options").map(({ word }) => `"${word.name}=${word.value}"`),
          "",
        ),
        spans: to("options").map(({ span }) => span),
        sources,
        attributes: asCredential
          ? { mode: "0600", owner: "root", group: "root" }
          : { mode: "0640", owner: "root", group: readingGroup(integration, answers) },
      }),
    );
  }
  for (const file of [...unitFiles, ...environmentFiles]) {
    const gone = moves.filter(({ word }) => word.file === file.path);
    if (gone.length > 0) changes.push(cleaned(integration, file, gone));
  }
  if (unit?.activeState === "active" && answers.get(unitRestart) === "now") {
    changes.push(
      change({
        kind: "unit",
        phase: "services",
        risk: "restart",
        title: `Restart ${unit.name}`,
        unit: unit.name,
        action: "restarted",
      }),
    );
  }
  return changes;
};

const environmentHeader = (unit: string): string =>
  `# Secret variables of ${unit}: systemd.exec(5), EnvironmentFile=. Read by systemd, which is root; by nobody else.\n`;

const withLines = (earlier: string | undefined, lines: readonly string[], header: string): string => {
  const names = lines.map((line) => line.slice(0, line.indexOf("=") + 1));
  const kept = (earlier ?? header)
    .split("\n")
    .filter((line) => line !== "" && !names.some((name) => line.startsWith(name)));
  return `${[...kept, ...lines].join("\n")}\n`;
};

const written = ({
  path,
  title,
  earlier,
  encrypted,
  lines,
  spans,
  sources,
  attributes,
}: {
  readonly path: string;
  readonly title: string;
  readonly earlier: { readonly stat: PathState; readonly content: string | undefined } | undefined;
  /** Written as a credential of this name; `given`: its clear text as the running service has it, at `origin`. */
  readonly encrypted?: { readonly name: string; readonly origin: string; readonly given: SecretFile | undefined };
  readonly lines: string;
  readonly spans: readonly SecretSpan[];
  readonly sources: ReadonlyMap<string, string>;
  readonly attributes: { readonly mode: string; readonly owner: string; readonly group: string };
}): Change => {
  const origin = encrypted?.origin ?? path;
  const before = encrypted === undefined ? earlier?.content : encrypted.given?.content;
  // An earlier run's lines are secrets of their own: values behind the first "=".
  const old = before === undefined ? [] : assignedSpans(origin, before);
  const all = new Map([...sources, ...(before === undefined ? [] : [[origin, before] as const])]);
  const after = concealedFile({ path, content: lines, secrets: [...spans, ...old], sources: all });
  refuseLeak(path, after.content);
  const stat = earlier?.stat;
  const clear = before === undefined ? undefined : concealedBefore({ path: origin, content: before, secrets: old });
  const state = encrypted === undefined ? clear : encryptedBefore(path, clear?.content, earlier);
  return change({
    kind: "file",
    phase: "files",
    risk: "restart",
    title,
    path,
    before:
      state === undefined || stat === undefined || stat.kind === "missing"
        ? null
        : { ...state, mode: stat.mode, owner: stat.owner, group: stat.group },
    after: { ...after, ...(encrypted && { encrypted: encrypted.name }), ...attributes },
    sensitive: true,
  });
};

const assignedSpans = (path: string, text: string): readonly SecretSpan[] =>
  [...text.matchAll(/^"?[^#=\n]+="?([^"\n]+)"?$/gmu)].map((match) => {
    const start = match.index + match[0].lastIndexOf(match[1] as string);
    return { value: match[1] as string, path, start, end: start + (match[1] as string).length };
  });

/** The file without the words and lines that go, everything else byte for byte. */
const cleaned = (integration: Integration, file: TextFile, gone: readonly SecretMove[]): Change => {
  const { path, content = "", stat } = file;
  const before = content ?? "";
  if (stat === undefined || stat.kind !== "file")
    throw new PlanConflict(`${path} is no regular file: move its secrets by hand`);
  const isUnit = integration.unitFiles.some((unitFile) => unitFile.path === path);
  const after = gone.reduce(
    (text, { word }) => (isUnit ? withoutWord(text, word.raw) : withoutLine(text, word.raw)),
    before,
  );
  const secrets = [...(isUnit ? unitSecrets(integration) : environmentLines(file))]
    .filter((word) => word.file === path)
    .flatMap(({ raw, value }) => spanOf(path, before, raw, value === "" ? raw : value));
  const shown = concealedFile({ path, content: after, secrets, sources: new Map([[path, before]]) });
  refuseLeak(path, shown.content);
  const attributes = { mode: stat.mode, owner: stat.owner, group: stat.group };
  return change({
    kind: "file",
    phase: "files",
    risk: "restart",
    title: isUnit
      ? `Secrets of ${integration.id}: take them out of ${path.split("/").at(-1)}`
      : `Secrets of ${integration.id}: take them out of ${path}`,
    path,
    before: { ...concealedBefore({ path, content: before, secrets }), ...attributes },
    after: {
      content: shown.content,
      ...(shown.parts.some((part) => !("text" in part)) ? { parts: shown.parts } : {}),
      ...attributes,
    },
    sensitive: true,
  });
};

const spanOf = (path: string, text: string, raw: string, value: string): readonly SecretSpan[] => {
  const at = text.indexOf(raw);
  if (at < 0) return [];
  const inside = raw.lastIndexOf(value);
  const start = at + Math.max(0, inside);
  return [{ value: inside < 0 ? raw : value, path, start, end: start + (inside < 0 ? raw.length : value.length) }];
};

/** An assignment that is left without a word goes whole: an empty one would forget those before it. */
const withoutWord = (text: string, raw: string): string =>
  text
    .split("\n")
    .flatMap((line) => {
      const at = line.indexOf(raw);
      if (at < 0) return [line];
      const before = line.slice(0, at).replace(/[ \t]+$/u, "");
      const rest = line.slice(at + raw.length);
      const kept = /=$/u.test(before) ? `${before}${rest.trimStart()}` : `${before}${rest}`;
      return /^\s*Environment\s*=\s*$/u.test(kept) ? [] : [kept];
    })
    .join("\n");

const withoutLine = (text: string, line: string): string => {
  const at = text.indexOf(line);
  return at < 0 ? text : text.slice(0, at) + text.slice(at + line.length).replace(/^\n/u, "");
};

const refuseLeak = (path: string, shown: string): void => {
  // What is masked already stays as it is when it is masked again.
  const text = shown.replaceAll(`"${mask}"`, mask);
  if (text.split("\n").some((line) => maskText(line) !== line)) {
    throw new PlanConflict(`${path} holds a secret that cannot be told from the rest: move its secrets by hand`);
  }
};

/** One small drop-in of its own: the environment file is read last, and stays when the runtime's drop-in is written anew. */
const dropIn = (unit: string, file: string, places: SecretPlaces): readonly Change[] => {
  const path = secretsDropIn(unit);
  const earlier = places.files.get(path);
  const content = `# Written by drawbridge: secret variables of ${unit}, readable by root alone. systemd.exec(5)\n[Service]\nEnvironmentFile=${file}\n`;
  const stat = earlier?.stat;
  return [
    ...(places.folders.has(`/etc/systemd/system/${unit}.d`) ? [] : [dropInFolder(unit)]),
    change({
      kind: "file",
      phase: "files",
      risk: "restart",
      title: `Secrets of ${unit}: let it read its secret variables`,
      path,
      before:
        earlier?.content === undefined || stat === undefined || stat.kind === "missing"
          ? null
          : { content: earlier.content, mode: stat.mode, owner: stat.owner, group: stat.group },
      after: { content, mode: "0644", owner: "root", group: "root" },
    }),
  ];
};
