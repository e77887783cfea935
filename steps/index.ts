import type { Step } from "../src/model/step.ts";

/** Every step, in the order of the walk: access is made before anything narrows it. */
export const steps: readonly Step[] = [];
