import type { Effective, Sshd } from "../../../src/probes/sshd.ts";
import { mainConfig } from "../../../src/probes/sshd.ts";
import { type ConfigLine, type MatchBlock, readConfig } from "../../../src/probes/sshd-config.ts";

/** sshd's configuration as someone meets it. */
export type Perspective = {
  /** How it was asked for: shown as evidence. */
  readonly asked: string;
  /** Whom it concerns, to follow "for": "root from 10.0.0.7". */
  readonly who: string;
  /** `everyone`: where no Match block applies. `visitor`: asked of sshd. `block`: read from the files. */
  readonly scope: "everyone" | "visitor" | "block";
  readonly block: MatchBlock | undefined;
  readonly effective: Effective;
};

/** Keywords of which a Match block's lines add up instead of the first one winning (servconf.c). */
const listKeywords: ReadonlySet<string> = new Set([
  "allowgroups",
  "allowusers",
  "denygroups",
  "denyusers",
  "acceptenv",
]);

/** Facts never change within an inspection, and every control asks for the same. */
const once = <T>(make: (sshd: Sshd) => T): ((sshd: Sshd) => T) => {
  const made = new WeakMap<Sshd, T>();
  return (sshd) => {
    const earlier = made.get(sshd);
    if (earlier !== undefined) return earlier;
    const value = make(sshd);
    made.set(sshd, value);
    return value;
  };
};

export const configLines: (sshd: Sshd) => readonly ConfigLine[] = once((sshd) => readConfig(mainConfig, sshd.files));

/**
 * What sshd answered, and each Match block by itself: no list of visitors can be complete (a group, a network, a port), so
 * a block counts as if someone met it. sshd_config(5): a block's value wins over the global one, the first block wins.
 */
export const perspectivesOf: (sshd: Sshd) => readonly Perspective[] = once((sshd) => {
  const [everyone] = sshd.views;
  const asked = sshd.views.map(
    ({ asked, visitor, effective }): Perspective => ({
      asked,
      who: visitor === undefined ? "everyone" : `${visitor.user} from ${visitor.address}`,
      scope: visitor === undefined ? "everyone" : "visitor",
      block: undefined,
      effective,
    }),
  );
  const blocks = new Map<MatchBlock, Record<string, readonly string[]>>();
  for (const line of configLines(sshd)) {
    if (line.match === undefined) continue;
    const own = blocks.get(line.match) ?? {};
    const keyword = line.keyword.toLowerCase();
    if (listKeywords.has(keyword)) own[keyword] = [...(own[keyword] ?? []), ...line.arguments];
    else own[keyword] ??= [line.arguments.join(" ")];
    blocks.set(line.match, own);
  }
  return [
    ...asked,
    ...[...blocks].map(
      ([block, own]): Perspective => ({
        asked: `Match ${block.criteria} (${block.path}, line ${block.number})`,
        who: `Match ${block.criteria}`,
        scope: "block",
        block,
        effective: { ...everyone.effective, ...own },
      }),
    ),
  ];
});
