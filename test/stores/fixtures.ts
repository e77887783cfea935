import { readFileSync } from "node:fs";
import { type Certificate, readCertificate } from "../../src/stores/certificate.ts";
import { candidates } from "../../src/stores/passwords.ts";
import { readStore } from "../../src/stores/read.ts";
import type { Store, StoreReading } from "../../src/stores/store.ts";

/** A store of test/fixtures/stores, as keytool or openssl made it. */
export const bytesOf = (name: string): Buffer => readFileSync(new URL(`../fixtures/stores/${name}`, import.meta.url));

export const rightPassword = "open sesame 2026";

export const reading = (name: string, configured: readonly string[] = [rightPassword]): StoreReading =>
  readStore(bytesOf(name), candidates(configured));

export const storeOf = (name: string, configured?: readonly string[]): Store => {
  const found = reading(name, configured);
  if (found.state === "unreadable") throw new Error(`${name}: ${found.reason}`);
  return found.store;
};

export const certificateOf = (name: string): Certificate => {
  const [entry] = storeOf(name).entries;
  const certificate = entry?.chain[0];
  if (certificate === undefined) throw new Error(`${name} holds no certificate`);
  return certificate;
};

export { readCertificate };
