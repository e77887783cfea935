/**
 * Writes docs/coverage.md, every row of the guidelines with the controls that serve it, and the table of categories in README.md.
 * `npm run coverage`.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { coverage, withCoverageTable } from "../src/reports/coverage.ts";
import { steps } from "../steps/index.ts";

writeFileSync("docs/coverage.md", coverage(steps));
writeFileSync("README.md", withCoverageTable(readFileSync("README.md", "utf8"), steps));
