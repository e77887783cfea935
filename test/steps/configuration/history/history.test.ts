import { describe, expect, test } from "vitest";
import { type LogDeed, nextEntry, noEntry } from "../../../../src/configuration/audit-log.ts";
import { missingLines } from "../../../../src/configuration/machine-log.ts";
import { sha256 } from "../../../../src/core/assemble-plan.ts";
import { known } from "../../../../src/model/fact.ts";
import { acceptedPath, changeHistory, readChangeHistory } from "../../../../src/probes/change-history.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { history } from "../../../../steps/configuration/history/index.ts";
import { whatRunsHere } from "../../integration-fixture.ts";
import { configured } from "../../runtime/secrets-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

const path = "/opt/orders/Config.toml";
const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** What the probe's script prints for one transaction. */
const transaction = (id: string, state: string, change: string, before = "absent", record = "a".repeat(64)): string =>
  [
    `@transaction ${id}`,
    `record ${record}`,
    `require\t${path}\t${before}`,
    change,
    `state\tstaged\t${"c".repeat(64)}\t2026-11-22T10:00:00Z`,
    `built\t0001\t${sha256("built\n")}`,
    `state\t${state}\t2026-11-22T10:00:05Z`,
    "",
  ].join("\n");
const wrote = (text: string): string => `change\t0001\tfile\t${path}\t0640\troot\torders\t${sha256(text)}`;
const accepted = (text: string): string =>
  `@accepted regular file|600|root|root\n${base64(`${JSON.stringify({ schemaVersion: 1, files: [{ path, sha256: sha256(text) }] })}`)}\n`;

const facts = (now: string, printed: string) =>
  factsOf(
    [integrations, known(whatRunsHere([configured({ [path]: now })]))],
    [changeHistory, known(readChangeHistory(`${printed}@over\n`))],
  );

describe("history-recorded", () => {
  const verdict = (now: string, printed: string) => settle([history], facts(now, printed)).results["history-recorded"];

  test("what a transaction in force has written is on record; what was undone is not", () => {
    expect(verdict("x = 1\n", transaction("1", "confirmed", wrote("x = 1\n")))).toBe("pass");
    expect(verdict("x = 2\n", transaction("1", "confirmed", wrote("x = 1\n")))).toBe("fail");
    expect(verdict("x = 1\n", transaction("1", "reverted", wrote("x = 1\n")))).toBe("fail");
    expect(
      verdict("built\n", transaction("1", "pending", `change\t0001\tfile\t${path}\t0640\troot\torders\tparts`)),
    ).toBe("pass");
    const later = transaction("1", "confirmed", wrote("x = 1\n")) + transaction("2", "confirmed", wrote("x = 2\n"));
    expect(verdict("x = 2\n", later)).toBe("pass");
  });

  test("what nobody has recorded is recorded once, and then an edit is found until it is taken over", () => {
    const first = settle([history], facts("x = 1\n", ""));
    expect(first.details["history-recorded"]).toBe(`never recorded: ${path}`);
    const written = first.changes.find((change) => "path" in change && change.path === acceptedPath);
    if (written?.kind !== "file") throw new Error("nothing is written");
    expect(written.after).toMatchObject({ mode: "0600", owner: "root" });
    const there = `@accepted regular file|600|root|root\n${base64(written.after.content)}\n`;
    const own = transaction(
      "1",
      "confirmed",
      `change\t0001\tfile\t${acceptedPath}\t0600\troot\troot\t${sha256(written.after.content)}`,
    );
    const after = settle([history], facts("x = 1\n", there + own));
    expect(after.results["history-recorded"]).toBe("pass");
    expect(after.changes).toEqual([]);

    const edited = settle([history], facts("x = 2\n", there + own));
    expect(edited.details["history-recorded"]).toBe(`changed by other means since the last record: ${path}`);
    expect(edited.changes).toEqual([]);
    const answer = { "history.accept": [`${path}@${sha256("x = 2\n").slice(0, 12)}`] };
    const taken = settle([history], facts("x = 2\n", there + own), answer);
    expect(taken.problems).toEqual([]);
    expect(
      taken.changes.some((change) => change.kind === "file" && change.after.content.includes(sha256("x = 2\n"))),
    ).toBe(true);
    // It names the very content: the next edit is asked about again.
    expect(settle([history], facts("x = 3\n", there + own), answer).changes).toEqual([]);
  });

  test("a change of the same transaction counts over what it found", () => {
    const both = `${transaction("1", "pending", `change\t0002\tfile\t${acceptedPath}\t0600\troot\troot\t${"b".repeat(64)}`).trimEnd()}\n${wrote("x = 2\n")}\n`;
    expect(verdict("x = 2\n", accepted("x = 1\n") + both)).toBe("pass");
  });

  test("a record that is not ours to read is unknown", () => {
    expect(verdict("x = 1\n", `@accepted regular file|600|root|root\n${base64("{}")}\n`)).toBe("unknown");
    expect(verdict("x = 1\n", "@accepted symbolic link|777|root|root\n")).toBe("unknown");
  });
});

describe("history-intact", () => {
  const deed: LogDeed = {
    when: "2026-11-22T10:00:05Z",
    who: "amara@deploy",
    what: "applied",
    id: "1",
    from: "drawbridge 0.1.0",
    to: "app01",
    rollback: "drawbridge undo 1",
    files: [],
    record: "a".repeat(64),
  };
  const { line, head } = nextEntry({ entries: 0, hash: noEntry }, deed);
  const logged = (text: string) => `@log\n${base64(text)}\n@head\n${base64(JSON.stringify(head))}\n`;
  const verdict = (printed: string) => {
    const { results, details } = settle([history], facts("x = 1\n", printed));
    return `${results["history-intact"]} ${details["history-intact"]}`.trim();
  };

  test("a log that holds passes, one that was edited or contradicts the transaction's records does not", () => {
    expect(verdict(logged(line) + transaction("1", "confirmed", wrote("x = 1\n")))).toBe("pass");
    expect(verdict(logged(line.replace("amara", "nobody")))).toContain(
      "fail line 1: it was changed after it was written",
    );
    expect(verdict(logged(line) + transaction("1", "confirmed", wrote("x = 1\n"), "absent", "d".repeat(64)))).toContain(
      "fail entry 1: the records of 1 were changed since",
    );
    expect(verdict("")).toContain("notapplicable");
  });

  test("what the log does not say yet is added in order, with the way back", () => {
    const read = readChangeHistory(
      `${logged(line)}${transaction("1", "reverted", wrote("x = 1\n"))}${transaction("2", "confirmed", wrote("x = 2\n"), sha256("x = 1\n"))}${transaction("3", "committing", wrote("x = 3\n"))}@over\n`,
    );
    const missing = missingLines(read, { who: "amara@deploy", id: "2", host: "app01", tool: "drawbridge 0.1.0" });
    const entries = (missing?.lines ?? "")
      .trim()
      .split("\n")
      .map((each) => JSON.parse(each));
    expect(entries).toMatchObject([
      { sequence: 2, what: "undone", id: "1", rollback: "", who: expect.stringContaining("not known") },
      {
        sequence: 3,
        what: "applied",
        id: "2",
        who: "amara@deploy",
        rollback: "drawbridge undo 2",
        files: [{ path, before: sha256("x = 1\n"), after: sha256("x = 2\n") }],
      },
    ]);
    const again = readChangeHistory(
      `${logged(line + (missing?.lines ?? ""))}${transaction("1", "reverted", wrote("x = 1\n"))}${transaction("2", "confirmed", wrote("x = 2\n"))}@over\n`,
    );
    expect(missingLines(again, { who: "", id: undefined, host: "", tool: "" })).toBeUndefined();
  });
});
