/** What a run on the target ended with. `exitCode` is the script's own. */
export type RunResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  /**
   * Without root rights the script still runs, as the account that logged in; it can see by `id -u`. `proved`: an earlier run had root
   * rights, and whether sudo gives them is not tried again first.
   */
  readonly rights: "root" | "best" | "proved";
  /** What the script finds on its standard input. */
  readonly input?: Buffer;
  readonly timeoutSeconds: number;
  /** Called for every line of standard output as it arrives. */
  readonly onLine?: (line: string) => void;
};

/** The machine, behind one small port. Scripts are fixed program text; data travels as input. */
export type Target = {
  readonly kind: "local" | "ssh" | "root";
  readonly label: string;
  /** Prefix of an unpacked image; empty on a live system. */
  readonly root: string;
  readonly run: (script: string, options: RunOptions) => Promise<RunResult>;
  /**
   * The same, through a login of its own: nothing of earlier connections is reused. Only over ssh; undefined elsewhere.
   */
  readonly freshLogin?: (as: {
    readonly user: string;
    /** undefined: the one that the connection came by. */
    readonly port?: number;
    readonly sudoPassword?: string;
  }) => Pick<Target, "run">;
  /** Hands sudo a password once, and keeps it in memory for later runs when it led to root (`stdout` is then "0"). */
  readonly trySudoPassword: (password: string) => Promise<RunResult>;
  /** The address that a stranger would scan; undefined where there is none to be scanned from here (a jump host between). */
  readonly outsideAddress?: () => Promise<string | undefined>;
  /** Once, however often it is called. */
  readonly close: () => Promise<void>;
};
