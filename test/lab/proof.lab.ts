/**
 * Every control on servers that were made as bad as it gets: fails before, passes after its own fix, plans nothing again, goes
 * back to the byte, and breaks no other; those that only find pass once a person mended what they name. What could be shown is
 * written to docs/proof.md, and so is what could not.
 *
 * It takes half an hour for each release, so it runs only on request: DRAWBRIDGE_LAB_PROOF=1; or "rest" (what is not shown yet),
 * "together" (the controls of a step in one transaction: a quarter of the time), or some controls by their ids, "hand" (those that
 * only find), "whole" (all at once), "page" (the page alone), separated by commas. DRAWBRIDGE_LAB_RELEASES names the release.
 * What belongs to a kernel, a clock and a boot loader is shown by test/lab/proof-machine.lab.ts ("machine").
 * docs/proof.json keeps what every run has seen, by release and with its date, as it goes; the page is made from it.
 */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lookFromOutside } from "../../src/commands/look-from-outside.ts";
import { openSession } from "../../src/commands/session.ts";
import { judge, planFor } from "../../src/core/judge.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Answers, Plan } from "../../src/model/plan.ts";
import type { Facts } from "../../src/model/probe.ts";
import type { Session } from "../../src/model/session.ts";
import { outside } from "../../src/probes/outside.ts";
import { openTarget } from "../../src/targets/open.ts";
import type { Target } from "../../src/targets/target.ts";
import { version } from "../../src/version.ts";
import { steps } from "../../steps/index.ts";
import { packageBookkeeping } from "./bad-server.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  movesByItself,
  openLab,
  releases,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";
import { type ByHand, type Deed, keepOf, pathsOf, type Variant } from "./proof/flaw.ts";
import { controls, ids, keepRows, noteFor, only, readKept, short, today, writePage } from "./proof/keep.ts";
import { good, isProved, page, type Row } from "./proof/page.ts";
import { type QuickTree, quickDifferences, quickTree } from "./proof/quick-tree.ts";
import { type Scene, scenes } from "./proof/scenes.ts";

const reason = labOrSkip();
const wish = process.env.DRAWBRIDGE_LAB_PROOF ?? "";
const words = wish.split(",");
const rest = words.includes("rest");
const together = words.includes("together");
const wishes = rest || together || /^(?:|1|yes)$/u.test(wish) ? undefined : words;
const release = releases[0] ?? "bookworm";
const year = "2027-06-30";

/** What a container, or one server without others, cannot show. */
const elsewhere: Readonly<Record<string, string>> = {
  "integrity-mandatory-access": "AppArmor and SELinux belong to the host's kernel",
  "kernel-address-layout": "kernel.* is read-only in a container; files are compared in test/lab/os-steps.lab.ts",
  "kernel-pointers": "kernel.* is read-only in a container",
  "kernel-ptrace": "kernel.* is read-only in a container",
  "kernel-bpf": "kernel.* is read-only in a container",
  "kernel-links": "fs.* is read-only in a container",
  "kernel-keyboard": "kernel.* is read-only in a container",
};

const vouchedText = `Operations; a ticket; ${year}`;
/** Questions that ask for somebody's word. */
const vouching = new Set(
  steps
    .flatMap(({ questions }) => questions)
    .filter((question) => question.remembered === false && question.schema.safeParse(vouchedText).success)
    .map(({ id }) => id as string),
);
const vouched = Object.fromEntries([...vouching].map((id) => [id, vouchedText]));
/** Controls that share one file of records: fixed together, in one transaction. */
const attestations = controls.flatMap(({ control }) => {
  return vouching.has(control.id.replace("-", ".")) || control.id === "tools-workstations"
    ? [control.id as string]
    : [];
});

const common: Answers = {
  ...vouched,
  "authentication.su-users": ["op"],
  "backups.repository": "/srv/backups",
  "backups.paths": ["/etc", "/opt"],
};

const note = noteFor(release);

const bookkeeping = [
  ...packageBookkeeping,
  "/var/lib/drawbridge",
  "/opt/orders/logs",
  "/srv/backups",
  "/var/lib/systemd",
  "/var/lib/private",
  "/etc/.pwd.lock",
];

const known = readKept();
const proven = (id: string): boolean => {
  const row = known[release]?.rows[id];
  return row !== undefined && isProved(row);
};

const slow = new Set(["integrity-aide"]);

/** What is fixed in one transaction: a control, or those that belong together. */
const casesOf = (scene: Scene): readonly Variant[] => {
  const hand = new Set(scenes.flatMap(({ byHand }) => byHand).map(({ control }) => control));
  const varied = new Set(scene.variants.flatMap(({ controls: some }) => some));
  const claimed = new Set(scenes.flatMap(({ controls: some = [] }) => some));
  const mine = controls.flatMap(({ step, control }) =>
    (claimed.has(control.id) ? scene.controls?.includes(control.id) : scene.steps.includes(step.id)) &&
    !hand.has(control.id) &&
    !varied.has(control.id)
      ? [control.id as string]
      : [],
  );
  const records = mine.filter((id) => attestations.includes(id));
  const others = mine.filter((id) => !records.includes(id));
  const stepOf = (id: string) => controls.find(({ control }) => control.id === id)?.step.id;
  const single: Variant[] = together
    ? [...Map.groupBy(others, (id) => (slow.has(id) ? id : stepOf(id))).values()].map((some) => ({ controls: some }))
    : others.map((id) => ({ controls: [id] }));
  const all = [...single, ...scene.variants, ...(records.length > 0 ? [{ controls: records }] : [])];
  // What takes minutes comes last.
  all.sort((a, b) => Number(a.controls.some((id) => slow.has(id))) - Number(b.controls.some((id) => slow.has(id))));
  if (rest) return all.filter(({ controls: some }) => !some.every(proven));
  return all.filter(({ controls: some }) => wishes === undefined || some.some((id) => wishes.includes(id)));
};
/** Those of one round are looked at together, so all of them are when one is wanted. */
const roundsOf = (scene: Scene): readonly (readonly [string, readonly ByHand[]])[] =>
  [...Map.groupBy(scene.byHand, ({ round = "all that is not in the way of each other" }) => round)].filter(
    ([, hands]) =>
      rest
        ? hands.some(({ control }) => !proven(control))
        : wishes === undefined || wishes.includes("hand") || hands.some(({ control }) => wishes.includes(control)),
  );
const wholeWished = (scene: Scene): boolean =>
  scene.whole &&
  (rest
    ? known[release]?.whole?.said.includes("planned again: nothing") !== true
    : (wishes?.includes("whole") ?? true));

for (const scene of scenes) {
  const cases = casesOf(scene);
  if (cases.length === 0 && roundsOf(scene).length === 0 && !wholeWished(scene)) continue;
  describe.skipIf(reason !== undefined)(
    `the proof on ${release}, ${scene.id}${reason ? ` (skipped: ${reason})` : ""}`,
    () => {
      let lab: Lab;
      let server: Server;
      let target: Target;
      let session: Session;
      let answers: Answers = {};
      let facts: Facts = new Map();
      let baseline: ReadonlyMap<string, Finding> = new Map();
      /** Of the disk before a fix: what the undo before it left. */
      let tree: QuickTree = new Map();
      let start: Awaited<ReturnType<typeof snapshotTree>> | undefined;

      const look = async (given: Answers = answers, fromOutside = false) => {
        const seen = await session.inspect(() => {}, given);
        const facts = fromOutside
          ? new Map(seen.facts).set(outside.id, await lookFromOutside(target, seen.facts))
          : seen.facts;
        // As every later run does: with the answers that the machine remembers.
        const settled: Answers = { ...seen.recorded, ...given };
        const { findings } = judge(steps, facts, settled);
        return {
          facts,
          settled,
          found: new Map(findings.map((finding) => [finding.controlId, finding])) as ReadonlyMap<string, Finding>,
        };
      };
      const planned = (
        wanted: readonly string[],
        known: Facts,
        given: Answers = answers,
      ): { plan: Plan; refused: string } => {
        const { plan, refusals } = planFor(only(wanted), known, given, {}, version);
        return { plan, refused: refusals.map((refusal) => refusal.reason).join("; ") };
      };
      const apply = async (
        plan: Plan,
        wanted: readonly string[],
      ): Promise<{ id: string; state: string; problem: string }> => {
        // What it is verified by asks only what these controls need.
        const narrow = openSession(
          target,
          only(wanted).filter((step) => step.controls.length > 0),
        );
        const options = { secrets: new Map<string, string>(), confirmWithin: 300 };
        const outcome = await narrow.apply(plan, options, () => {});
        const { transactionId: id, state } = outcome;
        if (state !== "pending")
          return { id, state, problem: state === "confirmed" ? "" : `${state}: ${outcome.reason}` };
        const confirmed = await narrow.confirm(id, plan);
        if (confirmed.confirmed) return { id, state: "confirmed", problem: "" };
        await narrow.undo(id, () => {});
        return { id, state: "reverted", problem: `no fresh login: ${confirmed.reason}` };
      };
      const picture = () => quickTree(server.root, [...movesByItself, ...bookkeeping]);
      const fullPicture = () => snapshotTree(server.root, { exclude: bookkeeping });
      /** Those that were well and are not: what a fix must not do to any other control. */
      const broken = (found: ReadonlyMap<string, Finding>, well = baseline): readonly string[] =>
        [...well].flatMap(([id, { result }]) => {
          const now = found.get(id);
          return good(result) && now?.result === "fail" ? [`${id} (${short(now.detail, 80)})`] : [];
        });
      const differences = async (): Promise<readonly string[]> => {
        const before = tree;
        tree = await picture();
        return quickDifferences(before, tree);
      };

      beforeAll(async () => {
        lab = await openLab();
        server = await lab.server({ release, flavour: scene.flavour, name: scene.id });
        answers = { ...common, ...(await scene.prepare(server)) };
        await keepOf(server).do(scene.flaws.flatMap(({ deeds }) => deeds));
        target = await openTarget({ kind: "ssh", name: server.name, sshConfig: lab.sshConfig(server, {}) }, false);
        session = openSession(target, steps);
        await scene.settled(server);
        ({ facts, found: baseline } = await look());
        tree = await picture();
        start = await fullPicture();
      }, 900_000);
      afterAll(async () => {
        await target?.close();
        await lab?.close();
      });

      const prove = async (one: Variant): Promise<readonly Row[]> => {
        if (one.flaw === undefined) return fixed(one);
        const shelf = keepOf(server);
        await shelf.do(one.flaw);
        tree = await picture();
        try {
          return await fixed({ ...one, answers: one.answers ?? {} });
        } finally {
          await shelf.putBack();
          if (one.clean !== undefined) await shelf.do(one.clean);
          await scene.settled(server);
          tree = await picture();
        }
      };
      const fixed = async ({
        controls: group,
        with: stands = [],
        answers: own,
        vanishes,
      }: Variant): Promise<readonly Row[]> => {
        const given = own === undefined ? answers : { ...answers, ...own };
        // Other answers, other findings, and now and then other facts.
        let start: { facts: Facts; found: typeof baseline } =
          own === undefined ? { facts, found: baseline } : await look(given);
        const rows = group.map((id): Row => {
          const first = start.found.get(id);
          const before = first?.result ?? "unknown";
          const note = before === "fail" ? "" : short(elsewhere[id] ?? first?.detail ?? "");
          return { id, kind: "fix", before, after: "", again: "", undone: "", broke: [], note, date: today };
        });
        const failing = rows.filter(({ before }) => before === "fail").map(({ id }) => id);
        if (failing.length === 0) return rows;
        const all = (more: (row: Row) => Partial<Row>): readonly Row[] =>
          rows.map((row) => (row.before === "fail" ? { ...row, ...more(row) } : row));
        const also = stands.filter((id) => !failing.includes(id));
        const wanted = [...failing, ...also];

        const attempt = async () => {
          const { plan, refused } = planned(wanted, start.facts, given);
          if (plan.changes.length === 0) return { plan, refused: "plans nothing by itself" };
          if (refused !== "") return { plan, refused: `refused: ${short(refused)}` };
          const applied = await apply(plan, wanted);
          return { plan, refused: applied.problem, applied };
        };
        let done = await attempt();
        if (done.applied?.state === "refused") {
          // What it was planned from may have moved since the first look.
          start = await look(given);
          if (own === undefined) facts = start.facts;
          done = await attempt();
        }
        const { applied } = done;
        if (applied === undefined)
          return all(({ id }) => ({
            note: `${done.refused}: ${short(elsewhere[id] ?? start.found.get(id)?.detail ?? "")}`,
          }));
        if (applied.state !== "confirmed") {
          const left = await differences();
          await scene.settled(server);
          return all(({ id }) => ({
            undone: left.length === 0 ? "yes" : "no",
            note: short(elsewhere[id] ?? [applied.problem, ...left].join("; "), 300),
          }));
        }
        // What goes on by itself after the apply (a first backup) gets its time.
        const now = await until(
          `an opinion on ${failing.join(", ")}`,
          async () => {
            const seen = await look(given);
            return failing.some((id) => seen.found.get(id)?.result === "unknown") ? undefined : seen;
          },
          { timeoutMs: 120_000, everyMs: 2000 },
        ).catch(() => look(given));
        const again = planned(wanted, now.facts, now.settled).plan.changes.map((change) =>
          "path" in change ? `${change.title} (${change.path})` : change.title,
        );
        const undone = await session.undo(applied.id, () => {});
        await scene.settled(server);
        const left = await differences();
        return all(({ id }) => ({
          after: now.found.get(id)?.result ?? "unknown",
          again: again.length === 0 ? "nothing" : short(again.join(", ")),
          undone: undone.state === "reverted" && left.length === 0 ? "yes" : "no",
          ...(vanishes && { vanishes }),
          broke: broken(now.found, start.found),
          note: short(
            [
              also.length === 0 ? "" : `with ${also.join(", ")}`,
              failing.length === 1
                ? ""
                : failing.length > 4
                  ? `in one transaction with ${failing.length - 1} others`
                  : `in one transaction with ${failing.filter((other) => other !== id).join(", ")}`,
              own === undefined || Object.keys(own).length === 0 ? "" : `answered: ${JSON.stringify(own)}`,
              good(now.found.get(id)?.result) ? "" : now.found.get(id)?.detail,
              undone.state === "reverted" ? "" : undone.reason,
              ...left.slice(0, 3),
            ]
              .filter(Boolean)
              .join("; "),
            300,
          ),
        }));
      };

      const keep = (rows: readonly Row[]): void => {
        note((seen) => keepRows(seen, rows));
      };

      if (cases.length > 0)
        test.each(cases.map((one) => ({ name: one.controls.join(", "), one })))("$name", async ({ one }) => {
          const rows = await prove(one);
          keep(rows);
          const shown = rows.filter(({ before, after }) => before === "fail" && after !== "");
          expect(shown.filter((row) => !isProved(row))).toEqual([]);
        }, 900_000);

      test.skipIf(cases.length === 0 || wishes !== undefined)(
        "nothing is left on the disk",
        async () => {
          const differing = start === undefined ? [] : compareTrees(start, await fullPicture());
          note((seen) => {
            seen.disks ??= {};
            seen.disks[scene.id] = {
              said: differing.length === 0 ? "the same" : short(differing.slice(0, 10).join("; "), 1000),
              date: today,
            };
          });
          expect(differing).toEqual([]);
        },
        300_000,
      );

      const shownByHand = async (byHand: readonly ByHand[]): Promise<readonly Row[]> => {
        const shelf = keepOf(server);
        const deeds = (of: (hand: ByHand) => readonly Deed[] | undefined): readonly Deed[] => [
          ...new Map(byHand.flatMap((hand) => of(hand) ?? []).map((deed) => [JSON.stringify(deed), deed])).values(),
        ];
        const merged = (of: (hand: ByHand) => Answers | undefined): Answers =>
          Object.assign({}, ...byHand.map((hand) => of(hand) ?? {}));
        const given = { ...answers, ...merged((hand) => hand.answers) };
        await shelf.do(deeds(({ flaw }) => flaw));
        await scene.settled(server);
        const fromOutside = byHand.some(({ outside: wanted }) => wanted);
        const before = await look(given, fromOutside);
        await shelf.putBack(
          byHand.flatMap(({ flaw = [], mend, mendAnswers }) =>
            mend === undefined && mendAnswers === undefined ? pathsOf(flaw) : [],
          ),
        );
        await shelf.do(deeds(({ mend }) => mend));
        await scene.settled(server);
        const after = await look({ ...given, ...merged((hand) => hand.mendAnswers) }, fromOutside);
        await shelf.putBack();
        for (const deed of deeds(({ clean }) => clean)) await shelf.do([deed]);
        tree = await picture();
        return byHand.map(({ control }): Row => {
          const was = before.found.get(control);
          const is = after.found.get(control);
          const said = was?.result === "fail" && !good(is?.result) ? is : was;
          return {
            id: control,
            kind: "hand",
            before: was?.result ?? "unknown",
            after: is?.result ?? "unknown",
            again: "",
            undone: "",
            broke: [],
            note: short(said?.detail ?? ""),
            date: today,
          };
        });
      };
      if (roundsOf(scene).length > 0)
        test.each(roundsOf(scene))(
          "what only finds, mended by hand: %s",
          async (_, byHand) => {
            const rows = await shownByHand(byHand);
            keep(rows);
            expect(rows.filter((row) => !isProved(row))).toEqual([]);
          },
          900_000,
        );

      test.skipIf(!wholeWished(scene))(
        "all of them at once break none that was well, and one run converges",
        async () => {
          const first = await look();
          const { plan, refused } = planned(ids, first.facts);
          expect(refused).toBe("");
          const applied = await apply(plan, ids);
          let said = `one apply of ${plan.changes.length} changes: ${applied.problem || "in force"}`;
          note((seen) => {
            seen.whole = { said, date: today };
          });
          expect(applied.problem).toBe("");
          const now = await look();
          const left = planned(ids, now.facts, now.settled).plan.changes.map((change) =>
            "path" in change ? `${change.title} (${change.path})` : change.title,
          );
          const broke = broken(now.found, first.found);
          const count = (result: string) =>
            [...now.found.values()].filter((finding) => finding.result === result).length;
          said += `, then ${count("pass")} pass, ${count("attested")} attested, ${count("fail")} fail, ${count("unknown")} unknown; went from pass to fail: ${broke.join(", ") || "none"}; planned again: ${left.join(", ") || "nothing"}`;
          note((seen) => {
            seen.whole = { said, date: today };
          });
          expect(broke).toEqual([]);
          expect(left).toEqual([]);
        },
        1_200_000,
      );
    },
  );
}

test("the page says what was kept", () => {
  writePage(readKept());
  expect(readFileSync("docs/proof.md", "utf8")).toBe(page(readKept(), ids));
});
