import { describe, expect, test } from "vitest";
import { onTerminal } from "./terminal-process.ts";

const limit = 30_000;

describe.each(["dumb", "xterm"])("a single question outside the wizard, TERM=%s", (TERM) => {
  test(
    "takes a secret with slips of the finger, and the word itself",
    async () => {
      const terminal = onTerminal("ask-on-terminal.ts", { TERM });
      await terminal.until("sudo's password on app01: ");
      terminal.type("nonsense\u0015wörx\u007fd 3\u007f\u001b[D2\r");
      await terminal.answer("Type the host name to apply (app01): ", "app02\u007f1");
      await terminal.until("RESULT [6,true,true]");
      expect(await terminal.exit).toBe(0);
      expect(terminal.output()).not.toMatch(/wö|nonsense/u);
      expect(terminal.output()).not.toContain("\u001b");
    },
    limit,
  );

  test(
    "another word is another word",
    async () => {
      const terminal = onTerminal("ask-on-terminal.ts", { TERM });
      await terminal.answer("sudo's password on app01: ", "wörd 2");
      await terminal.answer("Type the host name to apply (app01): ", "app02");
      await terminal.until("RESULT [6,true,false]");
      expect(await terminal.exit).toBe(0);
    },
    limit,
  );

  test(
    "Ctrl-C ends either of them with 130",
    async () => {
      const secret = onTerminal("ask-on-terminal.ts", { TERM });
      await secret.until("sudo's password on app01: ");
      secret.type("abc\u0003");
      await secret.until("interrupted; nothing was changed by this prompt");
      expect(await secret.exit).toBe(130);

      const word = onTerminal("ask-on-terminal.ts", { TERM });
      await word.answer("sudo's password on app01: ", "");
      await word.until("Type the host name to apply (app01): ");
      word.type("app\u0003");
      await word.until("interrupted; nothing was changed by this prompt");
      expect(await word.exit).toBe(130);
    },
    limit,
  );
});
