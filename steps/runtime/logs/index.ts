import type { Step } from "../../../src/model/step.ts";
import { generateLogs } from "./generate.ts";
import { logAccess } from "./log-access.ts";
import { logFiles } from "./log-files.ts";
import { logFormat } from "./log-format.ts";
import { logLevel } from "./log-level.ts";
import { logMasking } from "./log-masking.ts";
import { logMetrics } from "./log-metrics.ts";
import { logMetricsAddress } from "./log-metrics-address.ts";
import { logRotationControl } from "./log-rotation.ts";
import { logTrace } from "./log-trace.ts";
import { logUmask } from "./log-umask.ts";
import { logsFormat, logsLevel, logsMetricsAddress } from "./questions.ts";

export const logs: Step = {
  id: "logs",
  category: "runtime",
  title: "Logs and metrics",
  intro:
    "Makes each integration tell what happens to it, in logs that nobody forges, reads or loses, and that hold no secrets.",
  questions: [logsLevel, logsFormat, logsMetricsAddress],
  controls: [
    logTrace,
    logLevel,
    logMasking,
    logFormat,
    logAccess,
    logFiles,
    logUmask,
    logRotationControl,
    logMetricsAddress,
    logMetrics,
  ],
  generate: generateLogs,
};
