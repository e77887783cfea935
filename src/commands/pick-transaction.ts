import { NoRights, transactionStatuses } from "../backends/transaction/status.ts";
import { GarbledAnswer, passwordHelps, rightsReason } from "../core/probe-report.ts";
import { failure } from "../failure.ts";
import type { TransactionState, TransactionStatus } from "../model/transaction.ts";
import type { Target } from "../targets/target.ts";

export const listTransactions = async (target: Target): Promise<readonly TransactionStatus[]> => {
  try {
    return await transactionStatuses(target);
  } catch (error) {
    if (error instanceof NoRights) {
      const how = passwordHelps(error.message) ? "add --ask-sudo-password, or run as root" : "run as root";
      throw failure("refused", `${target.label}: ${rightsReason(error.message)}: ${how}`);
    }
    if (error instanceof GarbledAnswer) throw failure("usage", `cannot work on ${target.label}: ${error.message}`);
    throw error;
  }
};

/** The transaction named, or the newest in one of the states that make sense for what is asked. */
export const pickTransaction = async (
  target: Target,
  id: string | undefined,
  states: readonly TransactionState[],
  purpose: string,
): Promise<TransactionStatus> => {
  const all = await listTransactions(target);
  if (id !== undefined) {
    const named = all.find((transaction) => transaction.id === id);
    if (named !== undefined) return named;
    throw failure("usage", `there is no transaction ${id} on ${target.label}; drawbridge status lists them`);
  }
  const newest = all.filter(({ state }) => states.includes(state)).at(-1);
  if (newest !== undefined) return newest;
  throw failure("refused", `${target.label}: there is nothing to ${purpose}; drawbridge status lists what was applied`);
};
