import { known } from "../model/fact.ts";
import { askable, followUp, questionLine } from "../model/probe.ts";
import { integrations } from "./integrations.ts";

/** One image that a container is built from or started from, as it is written down. */
export type BaseImage = {
  /** File that names it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** "ballerina/jvm-runtime", without tag and digest. */
  readonly name: string;
  /** undefined: none is given, so "latest" is meant. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
};

/** Lines that name an image, of container files beside an integration: nothing else of those files leaves the machine. */
const script = `while IFS= read -r folder; do
  for file in "$folder"/Dockerfile "$folder"/Dockerfile.* "$folder"/Containerfile "$folder"/compose.yml "$folder"/compose.yaml "$folder"/docker-compose.yml "$folder"/docker-compose.yaml "$folder"/target/docker/*/Dockerfile "$folder"/Cloud.toml; do
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    printf '@file %s\\n' "$file"
    case $file in
      *.yml | *.yaml) grep -nE '^[[:space:]]*image:[[:space:]]*[^[:space:]]' "$file" ;;
      *.toml) grep -nE '^[[:space:]]*base[[:space:]]*=' "$file" ;;
      *) grep -niE '^[[:space:]]*FROM[[:space:]]' "$file" ;;
    esac | cut -c 1-400 | head -n 40
  done
done
exit 0`;

/** Which images the container files beside the integrations name. */
export const baseImages = followUp({
  id: "base-images",
  asks: "grep FROM, image: and base in Dockerfile, compose.yaml and Cloud.toml beside the integrations",
  follows: { here: integrations },
  script,
  input: ({ here }) => {
    const folders = here.integrations.flatMap(({ workingDirectory, jar }) => [
      workingDirectory,
      ...(jar === undefined ? [] : [jar.path.slice(0, jar.path.lastIndexOf("/"))]),
    ]);
    const asked = [...new Set(folders)].filter((path) => /^\/./u.test(path) && askable(path));
    return asked.length === 0 ? undefined : asked.map((path) => questionLine(path)).join("");
  },
  parse: ({ stdout }) => known(parseBaseImages(stdout)),
});

export const parseBaseImages = (text: string): readonly BaseImage[] => {
  const found: BaseImage[] = [];
  let file = "";
  let stages = new Set<string>();
  for (const line of text.split("\n")) {
    if (line.startsWith("@file ")) {
      file = line.slice(6);
      stages = new Set();
      continue;
    }
    const match =
      /^(\d+):\s*(?:FROM\s+(?:--\S+\s+)*|image:\s*|base\s*=\s*)["']?([^\s"'#]+)["']?(?:\s+AS\s+(\S+))?/iu.exec(line);
    if (!match) continue;
    const [, number = "", reference = "", stage] = match;
    const earlier = stages.has(reference.toLowerCase());
    if (stage !== undefined) stages.add(stage.toLowerCase());
    // A stage of the same file, nothing at all, or a name that only a variable gives.
    if (earlier || reference === "scratch" || reference.includes("$")) continue;
    const [named = "", digest] = reference.split("@");
    const tagged = /^(.*):([^/:]+)$/u.exec(named);
    found.push({ file, line: Number(number), name: tagged?.[1] ?? named, tag: tagged?.[2], digest });
  }
  return found;
};
