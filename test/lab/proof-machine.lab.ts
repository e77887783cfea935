/**
 * The proof (proof.lab.ts) of what a container cannot show: on a machine with a kernel, a boot loader and a disk of its own, in an
 * emulator (test/lab/machine). It fails before, passes after, plans nothing again, and undo restores; what takes effect at a restart is
 * looked at again after one. Half an hour on an idle machine, so it runs only on request: DRAWBRIDGE_LAB_PROOF=machine, or with some
 * turns by a word of their names ("machine,AppArmor"). DRAWBRIDGE_LAB_MACHINE: the ssh configuration of one that is up already
 * (test/lab/machine/command.ts prints it). The rows go to docs/proof.json and docs/proof.md.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSession } from "../../src/commands/session.ts";
import { judge, planFor } from "../../src/core/judge.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Answers, Plan } from "../../src/model/plan.ts";
import type { Facts } from "../../src/model/probe.ts";
import type { Session } from "../../src/model/session.ts";
import type { Step } from "../../src/model/step.ts";
import { openTarget } from "../../src/targets/open.ts";
import type { Target } from "../../src/targets/target.ts";
import { version } from "../../src/version.ts";
import { steps } from "../../steps/index.ts";
import { packageBookkeeping } from "./bad-server.ts";
import { type Lab, labOrSkip, movesByItself, openLab, releases, until } from "./harness/index.ts";
import { type Machine, machineAt, nameIn } from "./machine/login.ts";
import { startMachine } from "./machine/start.ts";
import { keepOf } from "./proof/flaw.ts";
import { keepRows, noteFor, only, short, today } from "./proof/keep.ts";
import { machineAnswers, machineByHand, makeMachine, shelf, type Turn, turns } from "./proof/machine.ts";
import { good, isProved, type Row } from "./proof/page.ts";
import { type QuickTree, quickDifferences } from "./proof/quick-tree.ts";

const reason = labOrSkip();
const words = (process.env.DRAWBRIDGE_LAB_PROOF ?? "").split(",").filter((word) => word !== "machine");
const release = releases[0] ?? "bookworm";
const note = noteFor(release);
const wanted = turns.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
const byHand = words.length === 0 || words.includes("hand");
const minutes = 60_000;

/** What packages and programs write in their own books, and what a start of the machine writes by itself. */
const left = [
  ...movesByItself,
  ...packageBookkeeping,
  "/var/lib/drawbridge",
  "/var/lib/systemd",
  "/var/lib/private",
  "/var/lib/dhcp",
  "/etc/resolv.conf",
  "/etc/.pwd.lock",
];
/** Whose contents, ACLs and attributes are compared in the end. */
const read = ["/etc", "/boot", "/usr/local", "/opt", "/srv", "/root", "/home"];
const unread = /(?:\/etc\/(?:resolv\.conf|(?:passwd|group|shadow|gshadow)-))$/u;

describe.skipIf(reason !== undefined)(
  `the proof on ${release}, on a machine of its own${reason ? `: ${reason}` : ""}`,
  () => {
    let lab: Lab | undefined;
    let machine: Machine;
    let target: Target | undefined;
    let session: Session;
    let begun: readonly string[] = [];
    let tree: QuickTree = new Map();
    const off = Promise.withResolvers<void>();

    const connect = async (): Promise<void> => {
      await target?.close();
      // A login takes its time in there.
      target = await until(
        "a login",
        () =>
          openTarget({ kind: "ssh", name: machine.name, sshConfig: machine.sshConfig }, false).catch(() => undefined),
        { timeoutMs: 5 * minutes, everyMs: 5000 },
      );
      session = openSession(target, steps);
    };
    const reached = (): Target => {
      if (target === undefined) throw new Error("no login to the machine");
      return target;
    };
    const restart = async (): Promise<void> => {
      await machine.restart();
      await connect();
    };
    const look = async (given: Answers, over: readonly Step[] = steps) => {
      const seen = await openSession(reached(), over).inspect(() => {}, given);
      const settled: Answers = { ...seen.recorded, ...given };
      const { findings } = judge(over, seen.facts, settled);
      const found: ReadonlyMap<string, Finding> = new Map(findings.map((finding) => [finding.controlId, finding]));
      return { facts: seen.facts, settled, found };
    };
    const planned = (some: readonly string[], facts: Facts, given: Answers) =>
      planFor(only(some), facts, given, {}, version);
    const titles = ({ changes }: Plan): readonly string[] =>
      changes.map((change) => ("path" in change ? `${change.title} (${change.path})` : change.title));
    const overRestart = (finding: Finding | undefined): string =>
      `${finding?.result} (${short(finding?.evidence[0]?.answered ?? "", 60)})`;
    const broken = (found: ReadonlyMap<string, Finding>, well: ReadonlyMap<string, Finding>): readonly string[] =>
      [...well].flatMap(([id, { result }]) => {
        const now = found.get(id);
        return good(result) && now?.result === "fail" ? [`${id} (${short(now.detail, 80)})`] : [];
      });
    const differences = async (): Promise<readonly string[]> => quickDifferences(tree, await machine.tree(left));

    beforeAll(async () => {
      const given = process.env.DRAWBRIDGE_LAB_MACHINE;
      if (given === undefined) {
        lab = await openLab();
        const started = await startMachine(lab, release, off.promise, (text) =>
          process.stderr.write(`machine: ${text}\n`),
        );
        machine = machineAt(started.name, started.sshConfig("op"));
      } else machine = machineAt(await nameIn(given), given);
      await makeMachine(machine);
      await connect();
      if (words.length === 0) begun = await machine.contents(read);
    }, 30 * minutes);
    afterAll(async () => {
      off.resolve();
      await target?.close();
      await machine?.close();
      await lab?.close();
    });

    const shown = async ({ controls, with: stands = [], answers = {}, restarts }: Turn): Promise<readonly Row[]> => {
      const given = { ...machineAnswers, ...answers };
      const first = await look(given);
      const rows = controls.map((id): Row => {
        const before = first.found.get(id)?.result ?? "unknown";
        const text = before === "fail" ? "" : short(first.found.get(id)?.detail ?? "");
        return {
          id,
          kind: "fix",
          machine: true,
          before,
          after: "",
          again: "",
          undone: "",
          broke: [],
          note: text,
          date: today,
        };
      });
      const failing = controls.filter((id) => first.found.get(id)?.result === "fail");
      const all = (more: Partial<Row> | ((row: Row) => Partial<Row>)): readonly Row[] =>
        rows.map((row) =>
          row.before === "fail" ? { ...row, ...(typeof more === "function" ? more(row) : more) } : row,
        );
      if (failing.length === 0) return rows;
      const some = [...failing, ...stands];
      const { plan, refusals } = planned(some, first.facts, given);
      if (plan.changes.length === 0 || refusals.length > 0)
        return all({ note: short(refusals.map((refusal) => refusal.reason).join("; ") || "plans nothing by itself") });
      const narrowed = only(some).filter((step) => step.controls.length > 0);
      const narrow = openSession(reached(), narrowed);
      const applied = await narrow.apply(plan, { secrets: new Map(), confirmWithin: 600 }, () => {});
      const id = applied.transactionId;
      if (applied.state !== "pending" && applied.state !== "confirmed")
        return all({ note: short(`${applied.state}: ${applied.reason}; ${(await differences()).join("; ")}`, 300) });
      if (applied.state === "pending") {
        const confirmed = await narrow.confirm(id, plan);
        if (!confirmed.confirmed) {
          await narrow.undo(id, () => {});
          return all({ note: short(`no fresh login: ${confirmed.reason}`, 300) });
        }
      }
      const looks = [await look(given)];
      if (restarts) {
        await restart();
        looks.push(await look(given));
      }
      const again = looks.flatMap(({ facts, settled }) => titles(planned(some, facts, settled).plan));
      const said: string[] = [];
      const undone = await session.undo(id, () => {});
      said.push(
        restarts
          ? `after a restart: ${failing.map((each) => overRestart(looks.at(-1)?.found.get(each))).join(", ")}, taken back: ${undone.state}${undone.reason && ` (${undone.reason})`}`
          : undone.reason,
      );
      let ended = undone;
      if (restarts) {
        await restart();
        ended = await session.undo(id, () => {});
        said.push(`after another restart: ${ended.state}${ended.reason && ` (${ended.reason})`}`);
      }
      const differing = await differences();
      const live = await look(given, narrowed);
      // What a container cannot tell: the kernel itself is as it was.
      const still = failing.filter((each) => live.found.get(each)?.result !== "fail");
      return all(({ id: control }) => {
        const results = looks.map(({ found }) => found.get(control)?.result ?? "unknown");
        return {
          after: results.find((result) => !good(result)) ?? results[0] ?? "unknown",
          again: again.length === 0 ? "nothing" : short(again.join(", ")),
          undone: ended.state === "reverted" && differing.length === 0 && still.length === 0 ? "yes" : "no",
          broke: [...new Set(looks.flatMap(({ found }) => broken(found, first.found)))],
          note: short(
            [
              "own kernel",
              some.length === 1 ? "" : `in one transaction with ${some.length - 1} others`,
              Object.keys(answers).length === 0 ? "" : `answered: ${JSON.stringify(answers)}`,
              ...results.map((result, at) => (good(result) ? "" : looks[at]?.found.get(control)?.detail)),
              still.length === 0 ? "" : `still not failing: ${still.join(", ")}`,
              ...differing.slice(0, 3),
              ...said,
            ]
              .filter(Boolean)
              .join("; "),
            400,
          ),
        };
      });
    };

    test.each(wanted.map((turn) => ({ name: turn.name, turn })))(
      "$name",
      async ({ turn }) => {
        const desk = keepOf(machine, shelf);
        await desk.do(turn.flaw ?? []);
        tree = await machine.tree(left);
        const rows = await shown(turn);
        note((seen) => keepRows(seen, rows));
        await desk.putBack();
        await desk.do(turn.clean ?? []);
        expect(rows.filter((row) => !isProved(row))).toEqual([]);
      },
      60 * minutes,
    );

    test.skipIf(words.length > 0)(
      "nothing is left on the disk",
      async () => {
        const before = new Set(begun);
        const now = await machine.contents(read);
        const after = new Set(now);
        const differing = [
          ...now.filter((line) => !before.has(line)),
          ...begun.filter((line) => !after.has(line)),
        ].filter((line) => !unread.test(line));
        note((seen) => {
          seen.disks ??= {};
          seen.disks.machine = {
            said:
              differing.length === 0 ? `the same (${read.join(", ")})` : short(differing.slice(0, 10).join("; "), 1000),
            date: today,
          };
        });
        expect(differing).toEqual([]);
      },
      10 * minutes,
    );

    test.skipIf(!byHand)(
      "what only finds, mended by hand, and over a restart",
      async () => {
        const desk = keepOf(machine, shelf);
        const given: Answers = Object.assign({}, machineAnswers, ...machineByHand.map(({ answers }) => answers ?? {}));
        await desk.do(machineByHand.flatMap(({ flaw = [] }) => flaw));
        // In the first ten minutes nobody says that a clock has no servers.
        await until(
          "a machine that was up for some minutes",
          async () => (Number((await machine.must(["cat", "/proc/uptime"])).split(" ")[0]) > 610 ? true : undefined),
          { timeoutMs: 15 * minutes, everyMs: 10_000 },
        );
        const before = await look(given);
        await desk.do(machineByHand.flatMap(({ mend = [] }) => mend));
        await restart();
        await until(
          "the clock's server",
          async () =>
            (await machine.exec(["test", "-e", "/run/systemd/timesync/synchronized"])).exitCode === 0
              ? true
              : undefined,
          { timeoutMs: 5 * minutes, everyMs: 5000 },
        ).catch(() => {});
        const after = await look(given);
        const rows = machineByHand.map(({ control }): Row => {
          const was = before.found.get(control);
          const is = after.found.get(control);
          const said = was?.result === "fail" && !good(is?.result) ? is : was;
          return {
            id: control,
            kind: "hand",
            machine: true,
            before: was?.result ?? "unknown",
            after: is?.result ?? "unknown",
            again: "",
            undone: "",
            broke: [],
            note: short(`own kernel, mended over a restart; ${said?.detail ?? ""}`, 300),
            date: today,
          };
        });
        note((seen) => keepRows(seen, rows));
        expect(rows.filter((row) => !isProved(row))).toEqual([]);
      },
      60 * minutes,
    );
  },
);
