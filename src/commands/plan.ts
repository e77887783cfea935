import { counted } from "../core/wizard/words.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { Finding } from "../model/finding.ts";
import { documentText, jsonText } from "../reports/json.ts";
import { rightsBody } from "../reports/rights.ts";
import { planText } from "../reports/text.ts";
import { planMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say, sayRights, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";

export const run = (options: OptionsOf<"plan">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const { inspection, findings, plan, refusals } = await planMachine(opened, options, streams);
    const { rights } = inspection;
    if (options.output !== undefined) {
      // A file that is to be applied later is the plan alone, whatever the screen shows.
      deliver(jsonText(plan), options.output, streams);
      say(
        streams,
        `${plan.host.name}: plan ${plan.id} with ${counted(plan.changes.length, "change")} saved to ${options.output}`,
      );
    } else if (options.format === "json") {
      const { schemaVersion, tool, ...body } = plan;
      deliver(
        documentText("plan", { ...body, refusals: [...refusals], rights: rightsBody(rights), ...waivedIn(findings) }),
        undefined,
        streams,
      );
    } else deliver(planText(plan, refusals, textStyle(streams), findings), undefined, streams);
    if (options.output !== undefined || options.format === "json") {
      for (const { reason, remedy } of refusals) say(streams, `drawbridge: apply would refuse: ${reason}; ${remedy}`);
    }
    sayRights(streams, rights);
    return exitCodes.fine;
  });

const waivedIn = (findings: readonly Finding[]) => {
  const waived = findings.flatMap(({ controlId, waiver }) =>
    waiver === undefined ? [] : [{ controlId, owner: waiver.owner, reason: waiver.reason, until: waiver.until }],
  );
  return waived.length === 0 ? {} : { waived };
};
