import { gunzipSync } from "node:zlib";
import { known } from "../model/fact.ts";
import { followUp, questionLine, raw } from "../model/probe.ts";
import { answeredPaths } from "./answered-paths.ts";
import { givenAnswers } from "./given-answers.ts";
import { recordedAnswers } from "./machine.ts";

/** Id of the question that names repositories: none is read unless it is named. */
export const repositoriesQuestion = "repository.paths";

export type RepositoryFile = {
  /** Name of the object: git log --all --find-object=… tells which commits have it. */
  readonly object: string;
  readonly path: string;
  readonly content: string;
  /** In the newest commit of HEAD under any name; else only in the history. */
  readonly current: boolean;
};

export type Repository = {
  readonly path: string;
  /** Why it was not read; undefined when it was. */
  readonly problem: string | undefined;
  /** Paths of the newest commit. */
  readonly tracked: readonly string[];
  /** The .gitignore at the top of the newest commit; undefined without one. */
  readonly ignore: string | undefined;
  /** Text files of every commit that any branch, tag, stash or reflog reaches, by content: each once. */
  readonly files: readonly RepositoryFile[];
  /** Objects that were looked at, of those whose names are worth a look; what was left out, in words. */
  readonly bounds: readonly string[];
};

/** Objects listed, files read, bytes of one and of all, paths of the newest commit. */
const limits = { objects: 300_000, files: 3000, bytes: 65_536, total: 10_485_760, tracked: 5000, seconds: 50 };

const names =
  "\\.(toml|properties|ya?ml|json|env|conf|cfg|ini|xml|sh|bal|java|kt|groovy|py|js|ts|tf|tfvars|sql|pem|key|p12|pfx|jks|keystore)$|(^| |/)(\\.env[^/]*|Dockerfile[^/]*|Containerfile|Jenkinsfile[^/]*|\\.npmrc|\\.netrc|\\.pgpass|\\.git-credentials|\\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)|credentials)$";
const strong =
  "(config|secrets?|[^/]*secrets?)\\.toml$|\\.(env|pem|key|p12|pfx|jks|keystore|properties|tfvars)$|(^| |/)(\\.env[^/]*|\\.npmrc|\\.netrc|\\.pgpass|\\.git-credentials|id_(rsa|dsa|ecdsa|ed25519)|credentials)$";

/**
 * git reads objects and nothing else: as the account that owns the repository, without the configuration of system or account,
 * with what a repository's own configuration could start (hooks, monitors, pagers, transports for missing objects) switched
 * off. Nothing is checked out, compared or fetched. git(1), git-config(1), CVE-2022-24765.
 */
const script = `end=$(($(date +%s) + ${limits.seconds}))
problem() { printf '@problem %s\\n' "$1"; }
while IFS= read -r place; do
  printf '@repository %s\\n' "$place"
  [ -d "$place" ] && [ ! -L "$place" ] || { problem 'it is no folder'; continue; }
  command -v git >/dev/null || { problem 'git is not installed here: inspect where the repository is worked on'; continue; }
  if [ -d "$place/.git" ] && [ ! -L "$place/.git" ]; then folder=$place/.git
  elif [ -f "$place/HEAD" ] && [ -d "$place/objects" ]; then folder=$place
  elif [ -f "$place/.git" ]; then problem 'its objects lie elsewhere (a work tree or a submodule): name the repository that has them'; continue
  else problem 'it is no git repository'; continue; fi
  left=$((end - $(date +%s)))
  [ "$left" -gt 0 ] || { problem 'there was no time left for it'; continue; }
  owner=$(stat -c %u "$folder") group=$(stat -c %g "$folder")
  [ ! -e "$folder/config" ] || [ "$(stat -c %u "$folder/config")" = "$owner" ] || { problem 'its configuration belongs to somebody else than its folder: that is not trusted'; continue; }
  if [ "$owner" = 0 ]; then set --
  elif command -v setpriv >/dev/null; then set -- setpriv --reuid "$owner" --regid "$group" --clear-groups --no-new-privs --
  else problem 'setpriv is not installed, so it cannot be read as its owner'; continue; fi
  g() {
    timeout "$left" "$@" env -i PATH="$PATH" LC_ALL=C HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_SYSTEM=/dev/null GIT_CONFIG_GLOBAL=/dev/null GIT_ATTR_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0 GIT_OPTIONAL_LOCKS=0 GIT_NO_LAZY_FETCH=1 GIT_NO_REPLACE_OBJECTS=1 GIT_ALLOW_PROTOCOL=none GIT_PAGER=cat \\
      git --git-dir="$folder" -c safe.directory='*' -c core.fsmonitor=false -c core.hooksPath=/dev/null -c core.pager=cat -c core.alternateRefsCommand= -c protocol.allow=never -c gc.auto=0 "$verb" $words 2>/dev/null
  }
  verb=rev-parse words='--git-dir'
  g "$@" >/dev/null || { problem 'git cannot read it'; continue; }
  verb=ls-tree words='-r --full-tree HEAD'
  g "$@" | head -n ${limits.tracked + 1} | sed -n 's/^[0-9]* blob \\([0-9a-f]*\\)	\\(.*\\)$/@tracked \\1 \\2/p'
  verb=cat-file words='blob HEAD:.gitignore'
  ignore=$(g "$@" | head -c ${limits.bytes} | base64 | tr -d '\\n')
  [ -n "$ignore" ] && printf '@ignore %s\\n' "$ignore"
  verb=rev-list words='--objects --all --reflog'
  all=$(g "$@" | grep ' .' | head -n ${limits.objects} | grep -iE '${names}' | grep -vE '(^| |/)(node_modules/|package-lock\\.json$)' | head -n 20000)
  [ -n "$all" ] || continue
  verb=cat-file words='--batch-check=%(objectname)|%(objecttype)|%(objectsize)|%(rest)'
  list=$({ printf '%s\\n' "$all" | grep -iE '${strong}'; printf '%s\\n' "$all" | grep -viE '${strong}'; } | g "$@" | awk -F '|' '
    $2 != "blob" { next }
    $3 > ${limits.bytes} { large++; next }
    count >= ${limits.files} || total + $3 > ${limits.total} { more++; next }
    { count++; total += $3; print }
    END { if (large) print "@large " large; if (more) print "@more " more }')
  printf '%s\\n' "$list" | grep '^@'
  printf '%s\\n' "$list" | sed -n 's/^\\([0-9a-f]*\\)|blob|\\([0-9]*\\)|\\(.*\\)$/@blob \\1 \\2 \\3/p'
  verb=cat-file words=--batch
  printf '@contents '
  printf '%s\\n' "$list" | sed -n 's/^\\([0-9a-f]*\\)|blob|.*$/\\1/p' | g "$@" | gzip -c | base64 | tr -d '\\n'
  echo
done
exit 0`;

export const repositories = followUp<
  readonly Repository[],
  { readonly given: typeof givenAnswers; readonly recorded: { readonly raw: typeof recordedAnswers } }
>({
  id: "repositories",
  asks: "git ls-tree, rev-list --objects --all and cat-file in the repositories of repository.paths, as their owners",
  follows: { given: givenAnswers, recorded: raw(recordedAnswers) },
  input: ({ given, recorded }) => {
    const paths = answeredPaths(repositoriesQuestion, given, recorded) ?? [];
    return paths.length === 0 ? undefined : paths.map((path) => questionLine(path)).join("");
  },
  script,
  timeLimit: 60,
  sizeLimit: 20 * 1024 * 1024,
  parse: ({ stdout }) => known(parseRepositories(stdout)),
});

/** git quotes names with odd signs in C's way; they are shown as it wrote them. */
type Reading = {
  path: string;
  problem: string | undefined;
  tracked: { object: string; path: string }[];
  ignore: string | undefined;
  blobs: { object: string; size: number; path: string }[];
  contents: ReadonlyMap<string, string>;
  bounds: string[];
};

export const parseRepositories = (text: string): readonly Repository[] => {
  const read: Reading[] = [];
  for (const line of text.split("\n")) {
    const match = /^@([a-z]+) (.*)$/u.exec(line);
    const [, kind = "", rest = ""] = match ?? [];
    const open = read.at(-1);
    if (kind === "repository") {
      read.push({
        path: rest,
        problem: undefined,
        tracked: [],
        ignore: undefined,
        blobs: [],
        contents: new Map(),
        bounds: [],
      });
    } else if (open === undefined) continue;
    else if (kind === "problem") open.problem = rest;
    else if (kind === "tracked") {
      const [object = "", ...path] = rest.split(" ");
      open.tracked.push({ object, path: path.join(" ") });
    } else if (kind === "ignore") open.ignore = Buffer.from(rest, "base64").toString("utf8");
    else if (kind === "large") open.bounds.push(`${rest} files larger than 64 KiB`);
    else if (kind === "more") open.bounds.push(`${rest} files beyond the first 3000 or 10 MiB`);
    else if (kind === "blob") {
      const [object = "", size = "", ...path] = rest.split(" ");
      open.blobs.push({ object, size: Number(size), path: path.join(" ") });
    } else if (kind === "contents") open.contents = batchContents(rest);
  }
  return read.map(({ tracked, blobs, contents, bounds, ...rest }) => {
    const current = new Set(tracked.map(({ object }) => object));
    return {
      ...rest,
      tracked: tracked.slice(0, limits.tracked).map(({ path }) => path),
      bounds: [...bounds, ...(tracked.length > limits.tracked ? ["paths beyond the first 5000"] : [])],
      files: blobs.flatMap(({ object, path }) => {
        const content = contents.get(object);
        return content === undefined ? [] : [{ object, path, content, current: current.has(object) }];
      }),
    };
  });
};

/** What `git cat-file --batch` printed, packed with gzip: "<object> <type> <size>", the bytes, a line break. */
const batchContents = (packed: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const bytes = gunzipSync(Buffer.from(packed, "base64"), { maxOutputLength: 2 * limits.total });
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const header = /^([0-9a-f]{40,64}) blob (\d+)$/u.exec(bytes.toString("latin1", at, end));
    if (header === null) break;
    const size = Number(header[2]);
    found.set(header[1] ?? "", bytes.toString("utf8", end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
  return found;
};
