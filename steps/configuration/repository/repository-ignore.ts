import { isIgnored } from "../../../src/containers/dockerfile.ts";
import { repositoryControl } from "./judgement.ts";

/** What git must not take by accident, by an example of each. */
const examples = [
  ["Config.toml", "Config.toml"],
  ["secrets.toml", "secrets.toml"],
  [".env", ".env"],
  ["*.p12", "stores/integration.p12"],
  ["*.key", "tls/integration.key"],
] as const;

/** A pattern without a slash inside holds in every folder: gitignore(5). */
const asPaths = (ignore: string): string =>
  ignore
    .split("\n")
    .map((line) => {
      const match = /^(!?)(.*)$/u.exec(line.trim());
      const pattern = match?.[2] ?? "";
      const inner = pattern.replace(/\/$/u, "");
      return pattern === "" || pattern.startsWith("#") || inner.includes("/")
        ? line
        : `${match?.[1] ?? ""}**/${pattern}`;
    })
    .join("\n");

/** CF-09: .gitignore keeps configuration and keys out before anybody has to think of it. */
export const repositoryIgnore = repositoryControl({
  id: "repository-ignore",
  guideline: ["CF-09"],
  title: "Repositories ignore configuration, environment files and keys",
  failing: "A repository would take configuration or keys",
  severity: "medium",
  rationale:
    "git add -A takes whatever lies there. A line in .gitignore costs nothing; a secret in the history costs a rotation of everything it opened. drawbridge generate writes the lines.",
  references: [{ source: "CWE", id: "CWE-540" }],
  nothing: "configuration, environment files and keys are ignored",
  needsAll: false,
  remarks: ({ ignore }) => {
    const rules = ignore === undefined ? undefined : asPaths(ignore);
    const missing = examples.filter(([, path]) => !isIgnored(rules, path)).map(([pattern]) => pattern);
    return missing.length === 0
      ? []
      : [`${ignore === undefined ? "no .gitignore" : ".gitignore"} without ${missing.join(", ")}`];
  },
});
