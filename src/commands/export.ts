import { template } from "../embedded/templates.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import { refusalLine } from "../reports/refusals.ts";
import { planMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import { bundlePlan } from "./session.ts";
import type { Streams } from "./streams.ts";
import { untilInterrupted } from "./with-session.ts";
import { writeFolder } from "./write-folder.ts";

/** The plan with its runtime in a folder: `sh FOLDER/apply` needs nothing but sh, on the one machine it was made for. */
export const run = (options: OptionsOf<"export">, streams: Streams): Promise<ExitCode> =>
  untilInterrupted(options, streams, async (opened) => {
    const { plan, refusals } = await planMachine(opened, options, streams);
    if (plan.changes.length === 0)
      throw failure("refused", `${plan.host.name}: nothing to do, so there is nothing to export`);
    if (refusals.length > 0) {
      throw failure("refused", refusalLine(refusals));
    }
    const { files } = bundlePlan(plan, `export-${plan.id}`, options.confirmWithin, new Map());
    writeFolder(options.arguments.directory, [
      ...[...files].map(([path, content]) => ({ path, content, mode: "0600" })),
      { path: "apply", content: template("transaction/apply.sh"), mode: "0700" },
    ]);
    say(
      streams,
      `written for ${plan.host.name}: read it, copy the folder there, and run as root: sh ${options.arguments.directory}/apply`,
    );
    return exitCodes.fine;
  });
