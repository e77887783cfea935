import type { Refusal } from "../model/control.ts";

/** Why a plan is not applied, and what would make each reason go away. */
export const refusalLine = (refusals: readonly Refusal[]): string =>
  `refused, nothing was changed: ${refusals
    .map(({ reason, remedy }) => `${reason}; to make it safe: ${remedy}`)
    .join(" · ")}`;
