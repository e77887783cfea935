import { type FileState, pathStates } from "./accounts.ts";

/** Bytes of a file that `showFiles` prints, at most. */
const shownBytes = 65_536;

/**
 * Shell function `show NAME FILE...` for a probe's script: a marker `@NAME FILE`, a line of stat(1) and the content of each file, as
 * `filesIn` reads them; links are followed. Two programs for all of the files, where a few for each would cost more than the
 * rest of a probe. Only for regular files in folders that root alone may write: awk waits for whoever made a pipe of one.
 *
 * The byte 3, which no text has, makes one record of a whole file, so that a missing line break at its end shows.
 */
export const showFiles = `show() {
  name=$1
  shift
  [ $# -gt 0 ] || return 0
  stat -L -c '%s %F|%a|%U|%G|%u|%g|%n' -- "$@" 2>/dev/null | awk -v name="$name" '
    {
      size = $1 + 0
      state = substr($0, index($0, " ") + 1)
      path = state
      for (field = 0; field < 6; field++) path = substr(path, index(path, "|") + 1)
      text = ""
      parts = 0
      if (size <= ${shownBytes}) {
        RS = "\\003"
        while ((getline part < path) > 0) text = text (parts++ ? RS : "") part
        RS = "\\n"
      } else {
        while (length(text) < ${shownBytes} && (getline part < path) > 0) text = text part "\\n"
        text = substr(text, 1, ${shownBytes})
      }
      close(path)
      gsub(/\\n/, "\\n|", text)
      print "@" name " " path "\\n" state "\\n|" text "."
    }'
}`;

/**
 * Shell function `settings NAME`: what counts of a configuration of systemd's own ("systemd/journald.conf"), main file and drop-ins,
 * as `systemd-analyze cat-config` would print it, which takes longer than most probes. That is asked only where drop-ins lie in more
 * than one folder and have to be put in order by name. systemd-system.conf(5).
 */
export const showSettings = `settings() {
  name=$1 folders=0
  set --
  for folder in /etc /run /usr/local/lib /usr/lib; do
    if [ -e "$folder/$name" ]; then set -- "$folder/$name"; break; fi
  done
  for folder in /etc /run /usr/local/lib /usr/lib; do
    found=
    for file in "$folder/$name.d"/*.conf; do [ -e "$file" ] && { set -- "$@" "$file"; found=yes; }; done
    [ -z "$found" ] || folders=$((folders + 1))
  done
  if [ "$folders" -gt 1 ]; then systemd-analyze cat-config "$name" 2>/dev/null
  elif [ $# -gt 0 ]; then sed '' "$@" 2>/dev/null
  fi
}`;

/**
 * A shell condition: something of apt's configuration mentions one of `names` (an extended regular expression, case does not matter),
 * or includes other files. Where nothing does, `apt-config dump` can only tell apt's defaults, and takes a dpkg of its own
 * for that. apt.conf(5).
 */
export const aptMentions = (names: string): string =>
  `grep -rqsiE '${names}|#include|Dir::Etc|(^|[[:space:]"])(Dir|Etc)[[:space:]]*[{]' /etc/apt/apt.conf /etc/apt/apt.conf.d`;

/** What follows a marker line `@name rest` of a probe's answer, up to the next one. Empty lines are left out. */
export type Section = { readonly name: string; readonly rest: string; readonly lines: readonly string[] };

/** Lines of data never begin with @: they are numbers, paths and states, or content behind a bar. */
export const sectionsIn = (text: string): readonly Section[] => {
  const sections: { name: string; rest: string; lines: string[] }[] = [];
  for (const line of text.split("\n")) {
    const marker = /^@([a-z]+)(?: (.*))?$/u.exec(line);
    if (marker) sections.push({ name: marker[1] as string, rest: marker[2] ?? "", lines: [] });
    else if (line !== "") sections.at(-1)?.lines.push(line);
  }
  return sections;
};

/** What stands behind each marker of this name. */
export const restsOf = (sections: readonly Section[], wanted: string): readonly string[] =>
  sections.filter(({ name }) => name === wanted).map(({ rest }) => rest);

/** Content that was sent line by line behind a bar, with a dot after its end so that a missing line break shows. */
export const contentIn = (lines: readonly string[]): string =>
  lines
    .filter((line) => line.startsWith("|"))
    .map((line) => line.slice(1))
    .join("\n")
    .slice(0, -1);

/** A file sent as one line of stat(1) and its content; undefined when it vanished in between. */
export const fileIn = ({ lines }: Section): NonNullable<FileState> | undefined => {
  const [state] = pathStates(lines);
  return state === undefined || !lines.some((line) => line.startsWith("|"))
    ? undefined
    : { content: contentIn(lines), mode: state.mode, owner: state.owner, group: state.group };
};

/** All files under markers of this name, by path. */
export const filesIn = (sections: readonly Section[], wanted: string): ReadonlyMap<string, NonNullable<FileState>> =>
  new Map(
    sections
      .filter(({ name }) => name === wanted)
      .flatMap((section) => {
        const file = fileIn(section);
        return file === undefined ? [] : [[section.rest, file] as const];
      }),
  );
