import { counted } from "../core/wizard/words.ts";
import type { Plan } from "../model/plan.ts";
import type { ApplyOutcome } from "../model/session.ts";
import { singleLines } from "./printable.ts";

/** What came of a plan that was begun; a refused one was not. */
export type AppliedOutcome = Omit<ApplyOutcome, "state"> & {
  readonly state: Exclude<ApplyOutcome["state"], "refused">;
};

type Commands = {
  /** Builds the command line, ready to be pasted, that does `words` on the same machine. */
  readonly command: (...words: readonly string[]) => string;
  /** What keeps the changes when it is run in a new login. */
  readonly confirm: string;
  /** Seconds that were given for that. */
  readonly within: number;
};

/** The last words of apply: what is so now, how to get in, how to go back. */
export const outcomeText = (plan: Plan, outcome: AppliedOutcome, { command, confirm, within }: Commands): string => {
  const { host, access } = singleLines({ host: plan.host.name, access: plan.access });
  const { transactionId: id, state } = outcome;
  const changes = counted(plan.changes.length, "change");
  const login = access === null ? [] : [`Log in from now on:  ssh -p ${access.port} ${access.administrator}@${host}`];
  const back = [
    `Undo everything:     ${command("undo", id)}`,
    `Without drawbridge:  sudo sh /var/lib/drawbridge/transactions/${id}/undo`,
  ];
  const lines = (): readonly string[] => {
    switch (state) {
      case "confirmed":
        return [`${host}: ${changes} in force, verified by a second inspection.`, ...login, ...back];
      case "pending":
        return [
          `${host}: ${changes} applied; they go back by themselves unless a new login confirms them within ${within} s.`,
          ...login,
          `Keep them, in there: ${confirm}`,
          ...back,
        ];
      case "reverted":
        return [`${host}: nothing was kept; everything is as it was before.`];
      case "failed":
        return [`${host}: failed, and not everything could be put back. What is left: ${command("status")}`];
    }
  };
  return `${lines().join("\n")}\n`;
};
