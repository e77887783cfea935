import { few } from "../../../src/core/few.ts";
import { fragment, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, fail, notApplicable, pass, type Verdict } from "../../../src/model/finding.ts";
import { atBoot, type Kernel } from "../../../src/probes/kernel.ts";
import { kernelSettings } from "./composer.ts";

/** One key of sysctl(8), what to write, and which of the values met are good enough to stay. */
export type Setting = {
  readonly key: string;
  readonly value: string;
  /** Other values that may stay: stricter ones. */
  readonly accepts?: readonly string[];
};

export const setting = (key: string, value: string | number, ...accepts: readonly (string | number)[]): Setting => ({
  key,
  value: String(value),
  accepts: accepts.map(String),
});

/** The same for every interface: `all` and `default`, which those to come inherit. */
export const perInterface = (
  family: "ipv4" | "ipv6",
  name: string,
  value: string | number,
  ...accepts: readonly (string | number)[]
): readonly Setting[] =>
  ["all", "default"].map((which) => setting(`net.${family}.conf.${which}.${name}`, value, ...accepts));

/** Interfaces that are there now keep what they have: each of them has to be told too. */
export const everyInterface = (
  kernel: Kernel,
  family: "ipv4" | "ipv6",
  name: string,
  value: string | number,
  ...accepts: readonly (string | number)[]
): readonly Setting[] => [
  ...perInterface(family, name, value, ...accepts),
  ...[...kernel.keys.keys()]
    .filter((key) => key.startsWith(`net.${family}.conf.`) && key.endsWith(`.${name}`))
    .filter((key) => !/\.conf\.(?:all|default|lo)\./u.test(key))
    .map((key) => setting(key, value, ...accepts)),
];

/** Only of an interface that is there now: said to it, and not written down, because it may be gone at the next boot. */
export const ofPresentInterface = (key: string): boolean => /^net\.ipv[46]\.conf\.(?!all\.|default\.)/u.test(key);

const good = ({ value, accepts = [] }: Setting, found: string): boolean => found === value || accepts.includes(found);

const problemOf = (kernel: Kernel, wanted: Setting): string | undefined => {
  const live = kernel.keys.get(wanted.key);
  if (live === undefined || !live.writable) return undefined;
  if (!good(wanted, live.value)) return `${wanted.key} is ${live.value}`;
  if (ofPresentInterface(wanted.key)) return undefined;
  const next = atBoot(kernel, wanted.key);
  if (next === undefined) return `${wanted.key} is ${live.value} now, and no file says so for the next boot`;
  return good(wanted, next.value) ? undefined : `${wanted.key} becomes ${next.value} at the next boot (${next.path})`;
};

/** Live value and value at the next boot both have to be right; what this machine cannot set is not its fault. */
export const judgeSettings = (kernel: Kernel, settings: readonly Setting[]): Verdict => {
  const settable = settings.filter(({ key }) => kernel.keys.get(key)?.writable);
  if (settable.length === 0) {
    const there = settings.find(({ key }) => kernel.keys.has(key));
    return notApplicable(
      there
        ? `${there.key} cannot be set in here: the machine that runs this container decides`
        : `this kernel has no ${settings[0]?.key ?? "such key"}`,
    );
  }
  const evidence: readonly Evidence[] = [
    {
      asked: "sysctl",
      answered: settable.map(({ key }) => `${key} = ${kernel.keys.get(key)?.value}`).join("\n"),
    },
    {
      asked: "the last word on it in sysctl.d",
      answered: settable
        .filter(({ key }) => !ofPresentInterface(key))
        .map(({ key }) => {
          const next = atBoot(kernel, key);
          return next ? `${key} = ${next.value} (${next.path})` : `${key}: nothing`;
        })
        .join("\n"),
    },
  ];
  const problems = settable.flatMap((each) => problemOf(kernel, each) ?? []);
  if (problems.length === 0) return pass(evidence);
  return fail(few(problems, 3, "; "), evidence);
};

export const proposeSettings = (kernel: Kernel, settings: readonly Setting[]): readonly Proposal[] =>
  settings
    .filter(({ key }) => kernel.keys.get(key)?.writable)
    .map((wanted) => {
      // A stricter value that is met stays, also in our file.
      const live = kernel.keys.get(wanted.key)?.value ?? "";
      return fragment(kernelSettings, good(wanted, live) ? { ...wanted, value: live } : wanted);
    });
