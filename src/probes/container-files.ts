import { known } from "../model/fact.ts";
import { followUp, probe, questionLine, raw } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { answeredPaths } from "./answered-paths.ts";
import { givenAnswers } from "./given-answers.ts";
import { recordedAnswers } from "./machine.ts";
import { contentIn, restsOf, sectionsIn } from "./sections.ts";

/** Id of the question that names places; without an answer only the usual ones are looked at. */
export const containerFilesQuestion = "containers.files";

/** Where programs and accounts keep such files: searched four levels deep, other folders six. */
export const usualPlaces: readonly string[] = ["/opt", "/srv", "/home"];

export type ContainerFile = {
  readonly path: string;
  readonly stat: Exclude<PathState, { kind: "missing" }>;
  /** Undefined when it is larger than is read. Holds secrets. */
  readonly content: string | undefined;
};

export type ContainerFiles = {
  readonly files: readonly ContainerFile[];
  /** By folder of a Dockerfile: its .dockerignore, and names of configuration and secret files that lie in it. */
  readonly contexts: ReadonlyMap<string, { readonly ignore: string | undefined; readonly beside: readonly string[] }>;
  /** Answered paths that are not there, or are links. */
  readonly missing: readonly string[];
  /** More was there than is read. */
  readonly bounded: boolean;
};

/** Files read, and bytes of one. */
const limits = { files: 60, bytes: 65_536 };

/**
 * Dockerfiles and compose files: those in the usual places, or in the answered ones. One line of input a place. Links are
 * not followed; names with control characters are passed over.
 */
const script = `names() {
  timeout 3 find "$1" -xdev -maxdepth "$2" \\( -name node_modules -o -name .git -o -name .cache -o -name .npm -o -name overlay2 \\) -prune -o -type f ! -path '*[[:cntrl:]]*' \\( -name 'Dockerfile' -o -name 'Dockerfile.*' -o -name '*.Dockerfile' -o -name 'Containerfile' -o -name 'compose*.y*ml' -o -name 'docker-compose*.y*ml' -o -name 'docker-stack*.y*ml' -o -name 'stack.y*ml' \\) ! -name '*.dockerignore' -print 2>/dev/null
  [ $? -ne 124 ] || echo '@bounded'
}
found=$(while IFS= read -r place; do
  case $place in
    /opt | /srv | /home) [ -d "$place" ] && [ ! -L "$place" ] && names "$place" 4 ;;
    *)
      if [ -L "$place" ]; then continue
      elif [ -f "$place" ]; then printf '%s\\n' "$place"
      elif [ -d "$place" ]; then names "$place" 6
      else printf '@missing %s\\n' "$place"; fi ;;
  esac
done | head -n ${limits.files + 1})
case $found in *@*) printf '%s\\n' "$found" | grep '^@' ;; esac
case $found in */*) printf '%s\\n' "$found" | grep '^/' | sort -u ;; esac | {
  count=0
  while IFS= read -r file; do
    count=$((count + 1))
    [ "$count" -le ${limits.files} ] || { echo '@bounded'; break; }
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    printf '@file %s\\n' "$file"
    stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$file"
    [ "$(stat -c %s -- "$file")" -le ${limits.bytes} ] && { cat -- "$file"; echo .; } | tr -d '\\000' | sed 's/^/|/'
    folder=\${file%/*}
    case \${file##*/} in
      *ockerfile* | Containerfile*)
        [ -f "$folder/.dockerignore" ] && [ ! -L "$folder/.dockerignore" ] && { printf '@ignore %s\\n' "$folder"; { head -c ${limits.bytes} "$folder/.dockerignore"; echo .; } | tr -d '\\000' | sed 's/^/|/'; }
        find "$folder" -xdev -maxdepth 2 -type f ! -path '*[[:cntrl:]]*' \\( -iname 'Config.toml' -o -iname '*secrets*.toml' -o -name '*.p12' -o -name '*.jks' -o -name '*.key' -o -name '.env' \\) -printf '@beside %h/%f\\n' 2>/dev/null | head -n 20 | while IFS= read -r line; do printf '%s\\n' "$line"; done
        ;;
    esac
  done
}
exit 0`;

/** In the first round: where nobody answered otherwise, nothing has to be asked afterwards. */
const usualContainerFiles = probe<ContainerFiles>({
  id: "usual-container-files",
  asks: `find Dockerfile and compose*.yaml in ${usualPlaces.join(", ")}; cat them`,
  script: `printf '%s\\n' ${usualPlaces.join(" ")} | {
${script}
}`,
  sizeLimit: 5 * 1024 * 1024,
  parse: ({ stdout }) => known(parseContainerFiles(stdout)),
});

export const containerFiles = followUp<
  ContainerFiles,
  {
    readonly usual: { readonly raw: typeof usualContainerFiles };
    readonly given: typeof givenAnswers;
    readonly recorded: { readonly raw: typeof recordedAnswers };
  }
>({
  id: "container-files",
  asks: "find Dockerfile and compose*.yaml in /opt, /srv and /home, or where containers.files says; cat them",
  follows: { usual: raw(usualContainerFiles), given: givenAnswers, recorded: raw(recordedAnswers) },
  input: ({ given, recorded }) =>
    answeredPaths(containerFilesQuestion, given, recorded)
      ?.map((path) => questionLine(path))
      .join("") || undefined,
  script,
  sizeLimit: 5 * 1024 * 1024,
  parse: ({ stdout }, { usual, given, recorded }) =>
    answeredPaths(containerFilesQuestion, given, recorded) === undefined ? usual : known(parseContainerFiles(stdout)),
});

export const parseContainerFiles = (text: string): ContainerFiles => {
  const sections = sectionsIn(text);
  const files = sections
    .filter(({ name }) => name === "file")
    .flatMap(({ rest: path, lines }): readonly ContainerFile[] => {
      const [stat] = pathStates(lines);
      if (stat === undefined) return [];
      const framed = lines.some((line) => line.startsWith("|"));
      return [{ path, stat, content: framed ? contentIn(lines) : undefined }];
    });
  const beside = restsOf(sections, "beside");
  const ignores = new Map(
    sections.filter(({ name }) => name === "ignore").map(({ rest, lines }) => [rest, contentIn(lines)] as const),
  );
  const folders = new Set(files.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
  return {
    files,
    contexts: new Map(
      [...folders].map((folder) => [
        folder,
        {
          ignore: ignores.get(folder),
          beside: [
            ...new Set(
              beside.filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1)),
            ),
          ],
        },
      ]),
    ),
    missing: restsOf(sections, "missing"),
    bounded: restsOf(sections, "bounded").length > 0,
  };
};
