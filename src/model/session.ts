import type { Finding } from "./finding.ts";
import type { Answers, Host, Plan } from "./plan.ts";
import type { Facts } from "./probe.ts";
import type { ApplyEvent, TransactionStatus } from "./transaction.ts";

export type Rights =
  | { readonly root: true }
  /** `passwordHelps`: sudo asks for a password, and `giveSudoPassword` would give a full answer. */
  | { readonly root: false; readonly reason: string; readonly passwordHelps: boolean };

export type Inspection = {
  readonly host: Host;
  readonly facts: Facts;
  /** Answers of the last confirmed transaction on this machine (its policy), by question id. */
  readonly recorded: Answers;
  /** Controls left out by it, with the reason given. */
  readonly excluded: Readonly<Record<string, string>>;
  readonly rights: Rights;
  readonly durationMs: number;
};

/** Values of secret questions by question id: in memory only, never serialised. */
export type Secrets = ReadonlyMap<string, string>;

export type ApplyOutcome = {
  readonly transactionId: string;
  /** `refused`: nothing changed. `pending`: applied, the revert is armed, a new login must confirm. */
  readonly state: "refused" | "pending" | "confirmed" | "reverted" | "failed";
  /** One line: why it was refused, reverted or failed; empty otherwise. */
  readonly reason: string;
  /** Findings of the controls in the plan, from a second inspection; empty when none was made. */
  readonly verified: readonly Finding[];
};

export type ConfirmOutcome =
  | { readonly confirmed: true; readonly how: string }
  /** `remedy` tells what the operator can do while the revert is still armed. */
  | { readonly confirmed: false; readonly reason: string; readonly remedy: string };

/** Everything the two renderers may do with a machine. The only implementation lives in src/commands/session.ts. */
export type Session = {
  /** "this machine", "op@app01:22022", "image /mnt". */
  readonly label: string;
  readonly kind: "local" | "ssh" | "root";
  /**
   * One round trip per round of questions. `progress` is told what is being waited for; `given`: answers of this run, for
   * probes that ask more only when they are told to.
   */
  readonly inspect: (progress: (doing: string) => void, given?: Answers) => Promise<Inspection>;
  /** Kept in memory for this session; undefined when sudo accepted it, else why not. */
  readonly giveSudoPassword: (password: string) => Promise<string | undefined>;
  readonly apply: (
    plan: Plan,
    options: {
      readonly secrets: Secrets;
      readonly confirmWithin: number;
      /** Aborted before the first change: nothing is changed. Later it is too late to stop, and it is not looked at. */
      readonly signal?: AbortSignal;
      /** Called as soon as the transaction has a name. */
      readonly begun?: (transactionId: string) => void;
    },
    on: (event: ApplyEvent) => void,
  ) => Promise<ApplyOutcome>;
  /** Over ssh: proves a fresh login as the plan's administrator and confirms through it. Locally: whether someone did. */
  readonly confirm: (transactionId: string, plan: Plan) => Promise<ConfirmOutcome>;
  /** What the operator types in a second login to confirm by hand. */
  readonly confirmCommand: (transactionId: string, plan: Plan) => string;
  readonly undo: (transactionId: string, on: (event: ApplyEvent) => void) => Promise<ApplyOutcome>;
  readonly status: () => Promise<readonly TransactionStatus[]>;
  readonly close: () => Promise<void>;
};
