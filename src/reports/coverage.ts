import { categories, categoryTitles } from "../model/finding.ts";
import { guidelines } from "../model/guidelines.ts";
import type { Step } from "../model/step.ts";

/** The map from guidelines to controls as Markdown; a row without a control says so. Pure. */
export const coverage = (steps: readonly Step[]): string => {
  const controls = steps.flatMap((step) => step.controls);
  const sections = categories.map((category) => {
    const rows = guidelines
      .filter((guideline) => guideline.category === category)
      .map(({ id, title, beyond }) => {
        const serving = controls
          .filter(({ guideline }) => guideline.includes(id))
          .map((control) => `\`${control.id}\``);
        return `| ${id} | ${title}${beyond ? " *(beyond the source)*" : ""} | ${serving.join(", ") || "not yet"} |`;
      });
    return `## ${categoryTitles[category]}\n\n| row | guideline | controls |\n|---|---|---|\n${rows.join("\n")}`;
  });
  const served = guidelines.filter(({ id }) => controls.some(({ guideline }) => guideline.includes(id))).length;
  return `# Coverage

The rows are WSO2 Integrator: BI's "Best Practices for Production Deployment", restated; rows marked *beyond* are not in the source, but
servers need them. ${served} of ${guidelines.length} rows have controls. Written by \`npm run coverage\` from the registry of controls.

${sections.join("\n\n")}
`;
};
