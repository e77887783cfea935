import { pictureOf } from "../core/pictures.ts";
import { score } from "../core/score.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { knownValue } from "../model/fact.ts";
import { severities } from "../model/finding.ts";
import { type Facts, factOf } from "../model/probe.ts";
import { integrations } from "../probes/integrations.ts";
import { documentText } from "../reports/json.ts";
import { rightsBody } from "../reports/rights.ts";
import { inspectionText } from "../reports/text.ts";
import { hostPicture } from "../workload/picture.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, sayRights, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"inspect">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const { inspection, findings } = await inspectMachine(opened, options, streams, true);
    const { host, rights, durationMs } = inspection;
    if (options.format === "json") {
      const about = { host, rights: rightsBody(rights), durationMs, score: score(findings) };
      const seen = whatRunsHere(inspection.facts);
      deliver(documentText("inspect", { ...about, findings: [...findings], ...seen }), options.output, streams);
    } else {
      const pictures = opened.steps.map((step) => ({ title: step.title, lines: pictureOf(inspection.facts, step) }));
      const inspected = { host, findings, rights, durationMs, pictures };
      deliver(inspectionText(inspected, textStyle(streams)), options.output, streams);
    }
    // The text says it itself; a document or a file may not be looked at for days.
    if (options.format === "json" || options.output !== undefined) sayRights(streams, rights);
    const { failOn } = options;
    if (failOn === "none") return exitCodes.fine;
    const serious = findings.some(
      ({ result, severity }) =>
        (result === "fail" || result === "error") && severities.indexOf(severity) <= severities.indexOf(failOn),
    );
    return serious ? exitCodes.findings : exitCodes.fine;
  });

const whatRunsHere = (facts: Facts) => {
  const here = knownValue(factOf(facts, integrations));
  return here === undefined ? {} : { whatRunsHere: hostPicture(here) };
};
