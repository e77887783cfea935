import { type ArchiveMember, imagesIn, type LayerEntry, suspectFiles } from "../containers/image.ts";
import { known } from "../model/fact.ts";
import { askable, followUp, questionLine, raw } from "../model/probe.ts";
import { answeredPaths } from "./answered-paths.ts";
import { givenAnswers } from "./given-answers.ts";
import { recordedAnswers } from "./machine.ts";

/** Id of the question that names archives: none is looked into unless it is named. */
export const containerImagesQuestion = "containers.images";

export type ImageArchive = {
  readonly path: string;
  readonly members: readonly ArchiveMember[];
  /** Why it was not read, or not to its end; undefined when it was. */
  readonly problem: string | undefined;
};

/** Seconds for all archives, entries listed of one layer, bytes of a document. */
const limits = { seconds: 45, entries: 400, document: 262_144 };

/**
 * Run by tar for each member of the archive, which arrives on standard input. Members are listed without unpacking anything
 * onto the disk. gzip -cdf passes through what is not packed. No single quote may stand in here.
 */
const member = String.raw`case $TAR_FILETYPE in f | "") ;; *) exit 0 ;; esac
case $TAR_FILENAME in *[[:cntrl:]]*) cat >/dev/null; exit 0 ;; esac
printf "@member %s %s\n" "$TAR_SIZE" "$TAR_FILENAME"
list() {
  gzip -cdf 2>/dev/null | tar -tv --numeric-owner -f - 2>/dev/null | LC_ALL=C awk "
    { total++; type = substr(\$0, 1, 1); size = \$3; name = \$0
      if (!sub(/^[^ ]+ +[^ ]+ +[0-9]+ +[^ ]+ +[^ ]+ /, \"\", name)) next
      low = tolower(name); sub(/^(\.?\/)+/, \"\", low)
      if (name ~ /[\\\\]/) next
      wanted = low ~ /(^|\/)\.wh\./
      if (!wanted && low !~ /^(usr\/(share|lib|lib64|include)|lib|lib64|proc|sys|dev|var\/lib\/(dpkg|apt|rpm)|etc\/(ssl\/certs|pki|ca-certificates|java-.*))\//) {
        wanted = low ~ /\.(toml|p12|pfx|jks|jceks|keystore|key|pem|kdbx|ppk|ovpn)\$/ || low ~ /(^|\/)(\.env[^\/]*|\.netrc|\.pgpass|\.git-credentials|\.npmrc|\.htpasswd|id_(rsa|dsa|ecdsa|ed25519)|credentials|shadow-?|config\.json)\$/ || low ~ /(secret|credential|password)[^\/]*\.(ya?ml|json|properties|txt|conf|ini|xml)\$/ || (low ~ /^(app|home|opt|srv|root|work|workspace|usr\/src|usr\/local\/(etc|app)|config|conf)\// && low ~ /\.(properties|ya?ml|json|conf|ini|env|sh|xml)\$/)
      }
      if (wanted) { listed++; if (listed <= ${limits.entries}) print \"@entry \" type \" \" size \" \" name } }
    END { print \"@entries \" total + 0 \" \" listed + 0 }"
}
if [ "$TAR_SIZE" -le ${limits.document} ]; then
  small=$(base64 | tr -d "\n")
  case $(printf %s "$small" | base64 -d | head -c 1) in
    "{" | "[") printf "@json %s\n" "$small" ;;
    *) printf %s "$small" | base64 -d | list ;;
  esac
else
  list
fi
cat >/dev/null`;

/** What both searches begin with: the rest of the time, and the archive, unpacked if it is packed. */
const head = `end=$(($(date +%s) + ${limits.seconds}))
left() { echo $((end - $(date +%s))); }
readable() {
  [ -f "$1" ] && [ ! -L "$1" ] || { printf '@problem it is no regular file\\n'; return 1; }
  [ "$(left)" -gt 0 ] || { printf '@problem there was no time left for it\\n'; return 1; }
  [ "$tar" = yes ] || { printf '@problem GNU tar is needed to look into it\\n'; return 1; }
}
tar=no
tar --version 2>/dev/null | grep -q GNU && tar=yes`;

const script = `member='${member}'
${head}
while IFS= read -r archive; do
  printf '@archive %s\\n' "$archive"
  readable "$archive" || continue
  gzip -cdf -- "$archive" 2>/dev/null | timeout "$(left)" tar -xf - --to-command="$member" 2>/dev/null
  code=$?
  [ "$code" = 124 ] && printf '@problem it takes longer than ${limits.seconds} s\\n'
done
exit 0`;

export const containerImages = followUp<
  readonly ImageArchive[],
  { readonly given: typeof givenAnswers; readonly recorded: { readonly raw: typeof recordedAnswers } }
>({
  id: "container-images",
  asks: "tar --to-command over the archives of containers.images: their documents, and the names in their layers",
  follows: { given: givenAnswers, recorded: raw(recordedAnswers) },
  input: ({ given, recorded }) => {
    const paths = answeredPaths(containerImagesQuestion, given, recorded) ?? [];
    return paths.length === 0 ? undefined : paths.map((path) => questionLine(path)).join("");
  },
  script,
  timeLimit: 60,
  sizeLimit: 8 * 1024 * 1024,
  parse: ({ stdout }) => known(parseImageArchives(stdout)),
});

export const parseImageArchives = (text: string): readonly ImageArchive[] => {
  type Open = { -readonly [K in keyof ArchiveMember]: ArchiveMember[K] } & { entries: LayerEntry[] };
  const archives: { path: string; members: Open[]; problem: string | undefined }[] = [];
  for (const line of text.split("\n")) {
    const match = /^@([a-z]+) (.*)$/u.exec(line);
    if (match === null) continue;
    const [, kind, rest = ""] = match;
    const archive = archives.at(-1);
    const open = archive?.members.at(-1);
    if (kind === "archive") archives.push({ path: rest, members: [], problem: undefined });
    else if (archive === undefined) continue;
    else if (kind === "problem") archive.problem = rest;
    else if (kind === "member") {
      const [size = "", ...name] = rest.split(" ");
      archive.members.push({
        name: name.join(" "),
        size: Number(size) || 0,
        json: undefined,
        entries: [],
        total: 0,
        cut: false,
      });
    } else if (open === undefined) continue;
    else if (kind === "json") open.json = Buffer.from(rest, "base64").toString("utf8");
    else if (kind === "entry") {
      const [type = "", size = "", ...name] = rest.split(" ");
      open.entries.push({ type, size: Number(size) || 0, name: name.join(" ") });
    } else if (kind === "entries") {
      const [total = "", listed = ""] = rest.split(" ");
      open.total = Number(total) || 0;
      open.cut = Number(listed) > limits.entries;
    }
  }
  return archives.map((archive) => ({
    ...archive,
    problem:
      archive.problem ??
      (imagesIn(archive.members).length === 0
        ? "it is no saved image: neither manifest.json nor index.json"
        : undefined),
  }));
};

/** Files read of one archive, and bytes of one. */
const contentLimits = { files: 200, bytes: 32_768 };

/** Only what a program's text can hold; stores are known by name. */
const isText = (path: string): boolean => !/\.(?:p12|pfx|jks|jceks|keystore|kdbx)$/iu.test(path);

/** Content by archive, layer and name; `cut`: more files were worth a look than are read. */
export type ImageContents = {
  readonly contents: ReadonlyMap<string, string>;
  readonly cut: boolean;
};
export const contentKey = (archive: string, layer: string, name: string): string => `${archive}\n${layer}\n${name}`;

const wantedContents = (archives: readonly ImageArchive[]): readonly (readonly [string, string, string])[] =>
  archives.flatMap(({ path, members }) => {
    const wanted = imagesIn(members).flatMap((image) =>
      suspectFiles(image, members)
        .filter((file) => isText(file.path) && file.entry.size <= contentLimits.bytes)
        .map(({ layer, entry }) => [path, layer, entry.name] as const),
    );
    return [...new Map(wanted.map((one) => [one.join("\n"), one])).values()].filter(
      (one) => one.every(askable) && !one[2].includes("\\"),
    );
  });

/** Run by tar for each layer that is asked about: hands the names that are asked of it to another tar. */
const layer = String.raw`wanted=$TAR_FILENAME
printf "@layer %s\n" "$wanted"
set --
rest=$DRAWBRIDGE_NAMES
TAB=$(printf "\t")
while [ -n "$rest" ]; do
  line=$(printf "%s\n" "$rest" | head -n 1)
  rest=$(printf "%s\n" "$rest" | tail -n +2)
  case $wanted in "\${line%%"$TAB"*}" | "./\${line%%"$TAB"*}") set -- "$@" "\${line#*"$TAB"}" ;; esac
done
[ $# -gt 0 ] && gzip -cdf 2>/dev/null | tar -xf - --no-recursion --no-wildcards --to-command="$DRAWBRIDGE_FILE" -- "$@" 2>/dev/null
cat >/dev/null`.replaceAll("\\${", "${");

const contentScript = `layer='${layer}'
DRAWBRIDGE_FILE='printf "@content %s\\n" "$TAR_FILENAME"; printf "|"; head -c ${contentLimits.bytes} | base64 | tr -d "\\n"; echo; cat >/dev/null'
export DRAWBRIDGE_FILE
${head}
TAB=$(printf '\\t')
questions=$(cat)
printf '%s\\n' "$questions" | cut -f 1 | sort -u | while IFS= read -r archive; do
  printf '@archive %s\\n' "$archive"
  readable "$archive" || continue
  DRAWBRIDGE_NAMES=$(printf '%s\\n' "$questions" | while IFS="$TAB" read -r of member name; do [ "$of" = "$archive" ] && printf '%s\\t%s\\n' "$member" "$name"; done)
  export DRAWBRIDGE_NAMES
  set --
  for member in $(printf '%s\\n' "$DRAWBRIDGE_NAMES" | cut -f 1 | sort -u); do set -- "$@" "$member" "./$member"; done
  gzip -cdf -- "$archive" 2>/dev/null | timeout "$(left)" tar -xf - --no-wildcards --to-command="$layer" -- "$@" 2>/dev/null
done
exit 0`;

export const containerImageContents = followUp<ImageContents, { readonly archives: typeof containerImages }>({
  id: "container-image-contents",
  asks: "tar --to-command over the same archives: small text files of the layers whose names are worth a look",
  follows: { archives: containerImages },
  input: ({ archives }) => {
    const wanted = wantedContents(archives).slice(0, contentLimits.files);
    return wanted.length === 0 ? undefined : wanted.map((one) => questionLine(...one)).join("");
  },
  script: contentScript,
  timeLimit: 60,
  sizeLimit: 16 * 1024 * 1024,
  parse: ({ stdout }, { archives }) => {
    const contents = new Map<string, string>();
    let archive = "";
    let member = "";
    let name = "";
    for (const line of stdout.split("\n")) {
      const match = /^@(archive|layer|content) (.*)$/u.exec(line);
      if (match?.[1] === "archive") archive = match[2] ?? "";
      else if (match?.[1] === "layer") member = (match[2] ?? "").replace(/^\.\//u, "");
      else if (match?.[1] === "content") name = match[2] ?? "";
      else if (line.startsWith("|"))
        contents.set(contentKey(archive, member, name), Buffer.from(line.slice(1), "base64").toString("utf8"));
    }
    return known({ contents, cut: wantedContents(archives).length > contentLimits.files });
  },
});
