/** A server's services as captured, for the tests of the steps that look at them. */
import { known, knownValue } from "../../../src/model/fact.ts";
import type { Answers } from "../../../src/model/plan.ts";
import type { Step } from "../../../src/model/step.ts";
import { type Daemons, daemons, type Unit } from "../../../src/probes/daemons.ts";
import { machine } from "../../../src/probes/machine.ts";
import { type Software, software } from "../../../src/probes/software.ts";
import { captured, factsOf, parsed, settle } from "../settle.ts";

export const server = knownValue(parsed(daemons, captured("daemons", "bookworm"))) as Daemons;

export const unit = (name: string, active: string, enabled = "enabled"): readonly [string, Unit] => [
  name,
  { name, active, enabled, lastRun: undefined },
];

const noSoftware: Software = {
  manager: "apt",
  packages: [],
  updates: { known: true, pending: [], all: [], scope: "all" },
  listsFetched: 1_000_000,
  now: 1_000_000,
  java: [],
  tools: [],
  installed: [],
  installedCut: false,
};

/** What the engine makes of a step on that server, with some of it as given. */
export const settledWith = (
  step: Step,
  seen: Partial<Daemons> = {},
  given: Answers = {},
  programs: Partial<Software> = {},
) =>
  settle(
    [step],
    factsOf(
      [daemons, known({ ...server, ...seen })],
      [machine, known({ name: "a", machineId: "", release: "", distribution: "debian", version: "12", systemd: true })],
      [software, known({ ...noSoftware, ...programs })],
    ),
    given,
  );
