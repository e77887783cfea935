import { itemForControl, questionsOf, walkOrder } from "./route.ts";
import type { Item, WizardState } from "./state.ts";

export type Hit = { readonly item: Item; readonly id: string; readonly text: string; readonly where: string };

/** How well letters of a query stand in a text in order; higher is better, undefined when they do not. */
export const fuzzy = (query: string, text: string): number | undefined => {
  const wanted = query.toLowerCase();
  const given = text.toLowerCase();
  const whole = given.indexOf(wanted);
  if (whole !== -1) return 1000 - whole + (whole === 0 || /\W/u.test(given[whole - 1] as string) ? 200 : 0);
  let score = 0;
  let at = -1;
  for (const letter of wanted) {
    if (letter === " ") continue;
    const found = given.indexOf(letter, at + 1);
    if (found === -1) return undefined;
    const startsWord = found === 0 || /\W/u.test(given[found - 1] as string);
    score += found === at + 1 ? 5 : startsWord ? 3 : -Math.min(found - at, 8) / 2;
    at = found;
  }
  // Letters scattered over a sentence are a coincidence, not a hit.
  return score > 0 ? score : undefined;
};

/** Questions and controls that fit what was typed, best first; everything in the order of the walk for an empty query. */
export const searchHits = (state: WizardState, query: string): readonly Hit[] => {
  const scored = entries(state).flatMap((hit, order) => {
    const scores = query.trim() === "" ? [0] : [hit.id, hit.text, hit.where].map((text) => fuzzy(query.trim(), text));
    const best = Math.max(...scores.map((score) => score ?? Number.NEGATIVE_INFINITY));
    return Number.isFinite(best) ? [{ hit, best, order }] : [];
  });
  return scored.sort((a, b) => b.best - a.best || a.order - b.order).map(({ hit }) => hit);
};

const entries = (state: WizardState): readonly Hit[] =>
  walkOrder(state.setting.steps).flatMap((step) => [
    ...questionsOf(state, step.id).map(
      (question): Hit => ({
        item: { kind: "question", step: step.id, id: question.id },
        id: question.id,
        text: question.title,
        where: step.title,
      }),
    ),
    ...(state.mode === "templates" ? [] : step.controls).flatMap((control): readonly Hit[] => {
      const item = itemForControl(state, control.id);
      const text = state.assessment.byControl.get(control.id)?.title ?? control.title;
      return item === undefined ? [] : [{ item, id: control.id, text, where: step.title }];
    }),
  ]);
