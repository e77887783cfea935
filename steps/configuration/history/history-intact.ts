import { contradictions, unlogged } from "../../../src/configuration/machine-log.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { changeHistory } from "../../../src/probes/change-history.ts";

export const historyIntact = control({
  id: "history-intact",
  guideline: ["CF-06", "CF-12"],
  title: "The log of changes and promotions is as it was written",
  failing: "Somebody has edited the log of changes",
  severity: "high",
  risk: "none",
  rationale:
    "Who changed what, when, from where to where and how to go back is only worth something if nobody can rewrite it unseen. Every entry holds the hash of the one before, and of the transaction's own records.",
  references: [
    { source: "NIST 800-53", id: "AU-9" },
    { source: "NIST 800-53", id: "AU-10" },
  ],
  needs: { history: changeHistory },
  applies: ({ history }) =>
    history.log.entries.length > 0 ||
    history.log.problems.length > 0 ||
    history.transactions.length > 0 ||
    "nothing was changed by Drawbridge here yet",
  inspect: ({ history }) => {
    const { log } = history;
    const behind = unlogged(history).length;
    const evidence = [
      {
        asked: "drawbridge log --verify",
        answered: `${log.entries.length} entries, the last has ${log.head.hash.slice(0, 16)}${behind === 0 ? "" : `; ${behind} more by the transactions' own records`}`,
      },
    ];
    const wrong = [...log.problems, ...contradictions(history)];
    return wrong.length === 0
      ? pass(evidence)
      : fail(
          `${wrong.join("; ")}: find out who did it; what was forwarded from the system's journal still has the hashes`,
          evidence,
        );
  },
  // A log that was edited cannot be put right, only kept as evidence.
  plan: () => [],
});
