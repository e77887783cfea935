import type { Verdict } from "../../../src/model/finding.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RuntimeUnit, RuntimeUnits } from "../../../src/probes/unit-files.ts";
import { maskCommandLine } from "../../../src/workload/secrecy.ts";
import { serviceUserUnit } from "../../os/service-user/questions.ts";

/** An integration and the unit that runs it, which is how its JVM can be changed. */
export type Served = { readonly integration: Integration; readonly unit: RuntimeUnit };

type Here = { readonly here: WhatRunsHere; readonly units: RuntimeUnits };

/**
 * The integrations that run as units of this system: every program of Ballerina's, also one that came after the answers were
 * given, and other Java programs that were chosen as integrations (service-user.unit).
 */
export const served = ({ here, units }: Here, answers: AnswerReader): readonly Served[] => {
  const chosen = new Set(answers.get(serviceUserUnit));
  return here.integrations.flatMap((integration) => {
    const unit = units.units.find(({ name }) => name === integration.unit?.name);
    const meant = integration.kind !== "java" || (unit !== undefined && chosen.has(unit.name));
    return unit !== undefined && meant && !integration.container ? [{ integration, unit }] : [];
  });
};

/** Programs that no unit runs: nothing here can change how they are started. */
const looseOf = ({ here }: Here): readonly Integration[] =>
  here.integrations.filter(
    ({ kind, unit, pid, container }) => kind !== "java" && unit === undefined && pid !== undefined && !container,
  );

export const appliesToServed = (facts: Here, answers: AnswerReader): true | string => {
  if (served(facts, answers).length > 0) return true;
  const [loose] = looseOf(facts);
  if (loose !== undefined) {
    return `${loose.id} runs outside any service (process ${loose.pid}): make it a systemd service first`;
  }
  return facts.here.integrations.some(({ container }) => container)
    ? "the integrations here run in containers, which their image and orchestrator configure"
    : "no integration runs here as a service";
};

/** Texts of the options in force, in the order in which the JVM reads them. */
export const optionTexts = ({ jvmOptions }: Integration): readonly string[] => jvmOptions.map(({ text }) => text);

/** The last option that begins so: the one that counts. */
export const lastOption = (integration: Integration, beginning: string): string | undefined =>
  optionTexts(integration).findLast((text) => text.startsWith(beginning));

const optionsEvidence = (integration: Integration) => ({
  asked: `options of the JVM of ${integration.id}: ${integration.pid === undefined ? "unit" : `/proc/${integration.pid}/cmdline`}, JDK_JAVA_OPTIONS, JAVA_TOOL_OPTIONS, _JAVA_OPTIONS`,
  answered: maskCommandLine(optionTexts(integration)).join(" ") || "none",
});

/** One finding about all integrations: what is wrong with each, by name. */
export const verdictOn = (
  all: readonly Served[],
  problemOf: (each: Served) => string | undefined,
  evidenceOf: (each: Served) => { readonly asked: string; readonly answered: string } = ({ integration }) =>
    optionsEvidence(integration),
): Verdict => {
  if (all.length === 0) return notApplicable("no integration runs here as a service");
  const evidence = all.map(evidenceOf);
  const problems = all.flatMap((each) => {
    const problem = problemOf(each);
    return problem === undefined ? [] : [`${each.integration.id}: ${problem}`];
  });
  return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
};

/** A name that StateDirectory= and LogsDirectory= take: the unit's, without what a path cannot hold. */
export const folderName = ({ unit }: Served): string =>
  unit.name.replace(/\.service$/u, "").replace(/[^A-Za-z0-9_.-]/gu, "-");
