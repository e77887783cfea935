import { known } from "../model/fact.ts";
import { followUp, questionLine, raw } from "../model/probe.ts";
import { answeredPaths } from "./answered-paths.ts";
import { givenAnswers } from "./given-answers.ts";
import { recordedAnswers } from "./machine.ts";
import { contentIn, restsOf, sectionsIn } from "./sections.ts";

/** Id of the question that names manifests: none is read unless it is named. */
export const kubernetesManifestsQuestion = "kubernetes.manifests";

export type ManifestFiles = {
  readonly files: readonly { readonly path: string; readonly content: string | undefined }[];
  readonly missing: readonly string[];
  readonly bounded: boolean;
};

const limits = { files: 200, bytes: 131_072 };

const script = `found=$(while IFS= read -r place; do
  if [ -L "$place" ]; then printf '@missing %s\\n' "$place"
  elif [ -f "$place" ]; then printf '%s\\n' "$place"
  elif [ -d "$place" ]; then find "$place" -xdev -maxdepth 6 \\( -name node_modules -o -name .git \\) -prune -o -type f ! -path '*[[:cntrl:]]*' \\( -name '*.yaml' -o -name '*.yml' \\) -print 2>/dev/null
  else printf '@missing %s\\n' "$place"; fi
done)
printf '%s\\n' "$found" | grep '^@missing '
printf '%s\\n' "$found" | grep '^/' | sort -u | {
  count=0
  while IFS= read -r file; do
    count=$((count + 1))
    [ "$count" -le ${limits.files} ] || { echo '@bounded'; break; }
    [ -f "$file" ] && [ ! -L "$file" ] || continue
    printf '@file %s\\n' "$file"
    [ "$(stat -c %s -- "$file")" -le ${limits.bytes} ] && { cat -- "$file"; echo .; } | tr -d '\\000' | sed 's/^/|/'
  done
}
exit 0`;

export const kubernetesManifests = followUp<
  ManifestFiles,
  { readonly given: typeof givenAnswers; readonly recorded: { readonly raw: typeof recordedAnswers } }
>({
  id: "kubernetes-manifests",
  asks: "cat of the *.yaml files that kubernetes.manifests names",
  follows: { given: givenAnswers, recorded: raw(recordedAnswers) },
  input: ({ given, recorded }) => {
    const paths = answeredPaths(kubernetesManifestsQuestion, given, recorded) ?? [];
    return paths.length === 0 ? undefined : paths.map((path) => questionLine(path)).join("");
  },
  script,
  sizeLimit: 10 * 1024 * 1024,
  parse: ({ stdout }) => known(parseManifestFiles(stdout)),
});

export const parseManifestFiles = (text: string): ManifestFiles => {
  const sections = sectionsIn(text);
  return {
    files: sections
      .filter(({ name }) => name === "file")
      .map(({ rest, lines }) => ({
        path: rest,
        content: lines.some((line) => line.startsWith("|")) ? contentIn(lines) : undefined,
      })),
    missing: restsOf(sections, "missing"),
    bounded: restsOf(sections, "bounded").length > 0,
  };
};
