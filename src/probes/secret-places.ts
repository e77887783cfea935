import { type Fact, known, unknown } from "../model/fact.ts";
import { askable, followUp, questionLine } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { integrations } from "./integrations.ts";

/** A small text file that may hold secrets, as it stands; `content` is undefined when it is too large or no regular file. */
export type SecretFile = { readonly stat: PathState; readonly content: string | undefined };

export type SecretPlaces = {
  /** Major version of systemd; 0 without it. */
  readonly systemd: number;
  /** systemd-creds(1) is there. */
  readonly encrypts: boolean;
  /** By path: the files that secrets are moved to, and the compose files found beside the programs. */
  readonly files: ReadonlyMap<string, SecretFile>;
  /** Compose files among them: in the folders of the integrations, not deeper. */
  readonly compose: readonly string[];
  /** Folders that exist, of those that this step may have to make. */
  readonly folders: ReadonlyMap<string, PathState>;
};

/** Folder of the files that programs read their secrets from, one for each integration. */
export const secretsFolder = "/etc/integrations";
/** Folders from which systemd takes credentials, in clear and encrypted: systemd-creds(1). */
export const credentialsFolder = "/etc/credstore";
export const encryptedFolder = "/etc/credstore.encrypted";

export const secretsFile = (id: string): string => `${secretsFolder}/${id}.secrets.toml`;
export const environmentFile = (id: string): string => `${secretsFolder}/${id}.env`;
export const optionsFile = (id: string): string => `${secretsFolder}/${id}.options`;
/** Where a credential of an integration lies: its secrets file, or the file of its secret JVM options. */
export const credentialFile = (id: string, encrypted: boolean, name: "secrets.toml" | "options"): string =>
  `${encrypted ? encryptedFolder : credentialsFolder}/${id}.${name}`;
/** Where a running service has them, in clear: systemd.exec(5), "Credentials". */
export const givenCredential = (unit: string, name: "secrets.toml" | "options"): string =>
  `/run/credentials/${unit}/${name}`;
export const secretsDropIn = (unit: string): string => `/etc/systemd/system/${unit}.d/50-drawbridge-secrets.conf`;

/** Bytes of one file, at most. */
const sizeLimit = 128 * 1024;

const script = `printf '@systemd %s\\n' "$(systemctl --version 2>/dev/null | sed -n '1s/^systemd \\([0-9]*\\).*/\\1/p')"
command -v systemd-creds >/dev/null && echo '@encrypts'
state() { stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$1"; }
shown() {
  printf '@%s %s\\n' "$1" "$2"; state "$2"
  [ -L "$2" ] && return
  [ -f "$2" ] && [ "$(stat -c %s -- "$2")" -le ${sizeLimit} ] && { cat -- "$2"; echo .; } | sed 's/^/|/'
}
for folder in ${secretsFolder} ${credentialsFolder} ${encryptedFolder}; do
  [ -e "$folder" ] && { printf '@folder %s\\n' "$folder"; state "$folder"; }
done
TAB=$(printf '\\t')
while IFS="$TAB" read -r kind path; do
  case $kind in
    file) [ -e "$path" ] || [ -L "$path" ] && shown file "$path" ;;
    folder)
      for name in compose.yaml compose.yml docker-compose.yaml docker-compose.yml; do
        [ -f "$path/$name" ] && { shown compose "$path/$name"; [ -e "$path/.env" ] && shown file "$path/.env"; }
      done ;;
    dropins) [ -d "$path" ] && { printf '@folder %s\\n' "$path"; state "$path"; } ;;
  esac
done
exit 0`;

/** Where secrets of the integrations may be moved to, what is there already, and compose files beside the programs. */
export const secretPlaces = followUp<SecretPlaces, { readonly here: typeof integrations }>({
  id: "secret-places",
  asks: `stat and cat of ${secretsFolder}, ${credentialsFolder}, ${encryptedFolder} and the compose files beside the programs; systemctl --version`,
  follows: { here: integrations },
  input: ({ here }) => {
    const files = here.integrations.flatMap(({ id, unit }) => [
      secretsFile(id),
      environmentFile(id),
      optionsFile(id),
      ...[true, false].flatMap((encrypted) =>
        (["secrets.toml", "options"] as const).map((name) => credentialFile(id, encrypted, name)),
      ),
      ...(unit === undefined ? [] : [secretsDropIn(unit.name), givenCredential(unit.name, "options")]),
    ]);
    const folders = here.integrations.flatMap(({ workingDirectory, jar }) => [
      workingDirectory,
      ...(jar === undefined ? [] : [jar.path.slice(0, jar.path.lastIndexOf("/"))]),
    ]);
    const dropIns = here.integrations.flatMap(({ unit }) => (unit ? [`/etc/systemd/system/${unit.name}.d`] : []));
    const ask = (kind: string, paths: readonly string[]) =>
      [...new Set(paths)]
        .filter((path) => path.startsWith("/") && path !== "/" && askable(path))
        .map((path) => questionLine(kind, path));
    return [...ask("file", files), ...ask("folder", folders), ...ask("dropins", dropIns)].join("") || undefined;
  },
  script,
  sizeLimit: 4 * 1024 * 1024,
  parse: ({ stdout }) => parseSecretPlaces(stdout),
});

export const parseSecretPlaces = (text: string): Fact<SecretPlaces> => {
  const files = new Map<string, SecretFile>();
  const folders = new Map<string, PathState>();
  const compose: string[] = [];
  let systemd = 0;
  let encrypts = false;
  const sections: { kind: string; argument: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@(systemd|encrypts|folder|file|compose)(?: (.*))?$/u.exec(line);
    if (marker) sections.push({ kind: marker[1] as string, argument: marker[2] ?? "", lines: [] });
    else sections.at(-1)?.lines.push(line);
  }
  if (text.trim() !== "" && sections.length === 0)
    return unknown("the search for secrets answered something unreadable");
  for (const { kind, argument, lines } of sections) {
    if (kind === "systemd") systemd = Number(argument) || 0;
    if (kind === "encrypts") encrypts = true;
    const [stat] = pathStates(lines);
    if (stat === undefined) continue;
    if (kind === "folder") folders.set(argument, stat);
    else {
      files.set(argument, { stat, content: unframed(lines) });
      if (kind === "compose") compose.push(argument);
    }
  }
  return known({ systemd, encrypts, files, compose: [...new Set(compose)], folders });
};

const unframed = (lines: readonly string[]): string | undefined => {
  const framed = lines.filter((line) => line.startsWith("|")).map((line) => line.slice(1));
  if (framed.length === 0) return undefined;
  return framed.join("\n").replace(/\.$/u, "");
};
