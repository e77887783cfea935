/** What is on the screen, as lines to be read from top to bottom. Pure. */

import type { WizardState } from "../core/wizard/state.ts";
import { type Page, page } from "./page.ts";
import { applyingPage, resultPage } from "./pages/applying.ts";
import { categoryPage } from "./pages/category.ts";
import { entryPage, inspectingPage } from "./pages/entry.ts";
import { hubPage } from "./pages/hub.ts";
import { overlayPage } from "./pages/overlays.ts";
import { reviewPage } from "./pages/review.ts";
import { stepPage } from "./pages/step.ts";

export const pageOf = (state: WizardState): Page => {
  const { overlay, screen } = state;
  if (state.exitCode !== null) return page("ended", [], null);
  if (overlay !== null) return { ...overlayPage(state, overlay), above: true };
  switch (screen.name) {
    case "entry":
      return entryPage(state);
    case "inspecting":
      return inspectingPage(state);
    case "hub":
      return hubPage(state, screen);
    case "category":
      return categoryPage(state, screen);
    case "step":
      return stepPage(state, screen);
    case "review":
      return reviewPage(state, screen);
    case "applying":
      return applyingPage(state);
    case "result":
      return resultPage(state);
  }
};
