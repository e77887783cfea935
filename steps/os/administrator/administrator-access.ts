import { administratorCandidates, afterChanges, hindrances } from "../../../src/core/administrators.ts";
import { guard } from "../../../src/model/control.ts";
import { accountNamed, accounts } from "../../../src/probes/accounts.ts";
import { administratorName } from "./questions.ts";

/**
 * Nothing that can lock out is applied unless the administrator named gets in afterwards and becomes root: the very login
 * that has to confirm it. Names every account that could have done it, and what each lacks.
 */
export const administratorAccess = guard({
  id: "administrator-access",
  needs: { known: accounts },
  refuse: ({ known }, answers, changes) => {
    if (!changes.some(({ risk }) => risk === "lockout")) return [];
    const name = answers.get(administratorName);
    const after = afterChanges(known, changes);
    const chosen = accountNamed(after, name);
    const missing = chosen === undefined ? undefined : hindrances(after, chosen);
    if (missing?.length === 0) return [];

    const sentence = (who: string, reasons: readonly { reason: string }[]) =>
      `${who} ${reasons.map(({ reason }) => reason).join(", ")}`;
    const others = administratorCandidates(after).filter((account) => account.name !== name);
    const usable = others.filter((account) => hindrances(after, account).length === 0);
    const reasons = [
      missing === undefined ? `there would be no account ${name}` : sentence(name, missing),
      ...others
        .map((account) => ({ account, lacks: hindrances(after, account) }))
        .filter(({ lacks }) => lacks.length > 0)
        .map(({ account, lacks }) => sentence(account.name, lacks)),
    ];
    const remedies = [
      ...(missing === undefined
        ? ["keep the changes that create it"]
        : [...new Set(missing.map(({ remedy }) => remedy))]),
      ...(usable.length === 0
        ? [
            "or name another account as administrator.name: one that does not exist yet is created with the keys of root",
          ]
        : [`or answer administrator.name with ${usable.map((account) => account.name).join(" or ")}`]),
    ];
    return [{ reason: `nobody could log in as administrator: ${reasons.join("; ")}`, remedy: remedies.join("; ") }];
  },
});
