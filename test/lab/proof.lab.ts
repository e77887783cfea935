/**
 * Every control on one server that was made as bad as it gets: fails before, passes after its own fix, plans nothing again, goes
 * back to the byte, and breaks no other. What could be shown is written to docs/proof.md, and so is what could not.
 *
 * It takes an hour, so it runs only on request: DRAWBRIDGE_LAB_PROOF=1, or some controls by their ids, separated by commas ("whole":
 * all at once, "page": the page alone). docs/proof.json keeps what every run has seen, by release and with its date; the page is made from it.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSession } from "../../src/commands/session.ts";
import { judge, planFor } from "../../src/core/judge.ts";
import type { Finding } from "../../src/model/finding.ts";
import type { Answers, Plan } from "../../src/model/plan.ts";
import type { Facts } from "../../src/model/probe.ts";
import type { Session } from "../../src/model/session.ts";
import { openTarget } from "../../src/targets/open.ts";
import { version } from "../../src/version.ts";
import { steps } from "../../steps/index.ts";
import { neglect, packageBookkeeping } from "./bad-server.ts";
import { compareTrees, type Lab, labOrSkip, openLab, releases, type Server, snapshotTree } from "./harness/index.ts";
import { worstIntegration } from "./workload/index.ts";

const reason = labOrSkip();
const wish = process.env.DRAWBRIDGE_LAB_PROOF ?? "";
const wishes = /^(?:|1|yes)$/u.test(wish) ? undefined : wish.split(",");
const release = releases[0] ?? "bookworm";
const today = new Date().toISOString().slice(0, 10);
const year = "2027-06-30";

const controls = steps.flatMap((step) => step.controls.map((control) => ({ step, control })));

/** What a container, or one server without others, cannot show. */
const elsewhere: Readonly<Record<string, string>> = {
  "integrity-mandatory-access": "AppArmor and SELinux belong to the host's kernel",
  "kernel-address-layout": "kernel.* is read-only in a container; files are compared in test/lab/os-steps.lab.ts",
  "kernel-pointers": "kernel.* is read-only in a container",
  "kernel-ptrace": "kernel.* is read-only in a container",
  "kernel-bpf": "kernel.* is read-only in a container",
  "kernel-links": "fs.* is read-only in a container",
  "kernel-keyboard": "kernel.* is read-only in a container",
  "kernel-modules": "a container loads no modules",
  "open-ports-outside": "needs a look from outside: test/lab/firewall.lab.ts",
};

const admission = ["firewall-inbound-default-deny", "firewall-ssh", "ssh-port"];

/** What a control's own fix stands on: an account before its files, a ruleset before what is added to it. */
const companions: Readonly<Record<string, readonly string[]>> = {
  "service-user-files": ["service-user-account"],
  "service-user-unit": ["service-user-account", "service-user-files"],
  "firewall-inbound-default-deny": admission,
  "firewall-public-ports": admission,
  "firewall-cluster-peers": admission,
  "firewall-forwarding": admission,
  "firewall-log": admission,
  "firewall-at-boot": admission,
  "backups-recent": ["backups-scheduled"],
  "backups-restorable": ["backups-scheduled", "backups-recent"],
};

/** Attestations are answered, so that each can fail (not written down) and pass (attested). */
const vouched = Object.fromEntries(
  steps
    .flatMap(({ questions }) => questions)
    .filter(
      (question) => question.remembered === false && question.schema.safeParse(`Operations; a ticket; ${year}`).success,
    )
    .map(({ id }) => [id as string, `Operations; a ticket; ${year}`]),
);

const answersOf = (more: Answers): Answers => ({
  ...vouched,
  "authentication.su-users": ["op"],
  "backups.repository": "/srv/backups",
  "backups.paths": ["/etc", "/opt"],
  ...more,
});

type Row = {
  readonly id: string;
  readonly before: string;
  readonly after: string;
  readonly again: string;
  readonly undone: string;
  readonly broke: readonly string[];
  readonly note: string;
  readonly date: string;
};

/** By release. */
type Kept = Record<string, { rows: Record<string, Row>; whole?: { said: string; date: string } }>;

const keptFile = "docs/proof.json";
const kept: Kept = existsSync(keptFile) ? JSON.parse(readFileSync(keptFile, "utf8")) : {};
const ours = (): Kept[string] => {
  kept[release] ??= { rows: {} };
  return kept[release];
};

const bookkeeping = [
  ...packageBookkeeping,
  "/var/lib/drawbridge",
  "/opt/orders/logs",
  "/srv/backups",
  "/var/lib/systemd",
  "/etc/.pwd.lock",
];

const short = (text: string, length = 160): string => {
  const line = text.replaceAll(/[\n|]+/gu, " ").trim();
  return line.length > length ? `${line.slice(0, length - 1)}…` : line;
};

const good = (result: string | undefined): boolean => result === "pass" || result === "attested";

describe.skipIf(reason !== undefined)(`the proof on ${release}${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;
  let session: Session;
  let answers: Answers = {};
  let facts: Facts = new Map();
  /** Of the disk before a fix: what the undo before it left. */
  let tree: Awaited<ReturnType<typeof snapshotTree>> | undefined;
  let baseline: ReadonlyMap<string, Finding> = new Map();

  const look = async (): Promise<{ facts: Facts; found: ReadonlyMap<string, Finding> }> => {
    const seen = await session.inspect(() => {}, answers);
    const { findings } = judge(steps, seen.facts, answers);
    return { facts: seen.facts, found: new Map(findings.map((finding) => [finding.controlId, finding])) };
  };
  const only = (id: string | undefined) =>
    steps.map((step) => ({
      ...step,
      controls: step.controls.filter(
        (control) => id === undefined || control.id === id || companions[id]?.includes(control.id) === true,
      ),
    }));
  const planned = (id: string | undefined, known: Facts): { plan: Plan; refused: string } => {
    const { plan, refusals } = planFor(only(id), known, answers, {}, version);
    return { plan, refused: refusals.map((refusal) => refusal.reason).join("; ") };
  };
  const apply = async (plan: Plan): Promise<{ id: string; problem: string }> => {
    const options = { secrets: new Map<string, string>(), confirmWithin: 300 };
    const outcome = await session.apply(plan, options, () => {});
    if (outcome.state === "pending") {
      const confirmed = await session.confirm(outcome.transactionId, plan);
      if (!confirmed.confirmed) {
        await session.undo(outcome.transactionId, () => {});
        return { id: outcome.transactionId, problem: `no fresh login: ${confirmed.reason}` };
      }
      return { id: outcome.transactionId, problem: "" };
    }
    return {
      id: outcome.transactionId,
      problem: outcome.state === "confirmed" ? "" : `${outcome.state}: ${outcome.reason}`,
    };
  };
  const picture = () => snapshotTree(server.root, { exclude: bookkeeping });
  /** Those that were well and are not: what a fix must not do to any other control. */
  const broken = (found: ReadonlyMap<string, Finding>): readonly string[] =>
    [...baseline].flatMap(([id, { result }]) => {
      const now = found.get(id);
      return good(result) && now?.result === "fail" ? [`${id} (${short(now.detail, 80)})`] : [];
    });

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy", name: "worst" });
    const worst = await worstIntegration(server, await lab.server({ release, flavour: "proxy", name: "stock" }));
    await neglect(server);
    answers = answersOf({ "endpoints.control-plane-certificate": worst.controlPlaneCertificate });
    const target = await openTarget({ kind: "ssh", name: server.name, sshConfig: lab.sshConfig(server, {}) }, false);
    session = openSession(target, steps);
    ({ facts, found: baseline } = await look());
  }, 900_000);
  afterAll(async () => {
    write();
    await session?.close();
    await lab?.close();
  });

  const differences = async (start: NonNullable<typeof tree>): Promise<readonly string[]> => {
    tree = await picture();
    return compareTrees(start, tree);
  };

  const prove = async (id: string): Promise<Row> => {
    const first = baseline.get(id);
    const before = first?.result ?? "unknown";
    const row: Row = { id, before, after: "", again: "", undone: "", broke: [], note: "", date: today };
    if (before !== "fail") return { ...row, note: short(elsewhere[id] ?? first?.detail ?? "") };
    const { plan, refused } = planned(id, facts);
    if (plan.changes.length === 0)
      return { ...row, note: `plans nothing by itself: ${short(elsewhere[id] ?? first?.detail ?? "")}` };
    if (refused !== "") return { ...row, note: `refused: ${short(refused)}` };
    const start = tree ?? (await picture());
    const applied = await apply(plan);
    if (applied.problem !== "")
      return {
        ...row,
        undone: (await differences(start)).length === 0 ? "yes" : "no",
        note: short(elsewhere[id] ?? applied.problem),
      };
    let now = await look();
    // What goes on by itself after the apply (a first backup) gets its time.
    for (let waited = 0; now.found.get(id)?.result === "unknown" && waited < 60; waited += 1) {
      await sleep(2000);
      now = await look();
    }
    const again = planned(id, now.facts).plan.changes.map(({ title }) => title);
    const undone = await session.undo(applied.id, () => {});
    const differing = await differences(start);
    return {
      ...row,
      after: now.found.get(id)?.result ?? "unknown",
      again: again.length === 0 ? "nothing" : short(again.join(", ")),
      undone: undone.state === "reverted" && differing.length === 0 ? "yes" : "no",
      broke: broken(now.found),
      note: short(
        [
          companions[id] === undefined ? "" : `with ${companions[id].join(", ")}`,
          undone.state === "reverted" ? "" : undone.reason,
          ...differing.slice(0, 3),
        ]
          .filter(Boolean)
          .join("; "),
      ),
    };
  };

  const chosen = controls.map(({ control }) => control.id).filter((id) => wishes?.includes(id) ?? true);

  test.each(chosen)("%s", async (id) => {
    const row = await prove(id);
    ours().rows[id] = row;
    write();
    expect(row.broke).toEqual([]);
    if (row.before !== "fail" || row.after === "") return;
    expect({ after: good(row.after), again: row.again, undone: row.undone }, row.note).toEqual({
      after: true,
      again: "nothing",
      undone: "yes",
    });
  }, 600_000);

  test.skipIf(!(wishes?.includes("whole") ?? true))(
    "all of them at once break none that was well, and one run converges",
    async () => {
      const { plan, refused } = planned(undefined, (await look()).facts);
      expect(refused).toBe("");
      const applied = await apply(plan);
      let said = `one apply of ${plan.changes.length} changes: ${applied.problem || "in force"}`;
      ours().whole = { said, date: today };
      write();
      expect(applied.problem).toBe("");
      const now = await look();
      const left = planned(undefined, now.facts).plan.changes.map(({ title }) => title);
      const broke = broken(now.found);
      const count = (result: string) => [...now.found.values()].filter((finding) => finding.result === result).length;
      said += `, then ${count("pass")} pass, ${count("attested")} attested, ${count("fail")} fail, ${count("unknown")} unknown; went from pass to fail: ${broke.join(", ") || "none"}; planned again: ${left.join(", ") || "nothing"}`;
      ours().whole = { said, date: today };
      write();
      expect(broke).toEqual([]);
      expect(left).toEqual([]);
    },
    1_200_000,
  );
});

const isProved = (row: Row): boolean =>
  row.before === "fail" && good(row.after) && row.again === "nothing" && row.undone === "yes" && row.broke.length === 0;

const line = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** What was seen on one release. */
const section = (name: string, { rows, whole }: Kept[string]): readonly string[] => {
  const all = controls.map(({ control }) => ({ id: control.id as string, row: rows[control.id] }));
  const tried = all.flatMap(({ row }) => (row === undefined ? [] : [row]));
  const proved = tried.filter(isProved);
  const passing = tried.filter((row) => row.before !== "fail");
  const others = tried.filter((row) => row.before === "fail" && !isProved(row));
  const untried = all.filter(({ row }) => row === undefined).map(({ id }) => `\`${id}\``);
  return [
    `## Debian ${name}`,
    "",
    `${proved.length} of ${all.length} controls are proved so; ${tried.length} were tried, of which ${passing.length} had nothing to mend on this server.`,
    `All at once: ${whole === undefined ? "not tried" : `${whole.said} (${whole.date})`}.`,
    "",
    "### Proved",
    "",
    line("control", "before", "after", "planned again", "undone", "broke", "note", "date"),
    "|---|---|---|---|---|---|---|---|",
    ...proved.map(({ id, before, after, again, undone, note, date }) =>
      line(`\`${id}\``, before, after, again, undone, "none", note, date),
    ),
    "",
    "### Failing, and not mended or not shown in full",
    "",
    line("control", "before", "after", "planned again", "undone", "why", "date"),
    "|---|---|---|---|---|---|---|",
    ...others.map(({ id, before, after, again, undone, broke, note, date }) =>
      line(
        `\`${id}\``,
        before,
        after,
        again,
        undone,
        [broke.length === 0 ? "" : `broke ${broke.join(", ")}`, note].filter(Boolean).join("; "),
        date,
      ),
    ),
    "",
    "### Not failing on this server",
    "",
    "Their own tests (test/steps, test/lab) make each of them fail; here nothing was there to mend.",
    "",
    line("control", "here", "why", "date"),
    "|---|---|---|---|",
    ...passing.map(({ id, before, note, date }) => line(`\`${id}\``, before, note, date)),
    "",
    "### Not tried yet",
    "",
    untried.length === 0 ? "None." : untried.join(", "),
    "",
  ];
};

/** The page, from what was seen. */
const page = (seen: Kept): string =>
  `${[
    "# Proof",
    "",
    "Written by `test/lab/proof.lab.ts` (`DRAWBRIDGE_LAB_PROOF=1`), from lab servers with the worst integration of the runtime tests and what the",
    "tests of the OS add to it. Each control was fixed by itself: it failed before, passes after, plans nothing again, undo put every byte back (the",
    "disk without package managers' books and programs' own logs), and nothing that passed before its fix failed after it.",
    "",
    ...Object.entries(seen).flatMap(([name, about]) => section(name, about)),
  ].join("\n")}`;

const write = (): void => {
  writeFileSync(keptFile, `${JSON.stringify(kept, null, 2)}\n`);
  writeFileSync("docs/proof.md", page(kept));
};

test("the page says what was kept", () => {
  write();
  expect(readFileSync("docs/proof.md", "utf8")).toBe(page(kept));
});
