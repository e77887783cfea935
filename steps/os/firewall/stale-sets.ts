import type { OwnTable } from "../../../src/probes/firewall.ts";
import { printedElement } from "./elements.ts";
import { setsOf } from "./nftables.ts";
import type { Policy } from "./policy.ts";

/** Sets of our loaded table that hold something else than the policy says, by their names; also what nobody uses now. */
export const staleSets = (
  own: OwnTable | undefined,
  policy: Policy,
  concerned: (name: string) => boolean,
): readonly string[] =>
  own === undefined
    ? []
    : setsOf(policy)
        .filter(({ name }) => concerned(name))
        .flatMap(({ name, elements }) => {
          const loaded = new Set((own.sets[name] ?? []).map(printedElement));
          const same = loaded.size === elements.length && elements.every((element) => loaded.has(element));
          return same ? [] : [`set ${name} holds { ${[...loaded].join(", ")} }, agreed is { ${elements.join(", ")} }`];
        });
