import type { Integration } from "../../../src/model/integration.ts";

/** Bytes of a size as the java launcher reads it: "512m", "2g", "1048576". */
export const parseHeap = (text: string): number | undefined => {
  const match = /^(\d+)([kKmMgG]?)$/u.exec(text);
  if (match === null) return undefined;
  const unit = { "": 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }[(match[2] ?? "").toLowerCase()] as number;
  return Number(match[1]) * unit;
};

const mebibyte = 1024 ** 2;

/** In whole mebibytes, rounded down: "512m". */
export const formatHeap = (bytes: number): string => `${Math.floor(bytes / mebibyte)}m`;

/** The limit that the options set, in bytes: -Xmx, or a percentage of the machine's memory; undefined without one. */
export const explicitHeap = ({ jvmOptions }: Integration, memory: number): number | undefined => {
  let limit: number | undefined;
  for (const { text } of jvmOptions) {
    const size = /^(?:-Xmx|-XX:MaxHeapSize=)(.+)$/u.exec(text)?.[1];
    if (size !== undefined) limit = parseHeap(size) ?? limit;
  }
  if (limit !== undefined) return limit;
  // A size beats a percentage, whatever their order.
  const percentage = jvmOptions.findLast(({ text }) => text.startsWith("-XX:MaxRAMPercentage="))?.text.split("=")[1];
  return percentage === undefined ? undefined : (memory * Number(percentage)) / 100;
};

/** What a JVM takes when nobody tells it: a quarter of the memory (java(1), MaxRAMPercentage). */
export const impliedHeap = (memory: number): number => memory / 4;

/** All heaps together, as a part of the memory: the rest is for the JVMs' own needs, the kernel and everything else. */
export const heapsTogether = 0.75;

const step = 16 * mebibyte;

/** A limit for each: what it may take now, but no more than an equal share where all together would be too much. */
export const heapShare = (limits: readonly (number | undefined)[], memory: number): readonly number[] => {
  const now = limits.map((limit) => limit ?? Math.floor(impliedHeap(memory) / step) * step);
  const together = now.reduce((sum, bytes) => sum + bytes, 0);
  const whole = memory * heapsTogether;
  if (together <= whole || now.length === 0) return now;
  const share = Math.max(step * 4, Math.floor(whole / now.length / step) * step);
  return now.map((bytes) => Math.min(bytes, share));
};
