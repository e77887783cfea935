/** The wizard on a screen of a given size, driven by keys. */
import { stripVTControlCharacters } from "node:util";
import { render } from "ink-testing-library";
import { runEffects, type WizardCallbacks, type WizardRunner } from "../../src/commands/wizard-effects.ts";
import { initialState, type WizardStart } from "../../src/core/wizard.ts";
import type { Session } from "../../src/model/session.ts";
import { App } from "../../src/ui/app.tsx";
import type { Size } from "../../src/ui/frame.tsx";
import { type Theme, themes } from "../../src/ui/theme.ts";
import { fakeSession, steps } from "../core/wizard-fixture.ts";

export const keys = {
  up: "\u001b[A",
  down: "\u001b[B",
  right: "\u001b[C",
  left: "\u001b[D",
  enter: "\r",
  escape: "\u001b",
  tab: "\t",
  space: " ",
  backspace: "\u007f",
  pageDown: "\u001b[6~",
  pageUp: "\u001b[5~",
  interrupt: "\u0003",
  endOfText: "\u0004",
} as const;

export type Stage = {
  readonly runner: WizardRunner;
  /** The screen as text, without colours, without blanks at the ends of rows. */
  readonly screen: () => string;
  /** One key after the other, each once the one before shows. */
  readonly press: (...pressed: readonly string[]) => Promise<void>;
  /** Letters that arrive together, as from a quick typist or a slow line. */
  readonly type: (text: string) => Promise<void>;
  readonly paste: (text: string) => Promise<void>;
  /** Waits until the screen says so. */
  readonly shows: (text: string | RegExp) => Promise<void>;
  readonly unmount: () => void;
};

/** Lets timers, promises and React finish what a key began. */
const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
};

export const stage = (
  options: {
    readonly size?: Size;
    readonly session?: Session | null;
    readonly theme?: Theme;
    readonly callbacks?: Partial<WizardCallbacks>;
    readonly start?: Partial<WizardStart>;
  } = {},
): Stage => {
  const { size = { columns: 80, rows: 24 }, session = fakeSession(), theme = themes.unicode } = options;
  const runner = runEffects({
    initial: initialState({
      setting: {
        steps,
        version: "0.1.0",
        target: session === null ? null : { label: session.label, kind: session.kind },
        targetOptions: session?.kind === "ssh" ? ["--host", "op@app01.example.net"] : [],
        confirmWithin: 120,
      },
      now: 0,
      ...options.start,
    }),
    session,
    callbacks: {
      savePlan: async (_, path) => path,
      saveAnswers: async (_, path) => path,
      writeFiles: async ({ directory }) => [`${directory}/etc/ssh/sshd_config.d/00-drawbridge.conf`],
      ...options.callbacks,
    },
    now: () => 0,
  });
  const { lastFrame, stdin, unmount } = render(<App runner={runner} theme={theme} size={size} />);
  const screen = (): string =>
    stripVTControlCharacters(lastFrame() ?? "")
      .split("\n")
      .map((row) => row.trimEnd())
      .join("\n")
      .trimEnd();
  const shows = async (text: string | RegExp): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) {
      if (typeof text === "string" ? screen().includes(text) : text.test(screen())) return;
      await settle();
    }
    throw new Error(`the screen never says ${text}:\n${screen()}`);
  };
  return {
    runner,
    screen,
    shows,
    press: async (...pressed) => {
      for (const key of pressed) {
        await settle();
        stdin.write(key);
        await settle();
        // A lone escape is told from the beginning of a sequence by time.
        if (key === keys.escape) await new Promise((resolve) => setTimeout(resolve, 60));
      }
    },
    type: async (text) => {
      await settle();
      stdin.write(text);
      await settle();
    },
    paste: async (text) => {
      stdin.write(`\u001b[200~${text}\u001b[201~`);
      await settle();
    },
    unmount,
  };
};
