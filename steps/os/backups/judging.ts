import type { Evidence } from "../../../src/model/finding.ts";
import { fail, pass, unknownVerdict, type Verdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type BackupService, type Backups, backupState } from "../../../src/probes/backups.ts";
import { backupRepository } from "./questions.ts";

export const saves = (_: unknown, answers: AnswerReader): true | string =>
  answers.get(backupRepository) !== "" || "no repository is named (backups.repository)";

export const whenText = (seconds: number | undefined): string =>
  seconds === undefined ? "never" : `${new Date(seconds * 1000).toISOString().slice(0, 16)}Z`;

const ago = (seconds: number): string => {
  const hours = Math.floor(seconds / 3600);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
};

/** What a run is called, which service does it, and how old its last good end may be. */
export type Judged = {
  readonly what: string;
  readonly unit: string;
  readonly file: "save" | "drill";
  /** Seconds. */
  readonly limit: number;
};

/** Seconds that a clock may be put back without a word about it. */
const clockError = 300;

/** Whether nothing was ever tried: then it is worth beginning with. */
export const isUntried = ({ active, queued, run, exited }: BackupService): boolean =>
  run === undefined && exited === undefined && active !== "activating" && !queued;

/**
 * The program writes down how it ended; systemd knows when it could not even begin, or was cut off. Both have to agree,
 * and what neither knows does not pass.
 */
export const judgeRun = ({ now }: Backups, service: BackupService, { what, unit, file, limit }: Judged): Verdict => {
  const { run, active, result } = service;
  const good = run?.good;
  const evidence: readonly Evidence[] = [
    { asked: `systemctl show ${unit}.service`, answered: `${active || "missing"}, result ${result || "unknown"}` },
    {
      asked: `cat ${backupState}/${file}`,
      answered:
        run === undefined
          ? "not there"
          : `${run.result}, ended ${whenText(run.ended)}, last good ${whenText(good)}${run.reason === "" ? "" : `: ${run.reason}`}`,
    },
  ];
  const last = good === undefined ? `no ${what} has ever ended well` : `the last good one ended ${whenText(good)}`;
  const look = `journalctl -u ${unit}`;
  if (active === "activating") {
    if (good !== undefined && now - good <= limit && good - now <= clockError)
      return pass(evidence, `one is at work; ${last}`);
    return unknownVerdict(`the ${what} is at work since ${whenText(run?.began)}; ${last}`, evidence);
  }
  if (run === undefined) {
    if (service.queued) return unknownVerdict(`the first ${what} waits for its turn`, evidence);
    return isUntried(service)
      ? fail(`no ${what} has been made yet: systemctl start ${unit}`, evidence)
      : fail(`the ${what} could not begin (${result}): ${look}`, evidence);
  }
  if (run.result === "running") return fail(`the last ${what} was cut off (${result}): ${look}; ${last}`, evidence);
  if (run.result === "failed")
    return fail(`the ${what} of ${whenText(run.ended)} failed: ${run.reason}; ${last}`, evidence);
  // What systemd saw counts over an older report: a credential that is missing keeps the program from writing one.
  if (result !== "success" && result !== "")
    return fail(`the last ${what} did not begin or did not end (${result}): ${look}; ${last}`, evidence);
  if (good === undefined) return fail(last, evidence);
  // Else nothing would be missed until the clock has caught up.
  if (good - now > clockError)
    return fail(
      `the last good ${what} says ${whenText(good)}, and here it is ${whenText(now)}: the clock was wrong then, or is now; put it right and run systemctl start ${unit}`,
      evidence,
    );
  return now - good > limit
    ? fail(`the last good ${what} is ${ago(now - good)} old (${whenText(good)})`, evidence)
    : pass(evidence, `${whenText(good)}: ${run.note}`);
};
