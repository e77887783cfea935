import { fragment, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, fail, pass, type Verdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Effective, Sshd } from "../../../src/probes/sshd.ts";
import { setByUs, sshdConfig } from "./composer.ts";
import { type Perspective, perspectivesOf } from "./perspectives.ts";

/** One keyword of sshd_config(5): what it should say, and which of the values met are good enough to stay. */
export type Setting = {
  /** Spelt as in sshd_config(5). */
  readonly keyword: string;
  /** What to write where the present value is not accepted: one line each. */
  readonly values: readonly string[];
  /** Judges what `sshd -T` prints for the keyword, one item per line; the whole view is there for keywords that depend on others. */
  readonly accepts: (values: readonly string[], effective: Effective, perspective: Perspective) => boolean;
  /**
   * Keywords of which every line counts (Port, AllowGroups, HostKey), or the last one (MaxStartups), not the first: lines
   * elsewhere are switched off before ours can be the truth. `instead` gives what takes the place of such a line, where something has to.
   */
  readonly additive?: {
    readonly keywords: readonly string[];
    readonly instead?: (keyword: string, values: readonly string[]) => readonly string[] | undefined;
  };
  /**
   * Lines further down that say otherwise do not count, and yet are switched off: whoever reads the file, a person or an auditor
   * that takes any line for the truth, must not be told the opposite.
   */
  readonly alone?: true;
};

/** A keyword whose value is right when it is exactly this one. */
export const exactly = (keyword: string, value: string): Setting => ({
  keyword,
  values: [value],
  accepts: ([found]) => found?.toLowerCase() === value.toLowerCase(),
});

/** A keyword with a number or a time that may be lower, but not zero. */
export const atMost = (keyword: string, limit: number, value = limit): Setting => ({
  keyword,
  values: [String(value)],
  accepts: ([found]) => found !== undefined && seconds(found) > 0 && seconds(found) <= limit,
});

/** A list of algorithms that may hold fewer than these, but none other. */
export const onlyFrom = (keyword: string, names: readonly string[]): Setting => ({
  keyword,
  values: [names.join(",")],
  accepts: ([found = ""]) => found !== "" && found.split(",").every((name) => names.includes(name)),
});

/** Stricter than answered may stay where somebody else set it; where we did, the answer is followed in both directions. */
export const followed = (sshd: Sshd, setting: Setting, asAnswered: (value: string) => boolean): Setting => ({
  ...setting,
  accepts: (values, effective, perspective) =>
    setting.accepts(values, effective, perspective) &&
    (perspective.scope !== "everyone" ||
      !setByUs(sshd).has(setting.keyword.toLowerCase()) ||
      asAnswered(values[0] ?? "")),
});

const units: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800, "": 1 };

/** TIME FORMATS of sshd_config(5): "90", "1m30s", "2h"; NaN for anything else. */
export const seconds = (text: string): number => {
  if (!/^(?:\d+[smhdw]?)+$/iu.test(text)) return Number.NaN;
  return [...text.toLowerCase().matchAll(/(\d+)([smhdw]?)/gu)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit as string] as number),
    0,
  );
};

export const valuesOf = (effective: Effective, keyword: string): readonly string[] =>
  effective[keyword.toLowerCase()] ?? [];

/** Only what this daemon knows: it would not start with a keyword or value that it does not. */
const isKnown = (sshd: Sshd, { keyword, additive }: Setting): boolean =>
  additive !== undefined || keyword.toLowerCase() in sshd.views[0].effective;

/** A control's keywords, from the facts and the answers. */
export type Settings = (facts: { readonly sshd: Sshd }, answers: AnswerReader) => readonly Setting[];

export type Violation = {
  readonly setting: Setting;
  readonly perspective: Perspective;
  readonly values: readonly string[];
};

export const violationsOf = (sshd: Sshd, settings: readonly Setting[]): readonly Violation[] => {
  const perspectives = perspectivesOf(sshd);
  return settings
    .filter((setting) => isKnown(sshd, setting))
    .flatMap((setting) =>
      perspectives.flatMap((perspective) => {
        const values = valuesOf(perspective.effective, setting.keyword);
        return setting.accepts(values, perspective.effective, perspective) ? [] : [{ setting, perspective, values }];
      }),
    );
};

const shown = (keyword: string, values: readonly string[]): string =>
  values.length === 0 ? `${keyword} is not set` : `${keyword} ${values.join(" ")}`;

/** The effective state decides: every view of sshd -T and every Match block has to be acceptable. */
export const judgeSettings = (sshd: Sshd, settings: readonly Setting[]): Verdict => {
  const violations = violationsOf(sshd, settings);
  const known = settings.filter((setting) => isKnown(sshd, setting));
  const everyone = sshd.views[0];
  const others = violations.filter(({ perspective }) => perspective.scope !== "everyone").slice(0, 6);
  const evidence: readonly Evidence[] = [
    {
      asked: everyone.asked,
      answered: known.map(({ keyword }) => shown(keyword, valuesOf(everyone.effective, keyword))).join("\n"),
    },
    ...others.map(({ setting, perspective, values }) => ({
      asked: perspective.asked,
      answered: shown(setting.keyword, values),
    })),
  ];
  if (violations.length === 0) return pass(evidence);
  const named = new Map<string, string>();
  for (const { setting, perspective, values } of violations) {
    if (named.has(setting.keyword)) continue;
    const where = perspective.scope === "everyone" ? "" : ` for ${perspective.who}`;
    named.set(setting.keyword, `${shortened(shown(setting.keyword, values))}${where}`);
  }
  return fail([...named.values()].join("; "), evidence);
};

const shortened = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 57)}…`);

/** The control's share of sshd's configuration. */
export const proposeSettings = (sshd: Sshd, settings: readonly Setting[]): readonly Proposal[] =>
  settings.filter((setting) => isKnown(sshd, setting)).map((setting) => fragment(sshdConfig, setting));
