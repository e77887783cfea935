/** What is known of one aspect of a machine. A denied, timed-out or unreadable answer is `unknown`, never a verdict. */
export type Fact<T> =
  | { readonly state: "known"; readonly value: T }
  | { readonly state: "absent"; readonly reason: string }
  | { readonly state: "unknown"; readonly reason: string };

export const known = <T>(value: T): Fact<T> => ({ state: "known", value });

/** The thing asked about is not on this machine (no sshd, no nft): controls that need it do not apply. */
export const absent = (reason: string): Fact<never> => ({ state: "absent", reason });

/** The question could not be answered; `reason` completes the sentence "unknown: …". */
export const unknown = (reason: string): Fact<never> => ({ state: "unknown", reason });

export const knownValue = <T>(fact: Fact<T>): T | undefined => (fact.state === "known" ? fact.value : undefined);
