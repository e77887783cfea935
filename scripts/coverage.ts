/** Writes docs/coverage.md: every row of the guidelines with the controls that serve it. `npm run coverage`. */
import { writeFileSync } from "node:fs";
import { coverage } from "../src/reports/coverage.ts";
import { steps } from "../steps/index.ts";

writeFileSync("docs/coverage.md", coverage(steps));
