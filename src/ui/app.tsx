import { useAnimation, useApp, useInput, usePaste, useWindowSize } from "ink";
import { useEffect, useSyncExternalStore } from "react";
import type { WizardRunner } from "../commands/wizard-effects.ts";
import { needsClock } from "../core/wizard/applying.ts";
import type { WizardState } from "../core/wizard/state.ts";
import { contentRows, type Drawing, frame, Lines, type Screenful, type Size } from "./frame.tsx";
import { intentFor, strokes, unbracketedPaste } from "./keymap.ts";
import { blank, cut, type Line, span } from "./lines.ts";
import { drawApplying } from "./screens/applying.ts";
import { drawCategory } from "./screens/category.ts";
import { drawEntry, drawInspecting } from "./screens/entry.ts";
import { drawHub } from "./screens/hub.ts";
import { drawOverlay } from "./screens/overlays.ts";
import { drawResult } from "./screens/result.ts";
import { drawReview } from "./screens/review.ts";
import { drawStep } from "./screens/step.ts";
import type { Theme } from "./theme.ts";

/** Below this nothing can be shown without misleading. */
export const smallest: Size = { columns: 60, rows: 16 };

const screens: Readonly<Record<WizardState["screen"]["name"], (drawing: Drawing) => Screenful>> = {
  entry: drawEntry,
  inspecting: drawInspecting,
  hub: drawHub,
  category: drawCategory,
  step: drawStep,
  review: drawReview,
  applying: drawApplying,
  result: drawResult,
};

/** Every row of the terminal for a state. Pure. */
export const draw = (state: WizardState, theme: Theme, size: Size, beat = 0): readonly Line[] => {
  const { columns, rows } = size;
  if (columns < smallest.columns || rows < smallest.rows) {
    const text = ` drawbridge needs ${smallest.columns}x${smallest.rows}; this is ${columns}x${rows}. Make it larger; nothing is lost.`;
    return [[span(cut(text, columns, theme.ellipsis))], ...Array.from({ length: Math.max(rows - 1, 0) }, () => blank)];
  }
  const drawing: Drawing = { state, theme, columns, height: contentRows(state, theme, size), beat };
  return frame(state, theme, size, drawOverlay(drawing) ?? screens[state.screen.name](drawing));
};

export type AppProps = {
  readonly runner: WizardRunner;
  readonly theme: Theme;
  /** For streams that do not know their size. */
  readonly size?: Size;
  /** Is told how to give the terminal to another program for a while. */
  readonly suspension?: { suspend?: (during: () => Promise<void>) => Promise<void> };
};

/** Milliseconds between two pictures of the spinner. */
const beatEvery = 200;

export const App = ({ runner, theme, size, suspension }: AppProps) => {
  const state = useSyncExternalStore(runner.subscribe, runner.state);
  const { exit, suspendTerminal } = useApp();
  const terminal = useWindowSize();
  const { frame: beat } = useAnimation({ interval: beatEvery, isActive: needsClock(state) && isWaiting(state) });
  useInput((input, key) => {
    if (key.eventType === "release") return;
    const pasted = unbracketedPaste(runner.state(), input, key);
    if (pasted !== undefined) return runner.dispatch({ type: "paste", text: pasted });
    for (const stroke of strokes(input, key)) {
      const intent = intentFor(runner.state(), stroke);
      if (intent !== undefined) runner.dispatch(intent);
    }
  });
  usePaste((text) => runner.dispatch({ type: "paste", text }));
  useEffect(() => {
    if (suspension !== undefined) suspension.suspend = suspendTerminal;
  }, [suspension, suspendTerminal]);
  useEffect(() => {
    if (state.exitCode !== null) exit();
  }, [state.exitCode, exit]);
  return <Lines lines={draw(state, theme, size ?? terminal, beat)} theme={theme} />;
};

/** Something is being waited for that a spinner stands beside. While the countdown runs only its seconds move. */
const isWaiting = ({ waiting, run, overlay }: WizardState): boolean =>
  waiting !== null || run?.phase === "applying" || (overlay?.name === "sudo" && overlay.checking);
