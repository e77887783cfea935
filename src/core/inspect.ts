import type { AnyControl } from "../model/control.ts";
import { type Finding, results, severities, type Verdict } from "../model/finding.ts";
import type { Facts } from "../model/probe.ts";
import type { AnswerReader } from "../model/question.ts";
import type { Step } from "../model/step.ts";
import { satisfy } from "./needs.ts";
import { withWaiver } from "./waivers.ts";

/** One control against one machine, as its own waivers have it. */
export const inspectControl = (step: Step, control: AnyControl, facts: Facts, answers: AnswerReader): Finding =>
  withWaiver(seenBy(step, control, facts, answers), facts);

/** Ignorance stays ignorance: an unknown fact makes an unknown finding. */
const seenBy = (step: Step, control: AnyControl, facts: Facts, answers: AnswerReader): Finding => {
  const finding = (verdict: Verdict | { result: "error"; detail: string; evidence: [] }): Finding => ({
    controlId: control.id,
    guideline: [...control.guideline],
    category: step.category,
    step: step.id,
    title: verdict.result === "fail" ? control.failing : control.title,
    severity: control.severity,
    result: verdict.result,
    detail: verdict.detail,
    evidence: [...verdict.evidence],
    references: [...control.references],
  });
  const needs = satisfy(facts, control.needs);
  if (needs.state !== "known") {
    const result = needs.state === "absent" ? "notapplicable" : "unknown";
    return finding({ result, detail: needs.reason, evidence: [] });
  }
  try {
    const applies = control.applies?.(needs.facts, answers) ?? true;
    return finding(
      applies === true
        ? control.inspect(needs.facts, answers)
        : { result: "notapplicable", detail: applies, evidence: [] },
    );
  } catch (error) {
    return finding({ result: "error", detail: error instanceof Error ? error.message : String(error), evidence: [] });
  }
};

export const inspectSteps = (steps: readonly Step[], facts: Facts, answers: AnswerReader): readonly Finding[] =>
  steps.flatMap((step) => step.controls.map((control) => inspectControl(step, control, facts, answers)));

/** A control that was left out of the plan with a reason is neither a failure nor a pass. */
export const waive = (finding: Finding, excluded: Readonly<Record<string, string>>): Finding => {
  const reason = excluded[finding.controlId];
  const open = finding.result === "fail" || finding.result === "unknown" || finding.result === "error";
  return reason !== undefined && open ? { ...finding, result: "waived", detail: reason } : finding;
};

/** Most urgent first: by result (fail, unknown, …), then severity, then the order of the walk. */
export const byUrgency = (findings: readonly Finding[]): readonly Finding[] =>
  findings
    .map((finding, order) => ({ finding, order }))
    .sort(
      (a, b) =>
        results.indexOf(a.finding.result) - results.indexOf(b.finding.result) ||
        severities.indexOf(a.finding.severity) - severities.indexOf(b.finding.severity) ||
        a.order - b.order,
    )
    .map(({ finding }) => finding);
