import type { Step } from "../../../src/model/step.ts";
import { networkLogsFirewall } from "./network-logs-firewall.ts";
import { networkLogsForwarded } from "./network-logs-forwarded.ts";
import { networkLogsKept } from "./network-logs-kept.ts";
import { networkLogsReaders } from "./network-logs-readers.ts";
import { networkLogsReview } from "./network-logs-review.ts";
import { networkLogsWritten } from "./network-logs-written.ts";
import { networkLogsDays } from "./questions.ts";

export const networkLogsStep: Step = {
  id: "network-logs",
  category: "network",
  title: "Network logs",
  intro: "Who knocked and who was let in: written down, kept, read by the right ones, and copied elsewhere.",
  questions: [networkLogsDays, networkLogsReview.question],
  controls: [
    networkLogsFirewall,
    networkLogsWritten,
    networkLogsReaders,
    networkLogsKept,
    networkLogsForwarded,
    networkLogsReview.control,
  ],
};
