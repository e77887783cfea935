/** How many requests of a steady stream an operation costs. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Lab } from "../harness/index.ts";

export type Counts = {
  sent: number;
  /** Answered with a status from 200 to 399. */
  ok: number;
  failed: number;
  /** Longest time between two good answers, in milliseconds. */
  longestGapMs: number;
  /** By HTTP status, or by the error's code where there was no answer. */
  byStatus: Record<string, number>;
};

export type RequestCounter = {
  /** Stops sending, waits for what is under way, and tells, by URL. */
  stop: () => Promise<Record<string, Counts>>;
};

/**
 * Starts sending one request to each URL every 20 ms, from a machine of its own on the lab's network, each on a new connection
 * and without checking certificates. Returns once every URL has given a good answer.
 */
export async function requestCounter(lab: Lab, ...urls: readonly string[]): Promise<RequestCounter> {
  const { namespace } = await lab.stranger();
  const words = [
    `--net=/run/netns/${namespace}`,
    "--",
    process.execPath,
    join(import.meta.dirname, "count-requests.ts"),
  ];
  const child = spawn("nsenter", [...words, ...urls], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const answered = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no good answer from ${urls.join(" ")} within 20 s`)), 20_000);
    child.stdout.on("data", (bytes: Buffer) => {
      text += bytes.toString();
      if (!text.includes("answered\n")) return;
      clearTimeout(timer);
      resolve();
    });
    child.on("close", () => reject(new Error(`the request counter ended early: ${text}`)));
  });
  try {
    await answered;
  } catch (error) {
    child.kill();
    throw error;
  }
  return {
    stop: async () => {
      child.stdin.end();
      await ended;
      return JSON.parse(text.split("\n").at(-2) ?? "") as Record<string, Counts>;
    },
  };
}
