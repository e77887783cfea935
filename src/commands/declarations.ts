/**
 * The command line as data: what `--help` shows and what is accepted where. Nothing heavy may be imported here, since the first line
 * waits for it; src/commands/options.ts says what the values must look like.
 */

export type OptionDeclaration = {
  readonly flags: string;
  readonly description: string;
  readonly default?: string;
  readonly repeatable?: true;
};

export const optionDeclarations = {
  host: {
    flags: "--host <[user@]name[:port]>",
    description: "work on another machine over the system's ssh (default: this machine)",
  },
  hosts: {
    flags: "--hosts <list>",
    description: "the nodes of a rollout, separated by commas, each as --host takes it",
  },
  sshConfig: { flags: "--ssh-config <file>", description: "the ssh_config(5) that ssh reads for --host" },
  root: { flags: "--root <directory>", description: "look at an unpacked image or a mounted disk" },
  askSudoPassword: {
    flags: "--ask-sudo-password",
    description: "ask for sudo's password; kept in memory only, handed over on standard input",
  },
  answers: { flags: "--answers <file>", description: "replay saved answers" },
  recommended: { flags: "--recommended", description: "take the recommended answer wherever there is no other" },
  set: { flags: "--set <step.question=value>", description: "answer one question; may be repeated", repeatable: true },
  category: {
    flags: "--category <runtime|os|network|configuration>",
    description: "only this category; may be repeated",
    repeatable: true,
  },
  step: { flags: "--step <id>", description: "only this step; may be repeated", repeatable: true },
  control: { flags: "--control <id>", description: "only this control; may be repeated", repeatable: true },
  format: {
    flags: "--format <text|json>",
    description: "json: one document on standard output, everything else on standard error",
    default: "text",
  },
  yes: { flags: "--yes", description: "ask nothing" },
  confirmWithin: {
    flags: "--confirm-within <seconds>",
    description: "revert unless confirmed by a new login within this time",
    default: "120",
  },
  noWait: { flags: "--no-wait", description: "return with state pending instead of waiting for the confirmation" },
  plain: { flags: "--plain", description: "line by line, for serial consoles and screen readers" },
  failOn: {
    flags: "--fail-on <critical|high|medium|low|none>",
    description: "exit with 1 when a finding is at least this severe",
    default: "high",
  },
  outside: {
    flags: "--outside",
    description: "with --host: also look at its ports from here, as a stranger would, with nmap",
  },
  rules: { flags: "--rules <file>", description: "what changes from one stage to the next, as TOML or JSON" },
  endpoints: { flags: "--endpoints", description: "only the addresses that the integration calls" },
  schema: {
    flags: "--schema <path>",
    description: "what the program accepts: a schema, its JAR or its project (default: Config.schema.json in SOURCE)",
  },
  rollback: { flags: "--rollback <id>", description: "take an earlier promotion back instead" },
  verify: { flags: "--verify", description: "exit with 1 unless the log is as it was written" },
  reason: { flags: "--reason <text>", description: "why the control may stay as it is, or where that is written" },
  owner: { flags: "--owner <team>", description: "who answers for it: a team or a role" },
  until: { flags: "--until <yyyy-mm-dd>", description: "the last day on which it counts" },
  remove: { flags: "--remove", description: "take the waiver away" },
  output: { flags: "--output <file>", description: "write the result to this file instead of standard output" },
  color: { flags: "--color <auto|always|never>", description: "whether to use colour", default: "auto" },
} as const satisfies Record<string, OptionDeclaration>;

export type OptionName = keyof typeof optionDeclarations;

const target = ["host", "sshConfig", "root", "askSudoPassword"] as const;
const running = ["host", "sshConfig", "askSudoPassword"] as const;
const choices = ["answers", "recommended", "set", "category", "step", "control"] as const;

export type CommandDeclaration = {
  readonly summary: string;
  readonly description: string;
  /** As commander writes them: `<required>`, `[optional]`; each with its explanation. */
  readonly arguments: Readonly<Record<string, string>>;
  readonly options: readonly OptionName[];
};

export const commandDeclarations = {
  wizard: {
    summary: "inspect, choose, review and apply, step by step (this is the default)",
    description:
      "Opens the wizard. It changes nothing until the name of the host has been typed at the end of the review.",
    arguments: {},
    options: [...target, ...choices, "confirmWithin", "plain"],
  },
  inspect: {
    summary: "say what is well and what is not; changes nothing",
    description: "Inspects a machine and prints its findings and score. Changes nothing.",
    arguments: {},
    options: [...target, ...choices, "format", "failOn", "outside", "output"],
  },
  plan: {
    summary: "say exactly what would be changed; changes nothing",
    description:
      "Prints the changes that the answers call for. A saved plan is refused once the machine has changed. Changes nothing.",
    arguments: {},
    options: [...target, ...choices, "format", "output"],
  },
  apply: {
    summary: "make the changes, prove them, and revert unless a new login confirms",
    description:
      "Applies a saved plan, or plans and applies. A revert is armed before the first change that could lock anybody out.",
    arguments: { "[plan]": "a plan saved by drawbridge plan --output" },
    options: [...running, ...choices, "format", "yes", "confirmWithin", "noWait", "plain"],
  },
  confirm: {
    summary: "keep applied changes; run it from a new login",
    description: "Keeps the changes that wait for confirmation. Only a login newer than the changes can do that.",
    arguments: { "[id]": "the transaction (default: the one that is pending)" },
    options: [...running],
  },
  undo: {
    summary: "put everything back as it was, byte for byte",
    description: "Puts back what a transaction changed. Files edited since are merged or left alone and named.",
    arguments: { "[id]": "the transaction (default: the latest that is not undone)" },
    options: [...running, "yes"],
  },
  resume: {
    summary: "finish a run that was interrupted",
    description: "Finishes a transaction that was cut off by a crash or a power failure.",
    arguments: { "[id]": "the transaction (default: the one that was interrupted)" },
    options: [...running],
  },
  status: {
    summary: "list the transactions and the state of each",
    description: "Lists what was applied to a machine, the state of each transaction and what it left undone.",
    arguments: {},
    options: [...running, "format"],
  },
  rollout: {
    summary: "apply to the nodes of a cluster, one after the other, each only while the others work",
    description:
      "Applies the same answers to every node, one at a time: takes it out of service, applies, waits until it works and the shared addresses answer. A node that does not is put back and ends the rollout.",
    arguments: {},
    options: ["hosts", "sshConfig", "askSudoPassword", ...choices, "format", "outside", "yes", "confirmWithin"],
  },
  sandbox: {
    summary: "find the tightest sandbox in which an integration still works",
    description:
      "Climbs the sandbox ladder with each service, or the one named: every try is applied, watched and taken back if it does not answer as before.",
    arguments: { "[unit]": "a service, such as orders.service (default: every integration)" },
    options: [...running, "answers", "set", "yes"],
  },
  generate: {
    summary: "write configuration files to a folder; needs no machine",
    description: "Writes the files that the answers call for into a folder. No machine is needed, none is changed.",
    arguments: { "<directory>": "an empty or new folder" },
    options: [...target, ...choices],
  },
  export: {
    summary: "write the plan as a program that needs nothing but sh",
    description:
      "Writes the plan and its runtime as plain POSIX sh: it applies, reverts and undoes without drawbridge.",
    arguments: { "<format>": "sh", "<directory>": "an empty or new folder" },
    options: [...target, ...choices, "confirmWithin"],
  },
  promote: {
    summary: "carry configuration from one stage to the next, checked and logged",
    description:
      "Carries the TOML files of a folder to the next stage's: checked before and after, changed by declared rules, without any secret, backed up, logged.",
    arguments: {
      "[source]": "the folder to promote from, on this machine",
      "[target]": "the folder to promote to; with --host an absolute path over there",
    },
    options: [...running, "rules", "endpoints", "schema", "rollback", "yes", "format"],
  },
  log: {
    summary: "who changed what and when, and the command that takes it back",
    description:
      "Lists every transaction and promotion with who, what, when, from, to and the way back, and checks that no line of the log was changed.",
    arguments: { "[directory]": "a folder that was promoted to (default: what was applied to the machine)" },
    options: [...running, "format", "verify", "output"],
  },
  waive: {
    summary: "let a control stay as it is until a day, with a reason and an owner; or list what is waived",
    description:
      "Writes down on the machine that a control may stay as it is, or lists what is waived. A waived control is still looked at and shown; it stops counting, and from the day after it is a finding again.",
    arguments: { "[control]": "the id of a control (default: list the waivers)" },
    options: [...running, "reason", "owner", "until", "remove", "yes", "format"],
  },
  list: {
    summary: "list the controls with guideline and references",
    description: "Lists every control with its guideline, severity and references.",
    arguments: {},
    options: ["category", "step", "control", "format"],
  },
  explain: {
    summary: "why a control exists, what may break, how it is undone",
    description:
      "Explains one control: why it exists, what it asks of the machine, what applying it may break, how it is undone.",
    arguments: { "<control>": "the id of a control, as drawbridge list shows it" },
    options: [...target],
  },
  questions: {
    summary: "list the questions with their defaults; a start for --answers",
    description: "Lists the questions of every step with the defaults that the machine's facts suggest.",
    arguments: {},
    options: [...target, ...choices, "format", "output"],
  },
} as const satisfies Record<string, CommandDeclaration>;

export type CommandName = keyof typeof commandDeclarations;

export function isCommandName(word: string): word is CommandName {
  return Object.hasOwn(commandDeclarations, word);
}

/** The option's name on the command line ("--host"). */
export function longFlag(option: OptionName): string {
  return optionDeclarations[option].flags.split(" ", 1)[0] ?? "";
}
