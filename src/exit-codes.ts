/** Every exit code of the program, in one table: scripts rely on them. */
export const exitCodes = {
  fine: 0,
  /** `inspect` only: findings at or above `--fail-on`. */
  findings: 1,
  /** Wrong usage, or answers and plan files that do not parse or do not fit. */
  usage: 2,
  /** Lock-out risk, stale plan, another run in progress: nothing changed. */
  refused: 3,
  /** Something failed, and everything is as it was before. */
  reverted: 4,
  /** Something failed, and not everything could be put back. */
  notReverted: 5,
  /** A mistake in this program; sysexits.h EX_SOFTWARE. */
  internal: 70,
  /** Ended by a signal: 128 and its number, as shells count. */
  hungUp: 129,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
