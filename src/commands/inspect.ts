import { score } from "../core/score.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { severities } from "../model/finding.ts";
import { documentText } from "../reports/json.ts";
import { rightsBody } from "../reports/rights.ts";
import { inspectionText } from "../reports/text.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, sayRights, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"inspect">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const { inspection, findings } = await inspectMachine(opened, options, streams);
    const { host, rights, durationMs } = inspection;
    if (options.format === "json") {
      const about = { host, rights: rightsBody(rights), durationMs, score: score(findings) };
      deliver(documentText("inspect", { ...about, findings: [...findings] }), options.output, streams);
    } else deliver(inspectionText({ host, findings, rights, durationMs }, textStyle(streams)), options.output, streams);
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
