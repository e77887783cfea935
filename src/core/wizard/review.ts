import type { Change, ChangeOf } from "../../model/change.ts";
import { changeKey } from "../assemble-plan.ts";
import { type Diff, diffText } from "../diff.ts";
import { findControl } from "./assess.ts";
import type { WizardState } from "./state.ts";
import { withoutStagedFiles } from "./words.ts";

export type ReviewRow =
  | {
      readonly kind: "change";
      readonly key: string;
      readonly change: Change;
      readonly sign: "+" | "~" | "-";
      /** The place it is about: a path, an account, a unit. */
      readonly subject: string;
      /** Title of the step that asked for it. */
      readonly where: string;
      /** What it does to something that runs: "reload", "restart"; empty otherwise. */
      readonly cost: string;
    }
  | {
      readonly kind: "excluded";
      readonly key: string;
      readonly control: string;
      readonly title: string;
      readonly reason: string;
    };

const signOf = (change: Change): "+" | "~" | "-" => {
  switch (change.kind) {
    case "file":
    case "symlink":
      return change.before === null ? "+" : "~";
    case "absent":
    case "removal":
      return "-";
    case "package":
    case "directory":
      return "+";
    case "group":
      return change.exists ? "~" : "+";
    case "user":
      return change.create === undefined ? "~" : "+";
    default:
      return "~";
  }
};

const subjectOf = (change: Change): string => {
  switch (change.kind) {
    case "file":
    case "absent":
    case "permissions":
      return change.path;
    case "directory":
      return `${change.path}/`;
    case "symlink":
      return `${change.path} -> ${change.target}`;
    case "package":
    case "removal":
      return `package ${change.names.join(", ")}`;
    case "group":
      return `group ${change.name}`;
    case "user": {
      const traits = [
        change.create?.system === true ? "system" : "",
        (change.create?.shell ?? change.shell)?.endsWith("nologin") === true ? "no shell" : "",
        change.lockPassword ? "password locked" : "",
      ].filter((trait) => trait !== "");
      return `user ${change.name}${traits.length === 0 ? "" : ` (${traits.join(", ")})`}`;
    }
    case "unit":
      return change.unit;
    case "command":
      return change.argv.join(" ");
  }
};

const costs = { active: "start", inactive: "stop", reloaded: "reload", restarted: "restart" } as const;

/** The rows of the review: what would be changed, then what was left out. */
export const reviewRows = (state: WizardState): readonly ReviewRow[] => {
  const { steps } = state.setting;
  const changes = state.assessment.plan?.changes ?? [];
  const where = (change: Change): string =>
    steps.find((step) => step.controls.some(({ id }) => change.because.includes(id)))?.title ?? "";
  return [
    ...changes.map(
      (change): ReviewRow => ({
        kind: "change",
        key: changeKey(change),
        change,
        sign: signOf(change),
        subject: subjectOf(change),
        where: where(change),
        cost: change.kind === "unit" ? costs[change.action] : change.risk === "reboot" ? "reboot" : "",
      }),
    ),
    ...Object.entries(state.excluded).map(([control, reason]): ReviewRow => {
      const title = findControl(steps, control)?.title ?? control;
      return { kind: "excluded", key: `excluded ${control}`, control, title, reason };
    }),
  ];
};

export type ReviewCounts = Readonly<
  Record<"create" | "change" | "remove" | "lockout" | "restarts" | "reboots", number>
>;

export const reviewCounts = (rows: readonly ReviewRow[]): ReviewCounts => {
  const changes = rows.filter((row) => row.kind === "change");
  const signed = (sign: string) => changes.filter((row) => row.sign === sign).length;
  return {
    create: signed("+"),
    change: signed("~"),
    remove: signed("-"),
    lockout: changes.filter(({ change }) => change.risk === "lockout").length,
    restarts: changes.filter(({ change }) => change.kind === "unit" && change.action === "restarted").length,
    reboots: changes.filter(({ change }) => change.risk === "reboot").length,
  };
};

/** The content a change writes against what is there; null for changes without content. */
export const changeDiff = (change: Change, words: boolean): Diff | null => {
  if (change.kind === "file") {
    const masked = change.sensitive && !isConcealed(change);
    return diffText(change.before?.content ?? null, change.after.content, { words, masked });
  }
  if (change.kind === "absent") return diffText(change.before?.content ?? null, null, { masked: true });
  return null;
};

/** Whether its secrets are masked by themselves already, so that all the rest can be shown. */
const isConcealed = ({ before, after }: ChangeOf<"file">): boolean =>
  before === null ? after.parts !== undefined : before.sha256 !== undefined;

/** Of a file that the machine puts together: what of it nobody sees here. */
const keptThere = ({ after: { parts = [], encrypted } }: ChangeOf<"file">): readonly string[] => {
  const made = new Set(parts.flatMap((part) => ("random" in part ? [part.random.name] : []))).size;
  return [
    ...(parts.some((part) => "slice" in part) ? ["what is masked is kept on the machine: it never leaves it"] : []),
    ...(made > 0
      ? [`${made === 1 ? "a secret is" : `${made} secrets are`} made on the machine: nobody else knows`]
      : []),
    ...(encrypted === undefined ? [] : ["encrypted on the machine, with a key of its own: only it can read the file"]),
  ];
};

/** What a change does beyond content: owner and mode, members, argv, checks; one line each. */
export const changeDetails = (change: Change): readonly string[] => {
  const owned = ({ mode, owner, group }: { mode: string; owner: string; group: string }) => `${owner}:${group} ${mode}`;
  const details = (): readonly string[] => {
    switch (change.kind) {
      case "file": {
        const after = owned(change.after);
        const before = change.before === null ? after : owned(change.before);
        return [before === after ? after : `${before} -> ${after}`, ...keptThere(change)];
      }
      case "permissions":
        return [`${owned(change.before)} -> ${owned(change.after)}`];
      case "directory":
        return [owned(change.after)];
      case "group":
        return change.addMembers.map((member) => `new member ${member}`);
      case "user":
        return [
          ...change.addGroups.map((group) => `joins group ${group}`),
          ...change.removeGroups.map((group) => `leaves group ${group}`),
          ...(change.shell === undefined ? [] : [`shell ${change.shell}`]),
          ...(change.lockPassword ? ["password locked"] : []),
          ...(change.neverExpires ? ["account never expires"] : []),
          ...(change.passwordFrom === undefined ? [] : ["password ••••••••"]),
        ];
      case "command":
        return change.inverse === undefined ? [] : [`undone by ${change.inverse.join(" ")}`];
      default:
        return [];
    }
  };
  const checks = [...change.checks.map(({ argv }) => argv), ...change.verify].map(
    (argv) => `checked by ${withoutStagedFiles(argv.join(" "))}`,
  );
  return [...new Set([...details(), ...checks])];
};
