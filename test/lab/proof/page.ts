/** What was seen, and the page that is made from it. */

export type Row = {
  readonly id: string;
  /** `fix`: its own fix mended it. `hand`: a person's deed did, because it only finds. */
  readonly kind?: "fix" | "hand";
  readonly before: string;
  readonly after: string;
  readonly again: string;
  readonly undone: string;
  readonly broke: readonly string[];
  /** On a machine with a kernel of its own, in an emulator. */
  readonly machine?: true;
  /** What it judged is gone once it is fixed. */
  readonly vanishes?: true;
  readonly note: string;
  readonly date: string;
};

type Seen = {
  rows: Record<string, Row>;
  whole?: { said: string; date: string };
  /** By server: what a full comparison of the disk says after every fix was made and taken back. */
  disks?: Record<string, { said: string; date: string }>;
};

/** By release. */
export type Kept = Record<string, Seen>;

export const good = (result: string | undefined): boolean => result === "pass" || result === "attested";

export const isProved = (row: Row): boolean =>
  row.before === "fail" &&
  (good(row.after) || (row.vanishes === true && row.after === "notapplicable")) &&
  row.broke.length === 0 &&
  (row.kind === "hand" || (row.again === "nothing" && row.undone === "yes"));

const line = (...cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0
    ? ["None.", ""]
    : [line(...head), `|${"---|".repeat(head.length)}`, ...rows.map((cells) => line(...cells)), ""];

const section = (name: string, { rows, whole, disks = {} }: Seen, ids: readonly string[]): readonly string[] => {
  const tried = ids.flatMap((id) => rows[id] ?? []);
  const proved = tried.filter(isProved);
  const fixed = proved.filter(({ kind }) => kind !== "hand");
  const found = proved.filter(({ kind }) => kind === "hand");
  const others = tried.filter((row) => row.before === "fail" && !isProved(row));
  const passing = tried.filter((row) => row.before !== "fail");
  const owned = proved.filter(({ machine }) => machine === true);
  const untried = ids.filter((id) => rows[id] === undefined).map((id) => `\`${id}\``);
  return [
    `## Debian ${name}`,
    "",
    `${proved.length} of ${ids.length} controls are shown: ${fixed.length} by their own fix, ${found.length} that only find${owned.length === 0 ? "" : `; ${owned.length} of these on a machine with a kernel of its own`}. ${others.length} fail and were not shown to pass, ${passing.length} did not fail here, ${untried.length} were not tried.`,
    "",
    `All at once: ${whole === undefined ? "not tried" : `${whole.said} (${whole.date})`}.`,
    "",
    ...Object.entries(disks).flatMap(([server, { said, date }]) => [
      `The disk of the server "${server}" after all fixes were made and taken back, with contents, ACLs and attributes: ${said} (${date}).`,
      "",
    ]),
    "### By their own fix",
    "",
    ...table(
      ["control", "before", "after", "planned again", "undone", "broke", "note", "date"],
      fixed.map(({ id, before, after, again, undone, note, date }) => [
        `\`${id}\``,
        before,
        after,
        again,
        undone,
        "none",
        note,
        date,
      ]),
    ),
    "### By a person's deed",
    "",
    "These only find, or need a person's word: each failed with the flaw, and passes once a person mended what it names.",
    "",
    ...table(
      ["control", "with the flaw", "mended", "what it said", "date"],
      found.map(({ id, before, after, note, date }) => [`\`${id}\``, before, after, note, date]),
    ),
    "### Failing, and not mended or not shown in full",
    "",
    ...table(
      ["control", "before", "after", "planned again", "undone", "why", "date"],
      others.map(({ id, before, after, again, undone, broke, note, date }) => [
        `\`${id}\``,
        before,
        after,
        again,
        undone,
        [broke.length === 0 ? "" : `broke ${broke.join(", ")}`, note].filter(Boolean).join("; "),
        date,
      ]),
    ),
    "### Not failing on these servers",
    "",
    "Their own tests (test/steps, test/lab) make each of them fail; here nothing was there to mend.",
    "",
    ...table(
      ["control", "here", "why", "date"],
      passing.map(({ id, before, note, date }) => [`\`${id}\``, before, note, date]),
    ),
    "### Not tried yet",
    "",
    untried.length === 0 ? "None." : untried.join(", "),
    "",
  ];
};

/** The page, from what was seen. `ids`: every control there is, in the order of the walk. */
export const page = (kept: Kept, ids: readonly string[]): string =>
  `${[
    "# Proof",
    "",
    "Written by `test/lab/proof.lab.ts` (`DRAWBRIDGE_LAB_PROOF=1`), from lab servers that were made as bad as it gets (`test/lab/proof/`).",
    "Each fix was made by itself, or together with what its note names: the control failed before, passes after, plans nothing again, and nothing that",
    "passed before its fix failed after it. Undone means that every path of the disk has its kind, size, owner, mode and time again (without package",
    "managers' books and programs' own logs); contents, ACLs and attributes are compared once for each server, after the last fix.",
    "What belongs to a kernel, a clock or a boot loader is shown on a machine with a kernel of its own, in an emulator (`test/lab/machine/`), by",
    "`test/lab/proof-machine.lab.ts` (`DRAWBRIDGE_LAB_PROOF=machine`); the note says so, and what became of it over a restart.",
    "",
    ...Object.entries(kept).flatMap(([name, seen]) => section(name, seen, ids)),
  ].join("\n")}`;
