import type { LogHead } from "../configuration/audit-log.ts";
import { missingLines, type Telling } from "../configuration/machine-log.ts";
import type { ApplyOutcome, Session } from "../model/session.ts";
import { changeHistory, logFolder, readChangeHistory } from "../probes/change-history.ts";
import type { Target } from "../targets/target.ts";
import { version } from "../version.ts";
import { whoIsHere } from "./promotion-folder.ts";

/**
 * Adds lines to the log of the machine, if it still is what they follow. The first three lines of the input are the hash of the log as it
 * was read, the hash that it will have, and its new head. It is put in place whole: a full disk or a connection that breaks leaves the log
 * as it was. Each entry's hash goes to the system's journal as well, which others forward and keep.
 */
export const appendScript = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL; umask 077
[ "$(id -u)" = 0 ] || exit 3
[ -d /var/lib/drawbridge ] && [ ! -L /var/lib/drawbridge ] || exit 4
[ -L ${logFolder} ] && exit 4
mkdir -p -m 700 ${logFolder} || exit 4
cd ${logFolder} || exit 4
if command -v flock >/dev/null; then exec 9>lock; flock -w 10 9 || exit 5; fi
IFS= read -r before; IFS= read -r after; IFS= read -r head
touch changes.jsonl || exit 4
sum() { sha256sum <"$1" | sed 's/ .*//'; }
[ "$(sum changes.jsonl)" = "$before" ] || exit 5
rm -f changes.new
cat changes.jsonl - >changes.new && [ "$(sum changes.new)" = "$after" ] || { rm -f changes.new; exit 4; }
sync changes.new 2>/dev/null || sync
mv -f changes.new changes.jsonl || { rm -f changes.new; exit 4; }
printf '%s\\n' "$head" >head.new && mv -f head.new head.json
sync changes.jsonl head.json 2>/dev/null || sync
command -v logger >/dev/null && logger -t drawbridge -- "log: $head"
exit 0
`;

const historyScript = `PATH=/usr/sbin:/usr/bin:/sbin:/bin; LC_ALL=C; export PATH LC_ALL
[ "$(id -u)" = 0 ] || exit 3
${changeHistory.script}
`;

/** What was changed on the machine, by its records; undefined where they cannot be read. */
export const machineHistory = async (target: Pick<Target, "run">) => {
  const { exitCode, stdout } = await target.run(historyScript, { rights: "root", timeoutSeconds: 60 });
  return exitCode === 0 && /^@over$/mu.test(stdout) ? readChangeHistory(stdout) : undefined;
};

/** What the script reads. */
export const appendInput = (
  text: string,
  { lines, head }: { readonly lines: string; readonly head: LogHead },
  sha256: (text: string) => string,
): string => `${sha256(text)}\n${sha256(text + lines)}\n${JSON.stringify(head)}\n${lines}`;

/** Brings the log up to date with the transactions. Says false where somebody else was faster twice, or it cannot be written. */
export const bringLogUpToDate = async (target: Pick<Target, "run">, telling: Telling): Promise<boolean> => {
  const { sha256 } = await import("../core/assemble-plan.ts");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const history = await machineHistory(target);
    if (history === undefined) return false;
    // A log that does not hold is gone on with: its end still binds what follows, and the reader is told.
    const missing = missingLines(history, telling);
    if (missing === undefined) return true;
    const { exitCode } = await target.run(appendScript, {
      rights: "root",
      input: Buffer.from(appendInput(history.text, missing, sha256)),
      timeoutSeconds: 60,
    });
    if (exitCode === 0) return true;
    if (exitCode !== 5) return false;
  }
  return false;
};

/**
 * A session whose transactions are logged on the machine. What was done stands whatever becomes of the log: it is brought up to date at the
 * next chance, and an inspection tells that it is behind.
 */
export const loggedSession = (
  session: Session,
  target: Pick<Target, "run" | "kind">,
  deed?: Telling["deed"],
): Session => {
  if (target.kind === "root") return session;
  const log = async (outcome: ApplyOutcome, host: string): Promise<void> => {
    // Where it failed the connection may be gone: nobody is kept waiting for a log line that the next change brings, too.
    if (outcome.state === "refused" || outcome.state === "failed") return;
    await bringLogUpToDate(target, {
      who: `${whoIsHere()}${session.kind === "ssh" ? ` as ${session.label}` : ""}`,
      id: outcome.transactionId,
      host,
      tool: `drawbridge ${version}`,
      deed,
    }).catch(() => false);
  };
  return {
    ...session,
    apply: async (plan, options, on) => {
      const outcome = await session.apply(plan, options, on);
      await log(outcome, plan.host.name);
      return outcome;
    },
    undo: async (id, on) => {
      const outcome = await session.undo(id, on);
      await log(outcome, session.label);
      return outcome;
    },
  };
};
