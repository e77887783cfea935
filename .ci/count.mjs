// Sums Vitest's JSON reports; plain JavaScript, for it must still run where `npm ci` failed.
// Usage: node count.mjs FAILED_STAGES REPORT...   prints `N passed, N failed, N skipped`
import { readFileSync } from "node:fs";

const [failedStages = "0", ...reports] = process.argv.slice(2);
const sum = { passed: 0, failed: Number(failedStages), skipped: 0 };
for (const report of reports) {
  for (const { status, assertionResults } of JSON.parse(readFileSync(report, "utf8")).testResults) {
    for (const test of assertionResults)
      sum[test.status === "passed" || test.status === "failed" ? test.status : "skipped"] += 1;
    // A file that could not even be loaded, or whose set-up failed, has no failed test of its own.
    if (status === "failed" && !assertionResults.some((test) => test.status === "failed")) sum.failed += 1;
  }
}
console.log(`${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
