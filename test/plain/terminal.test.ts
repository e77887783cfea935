import { describe, expect, test } from "vitest";
import { onTerminal } from "./terminal-process.ts";

const limit = 30_000;

describe("the plain wizard in a terminal that can do nothing", () => {
  test(
    "leads from the entry menu to a confirmed apply",
    async () => {
      const terminal = onTerminal("on-terminal.ts");
      await terminal.answer("Number, or Enter for 1: ", "");
      await terminal.answer("Number of a step, or Enter for 1: ", "");
      await terminal.answer("Your answer, or Enter for 5: ", "6\u007f4");
      await terminal.until("Taken. Dial: 4");
      await terminal.answer("Number of a step, or Enter for 1: ", "");
      await terminal.answer("kinds.confirm?", "2");
      await terminal.until("Taken. kinds.confirm: no");
      await terminal.answer("Number, or Enter for 2: ", "low");
      await terminal.answer("Numbers, or Enter for 1: ", "1 2");
      await terminal.answer("1 to type it, or Enter to go on: ", "1");
      await terminal.answer("kinds.secret, or Enter to go back: ", "open\u007fr sesame");
      await terminal.answer("The same again: ", "oper sesame");
      await terminal.answer("First entry, or Enter for 10.0.0.1: ", "10.0.0.2");
      await terminal.answer("Entry 2, or Enter to end: ", "10.0.0.3");
      await terminal.answer("Entry 3, or Enter to end: ", "");
      await terminal.until("Taken. kinds.list: 10.0.0.2, 10.0.0.3");
      await terminal.answer("First line, or Enter for what is proposed: ", "");
      await terminal.answer("Enter to apply, or a number to see a change, x and a number to leave it out: ", "1");
      await terminal.until("+ 4");
      await terminal.answer("Enter to apply, or a number to see a change, x and a number to leave it out: ", "");
      await terminal.answer("Enter alone goes back, nothing changed: ", "app02");
      await terminal.until("Not taken: that is not the name of this host: app01.");
      await terminal.answer("Enter alone goes back, nothing changed: ", "app01");
      await terminal.until("Revert armed");
      await terminal.answer("Enter to keep these changes, u to undo them now: ", "");
      await terminal.until("app01: 7 changes kept, verified by a second inspection.");
      await terminal.answer("Enter to leave, u to undo everything, b for the hub: ", "");
      await terminal.until('CALLS ["inspect","apply 7 within 120","confirm 20261122-0731","inspect"]');
      expect(await terminal.exit).toBe(0);
      expect(terminal.output()).not.toMatch(/sesame/u);
      expect(terminal.output()).toContain("kinds.secret, or Enter to go back: ****\b \b********");
      // Nothing is drawn over: no escape sequence, and the only thing taken back is what the terminal itself erases.
      expect(terminal.output()).not.toContain("\u001b");
      expect(terminal.output()).toMatch(/^[\x20-\x7e\r\n\b]*$/u);
      const rows = terminal.output().split("\r\n");
      expect(rows.filter((row) => row.length > 80 && !/^CALLS|drawbridge/u.test(row))).toEqual([]);
      expect(rows.filter((row) => row.startsWith("app01: 7 changes kept"))).toHaveLength(1);
    },
    limit,
  );

  test(
    "Ctrl-C at a question ends with 130 and says that nothing was changed",
    async () => {
      const terminal = onTerminal("on-terminal.ts");
      await terminal.answer("Number, or Enter for 1: ", "2");
      await terminal.answer("Number, or Enter for 6, w to walk on: ", "");
      await terminal.until("Where should the dial stand?");
      await terminal.until("Enter for 5: ");
      terminal.type("\u0003");
      await terminal.until("app01: nothing was changed.");
      expect(await terminal.exit).toBe(130);
    },
    limit,
  );

  test(
    "Ctrl-C while a secret is typed ends with 130 as well",
    async () => {
      const terminal = onTerminal("on-terminal.ts");
      await terminal.answer("Number, or Enter for 1: ", "1");
      await terminal.answer("Number of a step, or Enter for 1: ", "/kinds.secret");
      await terminal.answer("Number, or other words to search for, or Enter to go back: ", "1");
      await terminal.answer("1 to type it, or Enter to go on: ", "1");
      await terminal.until("kinds.secret, or Enter to go back: ");
      terminal.type("abc\u0003");
      await terminal.until("app01: nothing was changed.");
      expect(await terminal.exit).toBe(130);
    },
    limit,
  );

  test(
    "Ctrl-C while the revert is armed says what happens now",
    async () => {
      const terminal = onTerminal("on-terminal.ts");
      await terminal.answer("Number, or Enter for 1: ", "1");
      await terminal.answer("Number of a step, or Enter for 1: ", "r");
      await terminal.answer("leave it out: ", "");
      await terminal.answer("nothing changed: ", "app01");
      await terminal.until("Enter to keep these changes, u to undo them now: ");
      terminal.type("\u0003");
      await terminal.until("app01: the changes go back in");
      await terminal.until("sudo sh /var/lib/drawbridge/transactions/20261122-0731/confirm");
      expect(await terminal.exit).toBe(130);
    },
    limit,
  );

  test(
    "the end of the input ends it like Ctrl-C",
    async () => {
      const terminal = onTerminal("on-terminal.ts");
      await terminal.until("Number, or Enter for 1: ");
      terminal.type("\u0004");
      await terminal.until("nothing was changed.");
      expect(await terminal.exit).toBe(130);
    },
    limit,
  );
});
