import { defineConfig } from "vitest/config";

/** Where .ci/run wants the report that it counts from; nowhere otherwise. */
const report = process.env.DRAWBRIDGE_TEST_REPORT;

export default defineConfig({
  test: {
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.{ts,tsx}"],
          exclude: ["test/lab/**"],
          // Some start programs, and a machine under load takes its time.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "lab",
          include: ["test/lab/**/*.lab.ts"],
          // An hour's work each, on request only: a skipped test would count as one that failed.
          exclude: [
            ...(process.env.DRAWBRIDGE_LAB_PROOF
              ? []
              : [
                  "test/lab/proof.lab.ts",
                  "test/lab/failover-proof.lab.ts",
                  "test/lab/failover-three-proof.lab.ts",
                  "test/lab/failover-wizard-proof.lab.ts",
                ]),
            ...(process.env.DRAWBRIDGE_LAB_PROOF?.split(",").includes("machine")
              ? []
              : ["test/lab/proof-machine.lab.ts"]),
            ...(process.env.DRAWBRIDGE_LAB_SCORES ? [] : ["test/lab/scores.lab.ts"]),
            ...(process.env.DRAWBRIDGE_LAB_CONSUMERS ? [] : ["test/lab/consumers.lab.ts"]),
          ],
          // Much of a lab test is waiting for a server; two at once fit two cores, and every lab has a network of its own.
          maxWorkers: 2,
          testTimeout: 600_000,
          hookTimeout: 1_200_000,
        },
      },
    ],
  },
});
