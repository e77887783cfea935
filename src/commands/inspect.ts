import { score } from "../core/score.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { severities } from "../model/finding.ts";
import { fullAnswerHint, inspectionText } from "../reports/text.ts";
import { version } from "../version.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, json, say, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { withSession } from "./with-session.ts";

export const run = (options: OptionsOf<"inspect">, streams: Streams): Promise<ExitCode> =>
  withSession(options, streams, async (opened) => {
    const { inspection, findings } = await inspectMachine(opened, options, streams);
    const { host, rights, durationMs } = inspection;
    if (options.format === "json") {
      const tool = { name: "drawbridge", version };
      deliver(json({ tool, host, durationMs, score: score(findings), findings }), options.output, streams);
      if (!rights.root) say(streams, `drawbridge: ${rights.reason}. ${fullAnswerHint(rights)}`);
    } else deliver(inspectionText({ host, findings, rights, durationMs }, textStyle(streams)), options.output, streams);
    const { failOn } = options;
    if (failOn === "none") return exitCodes.fine;
    const serious = findings.some(
      ({ result, severity }) => result === "fail" && severities.indexOf(severity) <= severities.indexOf(failOn),
    );
    return serious ? exitCodes.findings : exitCodes.fine;
  });
