import type { Step } from "../../../src/model/step.ts";
import { layoutFiles } from "./layout-files.ts";
import { layoutLoader } from "./layout-loader.ts";
import { layoutOrder } from "./layout-order.ts";
import { layoutEnvironment, layoutForm } from "./questions.ts";

export const layout: Step = {
  id: "layout",
  category: "configuration",
  title: "Configuration files",
  intro: "What is the same everywhere, what differs from stage to stage, whom it calls and what is secret lie apart.",
  questions: [layoutForm, layoutEnvironment],
  controls: [layoutFiles, layoutLoader, layoutOrder],
};
