import { Malformed } from "./der.ts";

/**
 * How much computing a store may ask of us. Iteration counts stand in the file, so whoever wrote it chooses them: keytool
 * takes 10 000 (100 000 until JDK 16), OpenSSL 2048, and nothing stops a file from asking for two thousand million.
 */
export type Work = { left: number };

/** Rounds of one hash in native code; one in JavaScript costs as much as `scripted` of them. */
export const workPerStore = 8_000_000;
const scripted = 8;

export const spend = (work: Work, iterations: number, how: "native" | "scripted"): void => {
  const cost = how === "native" ? iterations : iterations * scripted;
  if (iterations < 1 || cost > work.left) {
    throw new Malformed(`asks for ${iterations} rounds of hashing, which is more than is done for it`);
  }
  work.left -= cost;
};
