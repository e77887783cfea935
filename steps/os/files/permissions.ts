import { few } from "../../../src/core/few.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { type Evidence, fail, pass, type Verdict } from "../../../src/model/finding.ts";
import type { PathState } from "../../../src/probes/accounts.ts";

type Found = Exclude<PathState, { kind: "missing" }>;

/** What a path may allow at most, and whose it should be; undefined: whoever's it is. */
export type Wanted = {
  readonly path: Found;
  /** Every bit that is set must be one of these: octal. */
  readonly atMost: number;
  readonly owner?: string;
  /** The first is what is set where none of them is met. */
  readonly groups?: readonly string[];
};

const bits = (mode: string): number => Number.parseInt(mode, 8);
const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

const wrongs = ({ path, atMost, owner, groups }: Wanted): readonly string[] => [
  ...((bits(path.mode) & ~atMost) === 0 ? [] : [`mode ${path.mode}`]),
  ...(owner === undefined || path.owner === owner ? [] : [`owner ${path.owner}`]),
  ...(groups === undefined || groups.includes(path.group) ? [] : [`group ${path.group}`]),
];

export const judgePermissions = (wanted: readonly Wanted[]): Verdict => {
  const bad = wanted.filter((each) => wrongs(each).length > 0);
  const shown = (bad.length > 0 ? bad : wanted).map(
    ({ path }) => `${path.mode} ${path.owner}:${path.group} ${path.path}`,
  );
  const evidence: readonly Evidence[] = [
    {
      asked: "stat",
      answered: few(shown, 12, "\n"),
    },
  ];
  if (bad.length === 0) return pass(evidence);
  const named = bad.map((each) => `${each.path.path}: ${wrongs(each).join(", ")}`);
  return fail(few(named, 3, "; "), evidence);
};

/** One change per path that allows more: bits are only taken away. */
export const proposePermissions = (wanted: readonly Wanted[], title: (path: string) => string): readonly Change[] =>
  wanted
    .filter((each) => wrongs(each).length > 0)
    .map(({ path, atMost, owner, groups }) =>
      change({
        kind: "permissions",
        phase: "files",
        risk: "none",
        title: title(path.path),
        path: path.path,
        before: { mode: path.mode, owner: path.owner, group: path.group },
        after: {
          mode: octal(bits(path.mode) & atMost),
          owner: owner ?? path.owner,
          group: groups === undefined || groups.includes(path.group) ? path.group : (groups[0] as string),
        },
      }),
    );
