import { categories, categoryTitles } from "../model/finding.ts";
import { type Guideline, guidelines } from "../model/guidelines.ts";
import type { Step } from "../model/step.ts";

/** Every row of the guidelines with the ids of the controls that serve it, in the order of the walk. Pure. */
export const guidelineMap = (
  steps: readonly Step[],
): readonly (Guideline & { readonly controls: readonly string[] })[] =>
  guidelines.map((row) => ({
    ...row,
    controls: steps.flatMap(({ controls }) =>
      controls.filter(({ guideline }) => guideline.includes(row.id)).map(({ id }) => id),
    ),
  }));

/** The map from guidelines to controls as Markdown; a row without a control says so. Pure. */
export const coverage = (steps: readonly Step[]): string => {
  const map = guidelineMap(steps);
  const sections = categories.map((category) => {
    const rows = map
      .filter((guideline) => guideline.category === category)
      .map(({ id, title, beyond, controls }) => {
        const serving = controls.map((control) => `\`${control}\``);
        return `| ${id} | ${title}${beyond ? " *(beyond the source)*" : ""} | ${serving.join(", ") || "not yet"} |`;
      });
    return `## ${categoryTitles[category]}\n\n| row | guideline | controls |\n|---|---|---|\n${rows.join("\n")}`;
  });
  const served = map.filter(({ controls }) => controls.length > 0).length;
  return `# Coverage

The rows are WSO2 Integrator: BI's "Best Practices for Production Deployment", restated; rows marked *beyond* are not in the source, but
servers need them. ${served} of ${guidelines.length} rows have controls. Written by \`npm run coverage\` from the registry of controls.

${sections.join("\n\n")}
`;
};

/** Where the README has its table. */
const begin = "<!-- npm run coverage writes this table -->\n";
const end = "<!-- until here -->";

/** The README with its table of categories as the registry of controls has it; a README without the marks stays as it is. Pure. */
export const withCoverageTable = (readme: string, steps: readonly Step[]): string => {
  const from = readme.indexOf(begin);
  const to = readme.indexOf(end, from);
  if (from < 0 || to < 0) return readme;
  const map = guidelineMap(steps);
  const lines = categories.map((category) => {
    const rows = map.filter((row) => row.category === category);
    const served = rows.filter(({ controls }) => controls.length > 0).length;
    const controls = steps.filter((step) => step.category === category).flatMap((step) => step.controls);
    return `| ${categoryTitles[category]} | ${rows[0]?.id} to ${rows.at(-1)?.id} | ${served} of ${rows.length} | ${controls.length} |`;
  });
  const table = `| category | rows | answered | controls |\n|---|---|---|---|\n${lines.join("\n")}\n`;
  return `${readme.slice(0, from + begin.length)}${table}${readme.slice(to)}`;
};
