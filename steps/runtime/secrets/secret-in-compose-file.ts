import { concealedBefore, concealedFile, type SecretSpan } from "../../../src/core/concealed.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import type { SecretPlaces } from "../../../src/probes/secret-places.ts";
import { isSecretKey, looksLikeSecret, mask } from "../../../src/workload/secrecy.ts";
import { needs, someIntegration } from "./judgement.ts";

/** A line of a compose file that gives a secret as it is: `DB_PASSWORD: value` or `- DB_PASSWORD=value`. */
type Line = SecretSpan & { readonly name: string; readonly line: number; readonly movable: boolean };

const assignment =
  /^(\s*(?:-\s+)?["']?)([A-Za-z_][A-Za-z0-9_]*)(["']?\s*:\s+["']?|=)([^\s"'#][^"'#\n]*?)(["']?\s*(?:#.*)?)$/u;

const linesOf = (path: string, text: string): readonly Line[] => {
  let at = 0;
  return text.split("\n").flatMap((line, index): readonly Line[] => {
    const begin = at;
    at += line.length + 1;
    const match = assignment.exec(line);
    if (match === null) return [];
    const [, before = "", name = "", between = "", value = ""] = match;
    if (/^\$\{?[A-Za-z_]/u.test(value) || /^[|>&*[{]/u.test(value)) return [];
    if (!(isSecretKey(name) || looksLikeSecret(value)) || /^(?:true|false|null|~)$/u.test(value)) return [];
    const start = begin + before.length + name.length + between.length;
    return [
      { path, name, value, start, end: start + value.length, line: index + 1, movable: /^[^\s"'\\$`%]+$/u.test(value) },
    ];
  });
};

type Compose = {
  readonly path: string;
  readonly text: string;
  readonly lines: readonly Line[];
};

const composeFiles = (places: SecretPlaces): readonly Compose[] =>
  places.compose.flatMap((path) => {
    const text = places.files.get(path)?.content;
    return text === undefined ? [] : [{ path, text, lines: linesOf(path, text) }];
  });

const dotEnv = (path: string): string => `${path.slice(0, path.lastIndexOf("/"))}/.env`;

const obstacleOf = ({ path, lines }: Compose, places: SecretPlaces): string | undefined => {
  if (places.files.get(path)?.stat.kind !== "file") return `${path} is a link`;
  const odd = lines.find(({ movable }) => !movable);
  if (odd !== undefined) return `${odd.name} in ${path} has quotes, blanks or signs in it that .env reads otherwise`;
  const names = lines.map(({ name }) => name);
  if (new Set(names).size < names.length) return `${path} gives one name two values`;
  const earlier = places.files.get(dotEnv(path));
  if (earlier !== undefined) return `${dotEnv(path)} is there already: add the values to it by hand`;
  return undefined;
};

/** Guideline: compose files name their secrets, and read them from a file that is closed to others. */
export const secretInComposeFile = control({
  id: "secret-in-compose-file",
  guideline: ["RT-05", "CF-05"],
  title: "Compose files beside the integration name their secrets and do not contain them",
  failing: "A compose file contains passwords",
  severity: "medium",
  risk: "none",
  rationale:
    "Compose files are committed and copied as they are. Compose fills in variables from the file .env beside it, which can be closed and kept out of the repository; better still are its secrets, which never enter an environment.",
  references: [
    { source: "NIST 800-53", id: "IA-5(7)" },
    { source: "CWE", id: "CWE-312" },
  ],
  needs,
  applies: someIntegration,
  inspect: ({ places }) => {
    const files = composeFiles(places);
    if (files.length === 0) return notApplicable("no compose file is beside the integrations");
    const evidence = files.map(({ path, lines }) => ({
      asked: `names in ${path}`,
      answered: lines.map(({ name, line }) => `${path}:${line} ${name} ${mask}`).join("\n") || "no secret as it is",
    }));
    const wrong = files.filter(({ lines }) => lines.length > 0);
    const obstacles = wrong.flatMap((file) => obstacleOf(file, places) ?? []);
    return wrong.length === 0
      ? pass(evidence)
      : fail(
          wrong.map(({ path, lines }) => `${path}: ${lines.map(({ name }) => name).join(", ")}`).join("; ") +
            (obstacles.length > 0 ? `. Not from here: ${obstacles.join("; ")}` : ""),
          evidence,
        );
  },
  plan: ({ places }) => {
    const wrong = composeFiles(places).filter(({ lines }) => lines.length > 0);
    if (wrong.some((file) => obstacleOf(file, places) !== undefined)) return [];
    return wrong.flatMap((file) => changesOf(file, places));
  },
});

const changesOf = ({ path, text, lines }: Compose, places: SecretPlaces): readonly Change[] => {
  const stat = places.files.get(path)?.stat;
  if (stat === undefined || stat.kind === "missing") return [];
  const attributes = { mode: stat.mode, owner: stat.owner, group: stat.group };
  const sources = new Map([[path, text]]);
  const after = lines
    .toReversed()
    .reduce((rest, { start, end, name }) => `${rest.slice(0, start)}\${${name}}${rest.slice(end)}`, text);
  const environment = `# Secrets of ${path.slice(path.lastIndexOf("/") + 1)}: read by compose. Keep it out of the repository.\n${lines
    .map(({ name, value }) => `${name}=${value}\n`)
    .join("")}`;
  const written = concealedFile({ path, content: after, secrets: lines, sources });
  return [
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: `Secrets: keep those of ${path} beside it`,
      path: dotEnv(path),
      before: null,
      after: {
        ...concealedFile({ path: dotEnv(path), content: environment, secrets: lines, sources }),
        mode: "0600",
        owner: "root",
        group: "root",
      },
      sensitive: true,
    }),
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: `Secrets: take them out of ${path}`,
      path,
      before: { ...concealedBefore({ path, content: text, secrets: lines }), ...attributes },
      after: {
        content: written.content,
        ...(written.parts.some((part) => !("text" in part)) ? { parts: written.parts } : {}),
        ...attributes,
      },
      sensitive: true,
    }),
  ];
};
