import { type Lab, type RunResult, run, type Server, snapshotUnits, type Units } from "./harness/index.ts";

export type Drawbridge = (...words: readonly string[]) => Promise<RunResult>;

type From = {
  /** Default `op`. */
  readonly user?: string;
  readonly port?: number;
  /** Path of a private key; default the operator's. */
  readonly identity?: string;
};

/** The program as an operator runs it from another machine: the sources, over ssh, as `user`. */
export const drawbridgeOver =
  (lab: Lab, server: Server, from: From = {}): Drawbridge =>
  (...words) =>
    run(
      [process.execPath, "src/cli.ts", ...words, "--host", server.name, "--ssh-config", lab.sshConfig(server, from)],
      { timeoutMs: 600_000 },
    );

/** The way in and what guards it: what most tests of the engine are about, and quickly applied. */
export const wayIn = ["administrator", "ssh", "service-user", "open-ports", "firewall"].flatMap((step) => [
  "--step",
  step,
]);

/** The JSON document of a command that has to answer with one. */
export const document = <T = Record<string, unknown>>({ stdout, stderr, exitCode }: RunResult): T => {
  try {
    return JSON.parse(stdout) as T;
  } catch {
    throw new Error(
      `no JSON on standard output (exit code ${exitCode}): ${stdout.slice(0, 400)} ${stderr.slice(-800)}`,
    );
  }
};

export type AppliedDocument = {
  readonly transactionId: string;
  readonly state: string;
  readonly reason: string;
  readonly sshPort?: number;
  readonly changes: readonly unknown[];
  readonly verified: readonly { readonly controlId: string; readonly result: string; readonly detail: string }[];
};

export type PlanDocument = { readonly changes: readonly { readonly kind: string; readonly title: string }[] };

export type InspectionDocument = {
  readonly score: number;
  readonly durationMs: number;
  readonly findings: readonly {
    readonly controlId: string;
    readonly result: string;
    readonly severity: string;
    readonly detail: string;
  }[];
};

/**
 * Units and their states, without the target that only orders others: it is active once anything that wants it was
 * started, and stays so when that is gone.
 */
export const unitsOf = async (server: Server): Promise<Units> =>
  new Map([...(await snapshotUnits(server))].filter(([name]) => name !== "network-pre.target"));
