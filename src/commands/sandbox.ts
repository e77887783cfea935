import { type Served, served } from "../../steps/runtime/jvm/served.ts";
import { answeredRung, sandboxRung, withRung } from "../../steps/runtime/sandbox/questions.ts";
import { ground, heightOf, rungs } from "../../steps/runtime/sandbox/rungs.ts";
import { heightNow } from "../../steps/runtime/sandbox/sandbox-unit.ts";
import { type Climbed, climb, type Trial } from "../core/climb.ts";
import { planFor } from "../core/judge.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { Answers } from "../model/plan.ts";
import { factOf } from "../model/probe.ts";
import { integrations } from "../probes/integrations.ts";
import { unitFiles } from "../probes/unit-files.ts";
import { eventLine } from "../reports/events.ts";
import { refusalLine } from "../reports/refusals.ts";
import type { Target } from "../targets/target.ts";
import { version } from "../version.ts";
import { isAboutWriting, rejectionReason } from "../workload/rejection.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { say } from "./output.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { type Interruption, type Opened, untilInterrupted } from "./with-session.ts";

type Options = OptionsOf<"sandbox">;

/**
 * Finds the highest rung of the sandbox ladder on which a service works. Every try is a transaction of its own, judged by its
 * health checks on the machine itself: a client that is killed leaves a service that works, on the last rung that did.
 */
export const run = (options: Options, streams: Streams): Promise<ExitCode> =>
  untilInterrupted({ ...options, controls: ["sandbox-unit"] }, streams, async (opened, interruption) => {
    const { reader, inspection, services, host } = await look(opened, options, streams);
    if (!inspection.rights.root)
      throw failure("refused", `${opened.session.label}: ${inspection.rights.reason}; nothing was changed`);
    const chosen = choose(services, options.arguments.unit);
    if (!options.yes) await demandConsent(host, chosen, streams);
    const lines: string[] = [];
    for (const each of chosen) {
      const now = heightNow(each, reader);
      lines.push(await climbOne(opened, options, streams, interruption, each, now));
    }
    streams.output.write(lines.map((line) => `${line}\n`).join(""));
    return exitCodes.fine;
  });

const look = async (opened: Opened, options: Options, streams: Streams) => {
  const inspected = await inspectMachine(opened, { ...options, controls: ["sandbox-unit"] }, streams);
  const { facts } = inspected.inspection;
  const here = factOf(facts, integrations);
  const units = factOf(facts, unitFiles);
  const services =
    here.state === "known" && units.state === "known"
      ? served({ here: here.value, units: units.value }, inspected.reader)
      : [];
  if (services.length === 0) {
    const why = [here, units].find(({ state }) => state !== "known");
    throw failure(
      "refused",
      `${opened.session.label}: ${why !== undefined && "reason" in why ? why.reason : "no integration runs here as a service"}; nothing was changed`,
    );
  }
  return { ...inspected, facts, services, host: inspected.inspection.host };
};

const choose = (services: readonly Served[], wanted: string | undefined): readonly Served[] => {
  if (wanted === undefined) return services.map(demandRunning);
  const name = wanted.includes(".") ? wanted : `${wanted}.service`;
  const found = services.filter(({ unit }) => unit.name === name);
  if (found.length > 0) return found.map(demandRunning);
  throw failure(
    "usage",
    `${name} is not among the integrations here: ${services.map(({ unit }) => unit.name).join(", ")}`,
  );
};

/** What does not answer before cannot show that it answers afterwards. */
const demandRunning = (each: Served): Served => {
  const { ActiveState: state } = each.unit.properties;
  if (state === "active") return each;
  throw failure("refused", `${each.unit.name} is ${state ?? "not running"}: start it first; nothing was changed`);
};

const demandConsent = async (
  { name }: { readonly name: string },
  chosen: readonly Served[],
  streams: Streams,
): Promise<void> => {
  const units = chosen.map(({ unit }) => unit.name).join(", ");
  if (!streams.input.isTTY)
    throw failure("usage", `there is no terminal to ask on: add --yes to restart ${units} once per try`);
  say(
    streams,
    `${units}: restarted once for each try, twice for one that fails (one try is enough for most, a handful for all)`,
  );
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type the host name to begin (${name})`, name)) return;
  throw failure("refused", "that is not the host's name: nothing was changed");
};

const rungAt = (height: number): string => rungs[height - 1]?.id ?? ground;

const climbOne = async (
  opened: Opened,
  options: Options,
  streams: Streams,
  interruption: Interruption,
  { unit }: Served,
  now: number,
): Promise<string> => {
  const tell = (line: string) => say(streams, line, `${unit.name}: `);
  tell(`stands on rung ${now} of ${rungs.length} (${rungAt(now)})`);
  const tryRung = async (height: number): Promise<Trial> => {
    tell(`trying rung ${height} (${rungAt(height)})`);
    return applyRung(opened, options, streams, interruption, unit.name, rungAt(height));
  };
  const climbed = await climb(now, rungs.length, tryRung);
  await remember(opened, options, streams, interruption, unit.name, climbed);
  return report(unit.name, climbed);
};

/** One transaction: the unit on this rung, or everything as it was. */
const applyRung = async (
  opened: Opened,
  options: Options,
  streams: Streams,
  interruption: Interruption,
  unit: string,
  rung: string,
): Promise<Trial> => {
  const { reader, choices, facts, inspection } = await look(opened, options, streams);
  const answers: Answers = {
    ...inspection.recorded,
    ...choices.answers,
    [sandboxRung.id]: withRung(reader.get(sandboxRung), unit, rung),
  };
  const { plan, refusals } = planFor(opened.steps, facts, answers, choices.excluded, version);
  if (refusals.length > 0) throw failure("refused", refusalLine(refusals));
  if (plan.changes.length === 0) return { works: true };
  if (plan.health.length === 0)
    throw failure(
      "refused",
      `nothing shows whether ${unit} works: start it, or name what it answers to (workload.health-path); nothing was changed`,
    );
  const started = await machineTime(opened.target);
  const outcome = await opened.session.apply(
    plan,
    {
      secrets: new Map(),
      confirmWithin: options.confirmWithin,
      signal: streams.signal,
      begun: (id) => {
        const status = drawbridgeCommand(["status"], options.target);
        interruption.line = `interrupted, but the machine ends ${id} by itself: ${unit} works on the new rung, or on the one before; see ${status}`;
      },
    },
    (event) => {
      const line = eventLine(event, plan);
      if (line !== undefined && (event.kind === "health" || event.kind === "error")) say(streams, line, "  ");
    },
  );
  interruption.line = `interrupted: ${unit} works on the last rung that was kept`;
  switch (outcome.state) {
    case "confirmed":
    case "pending":
      return { works: true };
    case "reverted": {
      const reason = await reasonOf(opened.target, unit, started, outcome.reason);
      return { works: false, reason, suspect: isAboutWriting(reason) ? heightOf("files") : undefined };
    }
    case "refused":
      throw failure("refused", `${outcome.reason}; nothing was changed`);
    case "failed":
      throw failure("notReverted", `${unit}: ${outcome.reason}`);
  }
};

/** A rung that was stood on already is written down as the answer; on every other the last try that worked did so. */
const remember = async (
  opened: Opened,
  options: Options,
  streams: Streams,
  interruption: Interruption,
  unit: string,
  { height }: Climbed,
): Promise<void> => {
  const { reader } = await look(opened, options, streams);
  if (answeredRung(reader, unit) === rungAt(height)) return;
  const trial = await applyRung(opened, options, streams, interruption, unit, rungAt(height));
  if (!trial.works) throw failure("reverted", `${unit}: ${trial.reason}`);
};

const report = (unit: string, { height, rejected, trials }: Climbed): string => {
  const tries = `${trials} ${trials === 1 ? "try" : "tries"}`;
  if (rejected === undefined)
    return `${unit}: on the top rung of ${rungs.length}${trials === 0 ? " already" : ` after ${tries}`}`;
  const rung = rungs[rejected.height - 1];
  return [
    `${unit}: kept on rung ${height} of ${rungs.length} (${rungAt(height)}) after ${tries}`,
    `  rejected: rung ${rejected.height} (${rung?.id}), which takes away ${rung?.takes}`,
    `  reason: ${rejected.reason}`,
  ].join("\n");
};

/** Seconds since 1970 on the machine's own clock. */
const machineTime = async (target: Target): Promise<number> => {
  const { stdout } = await target.run("date +%s", { rights: "best", timeoutSeconds: 20 });
  return Number(stdout.trim()) || 0;
};

const journal = `IFS= read -r unit; IFS= read -r since
journalctl --no-pager -q -o cat -u "$unit" --since "@$since" -n 600 2>/dev/null
journalctl --no-pager -q -o cat -k --since "@$since" -n 200 2>/dev/null | grep -F 'type=1326'
exit 0`;

/** The unit's own words and systemd's during the try; what the runtime said of it when they tell nothing. */
const reasonOf = async (target: Target, unit: string, since: number, otherwise: string): Promise<string> => {
  if (/[\n\r]/u.test(unit)) return otherwise;
  const { stdout } = await target.run(journal, {
    rights: "root",
    input: Buffer.from(`${unit}\n${since}\n`),
    timeoutSeconds: 30,
  });
  return rejectionReason(stdout) ?? otherwise;
};
