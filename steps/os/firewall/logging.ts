import type { Firewall } from "../../../src/probes/firewall.ts";

/** Whether rules on the way in write a log, and whether a flood could fill the disk through it. */
export const refusalsAreLogged = ({ ruleset }: Firewall): { readonly logged: boolean; readonly unlimited: boolean } => {
  const reached = new Set<string>();
  const queue = ruleset.chains.filter(({ base }) => base?.hook === "input");
  const logs: { limited: boolean }[] = [];
  for (let chain = queue.pop(); chain !== undefined; chain = queue.pop()) {
    const { family, table, name } = chain;
    const key = `${family} ${table} ${name}`;
    if (reached.has(key)) continue;
    reached.add(key);
    for (const { actions, log } of chain.rules) {
      if (log !== undefined) logs.push(log);
      for (const { action } of actions) {
        if (!("target" in action)) continue;
        const next = ruleset.chains.find(
          (one) => one.family === family && one.table === table && one.name === action.target,
        );
        if (next !== undefined) queue.push(next);
      }
    }
  }
  return { logged: logs.some(({ limited }) => limited), unlimited: logs.some(({ limited }) => !limited) };
};
