import type { PasswordCandidate, StorePassword } from "./store.ts";

/** Passwords of stores that are shipped with products and printed in their manuals: they protect nothing. */
export const publicPasswords: readonly string[] = ["ballerina", "wso2carbon", "changeit", "changeme", "password", ""];

/** Short enough to be tried one after the other by somebody who has the file (NIST SP 800-63B asks for 15 alone). */
export const shortestPassword = 15;

export const isPublicPassword = (password: string): boolean => publicPasswords.includes(password.toLowerCase());

/** What is tried on a store: what the configuration gives for it, else what everybody knows. */
export const candidates = (configured: readonly string[]): readonly PasswordCandidate[] => [
  ...[...new Set(configured)].map((text) => ({ text, from: "configuration" as const })),
  ...publicPasswords.filter((text) => !configured.includes(text)).map((text) => ({ text, from: "default" as const })),
];

export const passwordFound = ({ text, from }: PasswordCandidate): StorePassword =>
  from === "configuration"
    ? { state: "configured", publicDefault: isPublicPassword(text), length: text.length }
    : { state: "default", publicDefault: true };
