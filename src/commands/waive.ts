import { steps as registeredSteps } from "../../steps/index.ts";
import { planOfRecord } from "../core/assemble-plan.ts";
import { nearest } from "../core/nearest.ts";
import { isOverdue, waiverChanges } from "../core/waivers.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { failure } from "../failure.ts";
import type { Finding } from "../model/finding.ts";
import type { Plan } from "../model/plan.ts";
import { factOf } from "../model/probe.ts";
import { type Waiver, type Waivers, waivers } from "../probes/waivers.ts";
import { eventLine } from "../reports/events.ts";
import { documentText } from "../reports/json.ts";
import { singleLines } from "../reports/printable.ts";
import { planText } from "../reports/text.ts";
import { version } from "../version.ts";
import { inspectMachine } from "./inspect-machine.ts";
import type { OptionsOf } from "./options.ts";
import { deliver, say, textStyle } from "./output.ts";
import type { Streams } from "./streams.ts";
import { drawbridgeCommand } from "./target-words.ts";
import { type Opened, untilInterrupted } from "./with-session.ts";

type Options = OptionsOf<"waive">;

/** Lists what is waived on a machine, or changes one waiver in a transaction of its own. */
export const run = (options: Options, streams: Streams): Promise<ExitCode> => {
  demandSense(options);
  return untilInterrupted(options, streams, async (opened) => {
    const inspected = await inspectMachine(opened, options, streams);
    const { facts, host, rights, recorded } = inspected.inspection;
    const fact = factOf(facts, waivers);
    if (fact.state !== "known")
      throw failure("refused", `${opened.session.label}: ${fact.reason}; nothing was changed`);
    const id = options.arguments.control;
    if (id === undefined) {
      deliver(listing(host, fact.value, inspected.findings, null, options), undefined, streams);
      return exitCodes.fine;
    }
    if (!rights.root) throw failure("refused", `${opened.session.label}: ${rights.reason}; nothing was changed`);
    const wanted = options.remove ? undefined : wantedWaiver(options, fact.value);
    demandKnown(id, fact.value, wanted);
    const changes = waiverChanges(fact.value, id, wanted);
    if (changes.length === 0) {
      const text = options.remove ? `${id} is not waived` : `${id} is waived so already`;
      deliver(
        options.format === "json"
          ? listing(host, fact.value, inspected.findings, null, options)
          : `${host.name}: ${text}\n`,
        undefined,
        streams,
      );
      return exitCodes.fine;
    }
    // The machine's policy is left as it was recorded: a waiver answers no question.
    const plan = planOfRecord(changes, { host, version, answers: recorded, excluded: inspected.inspection.excluded });
    if (!options.yes) await demandHostName(plan, streams);
    const transactionId = await applyRecord(opened, plan, options, streams);
    const { [id]: _, ...others } = fact.value.records;
    const now = { ...fact.value, records: wanted === undefined ? others : { ...others, [id]: wanted } };
    if (options.format === "json") {
      deliver(listing(host, now, inspected.findings, transactionId, options), undefined, streams);
    } else {
      const undo = drawbridgeCommand(["undo", transactionId], options.target);
      const said = wanted === undefined ? `${id} is waived no longer` : `${id} is waived until ${wanted.until}`;
      streams.output.write(`${host.name}: ${said}\nUndo: ${undo}\n`);
    }
    return exitCodes.fine;
  });
};

const demandSense = ({ arguments: { control }, reason, owner, until, remove, yes }: Options): void => {
  const given = reason !== undefined || owner !== undefined || until !== undefined;
  if (control === undefined) {
    if (given || remove) throw failure("usage", "waive what? name a control; drawbridge list shows them");
    return;
  }
  if (remove && given) throw failure("usage", "--remove takes a waiver away: leave out --reason, --owner and --until");
  if (!remove && (reason === undefined || owner === undefined || until === undefined)) {
    throw failure("usage", "a waiver wants --reason, --owner and --until, so that somebody answers for it until a day");
  }
  if (!yes && !process.stdin.isTTY) throw failure("usage", "there is no terminal to ask on: add --yes");
};

const wantedWaiver = (
  { reason = "", owner = "", until = "", arguments: { control } }: Options,
  { today, records }: Waivers,
): Waiver => {
  if (until < today) throw failure("usage", `--until ${until} is past: name a day from ${today} on`);
  const recorded = Object.hasOwn(records, control ?? "") ? records[control ?? ""] : undefined;
  const same = recorded?.reason === reason && recorded.owner === owner && recorded.until === until;
  return same ? recorded : { reason, owner, waived: today, until };
};

/** One that an older version wrote down can still be removed. */
const demandKnown = (id: string, { records }: Waivers, wanted: Waiver | undefined): void => {
  const ids = registeredSteps.flatMap(({ controls }) => controls.map((control) => control.id as string));
  if (ids.includes(id) || (wanted === undefined && Object.hasOwn(records, id))) return;
  throw failure("usage", `there is no control ${id}${nearest(id, ids) || "; drawbridge list shows them"}`);
};

const demandHostName = async (plan: Plan, streams: Streams): Promise<void> => {
  streams.error.write(planText(plan, [], textStyle(streams)));
  const { askToType } = await import("../plain/prompts.ts");
  if (await askToType(`Type the host name to write this down (${plan.host.name})`, plan.host.name)) return;
  throw failure("refused", "that is not the host's name: nothing was changed");
};

const applyRecord = async (
  { session }: Opened,
  plan: Plan,
  { confirmWithin }: Options,
  streams: Streams,
): Promise<string> => {
  const { transactionId, state, reason } = await session.apply(plan, { secrets: new Map(), confirmWithin }, (event) => {
    const line = eventLine(event, plan);
    if (line !== undefined && event.kind === "error") say(streams, line);
  });
  if (state === "confirmed") return transactionId;
  if (state === "refused") throw failure("refused", `${reason}; nothing was changed`);
  throw failure(state === "reverted" ? "reverted" : "notReverted", reason);
};

const listing = (
  host: Plan["host"],
  { today, records }: Waivers,
  findings: readonly Finding[],
  transactionId: string | null,
  { format }: Options,
): string => {
  const seen = new Map(findings.map(({ controlId, result, waiver }) => [controlId, waiver?.found ?? result]));
  const rows = Object.entries(records)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([controlId, record]) => ({
      controlId,
      owner: record.owner,
      reason: record.reason,
      waived: record.waived,
      until: record.until,
      overdue: isOverdue(record, today),
      found: seen.get(controlId) ?? null,
    }));
  if (format === "json") return documentText("waive", { host, transactionId, waivers: rows });
  if (rows.length === 0) return `${host.name}: nothing is waived\n`;
  return `${singleLines(rows)
    .map(
      ({ controlId, owner, reason, until, overdue, found }) =>
        `${controlId}  ${overdue ? `ran out on ${until}` : `until ${until}`}  ${owner}: ${reason}  (now: ${found ?? "not known to this version"})`,
    )
    .join("\n")}\n`;
};
