import type { Change } from "../../../src/model/change.ts";
import { raw } from "../../../src/model/probe.ts";
import { access } from "../../../src/model/step.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { mainConfig, sshd } from "../../../src/probes/sshd.ts";
import { administratorName } from "../administrator/questions.ts";
import { port } from "./questions.ts";
import { servedPorts } from "./serving.ts";

/** Whether the plan makes sshd, or systemd for it, listen on this port. */
const moves = (wanted: number, changes: readonly Change[]): boolean =>
  changes.some(
    (change) =>
      change.kind === "file" &&
      (change.path === mainConfig || /\.socket\.d\/[^/]+\.conf$/u.test(change.path)) &&
      new RegExp(`^(?:Port |ListenStream=(?:.*:)?)${wanted}$`, "mu").test(change.after.content),
  );

/** The port of the answers where SSH is on it or goes to it; else the one that this login came by; else the first there is. */
export const sshAccess = access({
  needs: { sshd: raw(sshd), accounts: raw(accounts) },
  after: ({ sshd, accounts }, answers, changes) => {
    const wanted = answers.get(port);
    const present = sshd.state === "known" ? servedPorts(sshd.value) : [];
    const current = accounts.state === "known" ? accounts.value.current.ssh?.serverPort : undefined;
    const otherwise = current !== undefined && present.includes(current) ? current : (present[0] ?? wanted);
    const after = present.includes(wanted) || moves(wanted, changes) ? wanted : otherwise;
    return {
      administrator: answers.get(administratorName),
      port: after,
      ...(after === current && { stays: true as const }),
    };
  },
});
