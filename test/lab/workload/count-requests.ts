/**
 * Sends a GET to every URL given as an argument about every 20 ms, each on a connection of its own and whatever became of the one
 * before, until standard input closes; then prints what became of them. Run by requestCounter on a machine of the lab's network.
 */
import { request as http } from "node:http";
import { request as https } from "node:https";
import type { Counts } from "./request-counter.ts";

const everyMs = 20;
const patienceMs = 5_000;

const urls = process.argv.slice(2);
const counts: Record<string, Counts> = {};
for (const url of urls) counts[url] = { sent: 0, ok: 0, failed: 0, longestGapMs: 0, byStatus: {} };
const lastAnswer = new Map<string, number>();
let announced = false;

function send(url: string): Promise<void> {
  const count = counts[url] as Counts;
  count.sent += 1;
  return new Promise((resolve) => {
    let over = false;
    const end = (status: string, ok: boolean): void => {
      if (over) return;
      over = true;
      count.byStatus[status] = (count.byStatus[status] ?? 0) + 1;
      if (ok) {
        count.ok += 1;
        const now = performance.now();
        count.longestGapMs = Math.max(count.longestGapMs, Math.round(now - (lastAnswer.get(url) ?? now)));
        lastAnswer.set(url, now);
      } else count.failed += 1;
      resolve();
    };
    const open = url.startsWith("https:") ? https : http;
    const sent = open(url, { agent: false, rejectUnauthorized: false }, (response) => {
      response.resume();
      response.on("end", () => {
        const { statusCode = 0 } = response;
        end(String(statusCode), statusCode >= 200 && statusCode < 400);
      });
      response.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message, false));
    });
    sent.setTimeout(patienceMs, () => sent.destroy(Object.assign(new Error("no answer"), { code: "TIMEOUT" })));
    sent.on("error", (error: NodeJS.ErrnoException) => end(error.code ?? error.message, false));
    sent.end();
  });
}

const underWay = new Set<Promise<void>>();
const timer = setInterval(() => {
  for (const url of urls) {
    const sending = send(url);
    underWay.add(sending);
    void sending.then(() => underWay.delete(sending));
  }
  if (!announced && urls.every((url) => (counts[url]?.ok ?? 0) > 0)) {
    announced = true;
    process.stdout.write("answered\n");
  }
}, everyMs);

process.stdin.resume();
process.stdin.on("end", async () => {
  clearInterval(timer);
  await Promise.all(underWay);
  process.stdout.write(`${JSON.stringify(counts)}\n`);
  process.exit(0);
});
