import { known } from "../model/fact.ts";
import type { Integration } from "../model/integration.ts";
import { askable, followUp, questionLine } from "../model/probe.ts";
import { isSecretKey } from "../workload/secrecy.ts";
import { integrations } from "./integrations.ts";
import { secretsFolder } from "./secret-places.ts";

export type SecretAges = {
  /** Seconds since 1970, on the machine. */
  readonly now: number;
  readonly files: readonly { readonly path: string; readonly modified: number }[];
};

/** Files that an integration reads secrets from: configuration, environment, stores. */
const secretFilesOf = ({ configuration, environmentFiles, stores }: Integration): readonly string[] => [
  ...configuration.settings.flatMap(({ secret, source }) => (secret && source.kind === "file" ? [source.path] : [])),
  ...environmentFiles.flatMap(({ path, content }) =>
    (content ?? "").split("\n").some((line) => isSecretKey(line.split("=")[0] ?? "")) ? [path] : [],
  ),
  ...stores.filter(({ purpose }) => purpose === "key" || purpose === "private key").map(({ path }) => path),
];

/** When the files that hold secrets were last written: a secret is at least as old as nothing newer was written. */
export const secretAges = followUp<SecretAges, { readonly here: typeof integrations }>({
  id: "secret-ages",
  asks: `stat -c %Y of the files that integrations read secrets from, and of ${secretsFolder}; date +%s`,
  follows: { here: integrations },
  // Without an integration nobody asks for the age of its secrets.
  input: ({ here }) =>
    here.integrations.length === 0
      ? undefined
      : [...new Set(["", ...here.integrations.flatMap(secretFilesOf)])]
          .filter((path) => path === "" || (path.startsWith("/") && askable(path)))
          .map((path) => questionLine(path))
          .join(""),
  script: `date +@now%s
files=$({ [ ! -d ${secretsFolder} ] || find ${secretsFolder} -xdev -maxdepth 1 -type f ! -path '*[[:cntrl:]]*' 2>/dev/null | head -n 100; cat; } | sort -u)
set -f
set --
IFS='
'
for file in $files; do [ -f "$file" ] && set -- "$@" "$file"; done
[ $# -eq 0 ] || stat -L -c '%Y %n' -- "$@" 2>/dev/null
exit 0`,
  parse: ({ stdout }) =>
    known({
      now: Number(/^@now(\d+)$/mu.exec(stdout)?.[1] ?? 0),
      files: [...stdout.matchAll(/^(\d+) (\/.*)$/gmu)].map(([, modified = "", path = ""]) => ({
        path,
        modified: Number(modified),
      })),
    }),
});
