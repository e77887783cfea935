import type { WizardRunner } from "../commands/wizard-effects.ts";
import { announcements } from "./announcements.ts";
import type { Line } from "./lines.ts";
import type { Page, Prompt } from "./page.ts";
import { pageOf } from "./pages.ts";
import type { Terminal } from "./terminal.ts";
import { isWhole, read } from "./typed.ts";
import { isInterruption } from "./typed-lines.ts";

export const greeting: readonly Line[] = [
  "Answers are typed and ended with Enter. Enter alone takes what is proposed.",
  "At a question: b goes back, s skips, e explains, ? lists what else works, q quits.",
];

/**
 * Says every page and whatever happens in between, reads what is typed, and hands it to the wizard until that has ended. Gives the key
 * of the last page said.
 */
export const converse = async (
  runner: WizardRunner,
  terminal: Terminal,
  begin: () => void = () => {},
): Promise<string> => {
  let last = "";
  /** The page that others may have been laid above since. */
  let ground = "";
  let section = "";
  const hinted = new Set<string>();

  /** Only what was not said already. */
  const say = (page: Page, hasAnswered: boolean): void => {
    const isNew = page.key !== last && page.key !== ground;
    const lines: Line[] = [];
    if (page.section !== undefined && page.section.key !== section) lines.push(...page.section.lines);
    if (isNew) lines.push(...page.lines);
    if (isNew || hasAnswered) lines.push(...(page.problem ?? []));
    for (const { id, text } of page.hints) {
      if (hinted.has(id)) continue;
      hinted.add(id);
      lines.push(text);
    }
    terminal.write(lines);
    section = page.section?.key ?? section;
    if (page.passing !== true) last = page.key;
    if (page.above !== true) ground = page.key;
  };

  let asking: { readonly key: string; readonly ended: AbortController } | undefined;
  let before = runner.state();
  const unsubscribe = runner.subscribe(() => {
    const after = runner.state();
    // A question that does not stand any more ends first: what follows is not said in the middle of it.
    if (asking !== undefined && pageOf(after).key !== asking.key) asking.ended.abort();
    terminal.write(announcements(before, after));
    before = after;
  });

  /** What was typed; undefined when the page changed meanwhile, or the wizard has ended. */
  const ask = async ({ key }: Page, prompt: Prompt): Promise<string | undefined> => {
    const ended = new AbortController();
    asking = { key, ended };
    try {
      return await askFor(prompt, runner, terminal, ended.signal);
    } catch (error) {
      if (!isInterruption(error)) throw error;
      runner.dispatch({ type: "interrupt" });
      return undefined;
    } finally {
      asking = undefined;
    }
  };

  begin();
  let hasAnswered = false;
  for (;;) {
    const state = runner.state();
    if (state.exitCode !== null) {
      unsubscribe();
      return last;
    }
    const page = pageOf(state);
    say(page, hasAnswered);
    hasAnswered = false;
    if (page.passing === true) {
      runner.dispatch({ type: "back" });
      continue;
    }
    if (page.prompt === null) {
      await changed(runner, page.key);
      continue;
    }
    // These two are answered by somebody who has read them, not by what was typed on the way there.
    if (page.key === "host" || page.key === "pending") terminal.forget();
    const typed = await ask(page, page.prompt);
    if (typed === undefined) continue;
    hasAnswered = true;
    const { intents, lines = [] } = read(runner.state(), typed);
    for (const intent of intents) runner.dispatch(intent);
    terminal.write(lines);
  }
};

/** Waits until there is another page. */
const changed = (runner: WizardRunner, key: string): Promise<void> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (pageOf(runner.state()).key === key) return;
      unsubscribe();
      resolve();
    };
    const unsubscribe = runner.subscribe(look);
    look();
  });

const askFor = async (
  { kind, message }: Prompt,
  runner: WizardRunner,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const hidden = kind === "hidden" || kind === "hiddenTwice";
  const first = await terminal.ask({ message, hidden }, signal);
  if (first === undefined || kind === "line" || kind === "hidden") return first;
  if (kind === "hiddenTwice") {
    if (first === "") return first;
    const again = await terminal.ask({ message: "The same again:", hidden }, signal);
    if (again === undefined || again === first) return again;
    terminal.write(["These two differ: neither was taken."]);
    return undefined;
  }
  if (isWhole(runner.state(), first)) return first;
  const end = kind === "list" ? "" : ".";
  const lines = [first];
  if (first === end) return "";
  for (;;) {
    const next = await terminal.ask(
      { message: kind === "list" ? `Entry ${lines.length + 1}, or Enter to end:` : "Next line, or . to end:" },
      signal,
    );
    if (next === undefined) return undefined;
    if (next === end) return lines.join("\n");
    lines.push(next);
  }
};
