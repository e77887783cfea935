import { type FileState, pathStates } from "./accounts.ts";

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
