import { type ExitCode, exitCodes } from "./exit-codes.ts";

/** An error that was foreseen: `message` is the one line for the operator, `exitCode` what the program ends with. */
export type Failure = Error & { readonly exitCode: ExitCode };

/** `throw failure("refused", "plan 7f3a91c2 is for app02: make a new plan with drawbridge plan")` */
export function failure(reason: keyof typeof exitCodes, line: string, cause?: unknown): Failure {
  return Object.assign(new Error(line, { cause }), { exitCode: exitCodes[reason] });
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Error && "exitCode" in error && typeof error.exitCode === "number";
}
