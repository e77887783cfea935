import { forms, layoutFolder, loaderPath, parts } from "../configuration/layout.ts";
import { known, unknown } from "../model/fact.ts";
import { askable, followUp, questionLine } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { integrations } from "./integrations.ts";

export type PlacedFile = { readonly stat: PathState; readonly content: string | undefined };

export type ConfigurationPlaces = {
  /** What is at the places of both layouts and beside them, by path; a path that is not in it is free. */
  readonly found: ReadonlyMap<string, PathState>;
  /** Contents of our own files among them: the loader, examples and the registry. */
  readonly texts: ReadonlyMap<string, string>;
};

export const exampleFile = (id: string): string => `/etc/integrations/${id}.Config.toml.example`;
export const schemaFileOf = (id: string): string => `/etc/integrations/${id}.Config.schema.json`;
export const registryFiles = { markdown: "/etc/integrations/endpoints.md", json: "/etc/integrations/endpoints.json" };

const folders = ["/etc/opt", "/etc/integrations"];

/** Bytes of one of our own files, at most. */
const sizeLimit = 128 * 1024;

const script = `while IFS='	' read -r kind path; do
  [ -e "$path" ] || [ -L "$path" ] || continue
  printf '@%s %s\\n' "$kind" "$path"
  stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$path"
  if [ "$kind" = text ] && [ ! -L "$path" ] && [ -f "$path" ] && [ "$(stat -c %s -- "$path")" -le ${sizeLimit} ]; then
    { cat -- "$path"; echo .; } | sed 's/^/|/'
  fi
done
exit 0`;

/** Whether the places are free that the parts of a configuration would go to, and what stands there of ours. */
export const configurationPlaces = followUp<ConfigurationPlaces, { readonly here: typeof integrations }>({
  id: "configuration-places",
  asks: "stat of /etc/integrations and /etc/opt, and of the configuration's parts below them",
  follows: { here: integrations },
  input: ({ here }) => {
    if (here.integrations.length === 0) return undefined;
    const ids = here.integrations.map(({ id }) => id).filter((id) => askable(id) && !id.includes("/"));
    const states = ids.flatMap((id) =>
      forms.flatMap((form) => {
        const folder = layoutFolder(form, id);
        return [folder, ...parts.map((part) => `${folder}/${part}.toml`)];
      }),
    );
    const texts = [
      loaderPath,
      ...Object.values(registryFiles),
      ...ids.flatMap((id) => [exampleFile(id), schemaFileOf(id)]),
    ];
    return [
      ...[...folders, ...states].map((path) => questionLine("state", path)),
      ...texts.map((path) => questionLine("text", path)),
    ].join("");
  },
  script,
  sizeLimit: 4 * 1024 * 1024,
  parse: ({ stdout }) => {
    const found = new Map<string, PathState>();
    const texts = new Map<string, string>();
    let path: string | undefined;
    let lines: string[] = [];
    const end = () => {
      if (path !== undefined && lines.length > 0) texts.set(path, lines.join("\n").replace(/\.$/u, ""));
      lines = [];
    };
    for (const line of stdout.split("\n")) {
      const marker = /^@(?:state|text) (\/.*)$/u.exec(line);
      if (marker) {
        end();
        path = marker[1] as string;
      } else if (line.startsWith("|")) lines.push(line.slice(1));
      else if (path !== undefined && line !== "") {
        const [stat] = pathStates([line]);
        if (stat !== undefined) found.set(path, stat);
      }
    }
    end();
    if (stdout.trim() !== "" && found.size === 0)
      return unknown("the look at the places of configuration was unreadable");
    return known({ found, texts });
  },
});
