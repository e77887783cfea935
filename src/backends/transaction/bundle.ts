import { randomSecrets, sha256 } from "../../core/assemble-plan.ts";
import { type Change, type ChangeOf, type FilePart, needsConfirmation } from "../../model/change.ts";
import type { HealthTarget } from "../../model/health.ts";
import type { Plan } from "../../model/plan.ts";
import type { Secrets } from "../../model/session.ts";

/** What is unpacked into a transaction's directory on the target. Modes are 0600; the directory is root's alone. */
export type Bundle = {
  readonly id: string;
  readonly files: ReadonlyMap<string, string>;
  /** Manifest change number ("0007") to index in the plan's changes. */
  readonly indexOf: ReadonlyMap<string, number>;
  /** Environment-free argv of people's way back, for messages. */
  readonly directory: string;
};

export type BundleOptions = {
  readonly id: string;
  readonly confirmWithin: number;
  readonly secrets: Secrets;
  /** The runtime and its two wrappers for people, as shipped in templates/transaction. */
  readonly runtime: string;
  readonly undo: string;
  readonly confirm: string;
  readonly canary: string;
};

export const transactionsDirectory = "/var/lib/drawbridge/transactions";

/** A secret the plan refers to was not given: nothing can be applied without it. */
export class MissingSecret extends Error {}

/** Renders a plan as the line manifest and files that the runtime executes (docs/transaction.md). Pure. */
export const bundle = (plan: Plan, options: BundleOptions): Bundle => {
  const files = new Map<string, string>();
  const indexOf = new Map<string, number>();
  const changes: string[] = [];
  let number = 0;
  const checkNames = new Set<string>();
  const checks: (readonly string[])[] = [];
  const staged = new Map<string, string>();
  for (const [index, change] of plan.changes.entries()) {
    for (const { argv, files: inputs } of change.checks) {
      const renamed = new Map<string, string>();
      for (const [name, content] of Object.entries(inputs)) {
        const unique = checkNames.has(name) ? `${name}-${index}` : name;
        checkNames.add(unique);
        renamed.set(`@files/${name}`, `@files/${unique}`);
        files.set(`files/${unique}`, content);
      }
      checks.push(argv.map((word) => word.replace(/@files\/[A-Za-z0-9._-]+/gu, (name) => renamed.get(name) ?? name)));
    }
    const line = (verb: string, id: string, ...fields: string[]) => changes.push(manifestLine(verb, id, ...fields));
    const next = () => {
      const id = String(++number).padStart(4, "0");
      indexOf.set(id, index);
      return id;
    };
    renderChange(change, { line, next, files, staged, secrets: options.secrets });
  }
  const withStaged = (word: string): string =>
    word.replace(/@files\/(\/\S*)/u, (name, path: string) => {
      const id = staged.get(path);
      if (id === undefined) throw new Error(`${name} names no file of the plan`);
      return `@files/${id}`;
    });
  const command = (verb: "check" | "verify", argv: readonly string[]) => manifestLine(verb, ...argv.map(withStaged));
  const verify = [...new Set(plan.changes.flatMap((change) => change.verify.map((argv) => command("verify", argv))))];
  const body = [
    manifestLine("drawbridge", "1"),
    manifestLine("id", options.id),
    manifestLine("plan", sha256(JSON.stringify(plan))),
    manifestLine("machine", plan.host.machineId),
    manifestLine("confirm", String(needsConfirmation(plan.changes) ? options.confirmWithin : 0)),
    ...plan.preconditions.map(({ path, state }) => manifestLine("require", path, state)),
    ...[...randomTexts(plan)].map(([name, bytes]) => manifestLine("random", name, String(bytes))),
    ...healthLines(plan),
    ...checks.map((argv) => command("check", argv)),
    ...changes,
    ...verify,
  ];
  // The last line counts those before it: a manifest that was cut off on its way is not taken for a whole one.
  const manifest = `${[...body, manifestLine("end", String(body.length))].join("\n")}\n`;
  files.set("manifest", manifest);
  files.set("runtime", options.runtime);
  files.set("undo", options.undo);
  files.set("confirm", options.confirm);
  files.set("canary", options.canary);
  files.set("plan.json", `${JSON.stringify(plan, null, 2)}\n`);
  return { id: options.id, files, indexOf, directory: `${transactionsDirectory}/${options.id}` };
};

const healthLines = ({ health, settle }: Plan): readonly string[] => [
  ...(health.length > 0 ? [manifestLine("settle", String(settle))] : []),
  ...health.flatMap(({ what, before, after, unit }, index) => {
    const line = (...fields: readonly string[]) =>
      manifestLine("health", String(index + 1).padStart(2, "0"), ...fields);
    return [
      line("what", what),
      ...(unit === undefined ? [] : [line("journal", unit)]),
      line("before", ...healthTarget(before)),
      ...(after === undefined ? [] : [line("after", ...healthTarget(after))]),
    ];
  }),
];

const healthTarget = (target: HealthTarget): readonly string[] => {
  switch (target.kind) {
    case "unit":
      return ["unit", target.unit];
    case "port":
      return ["port", target.address, String(target.port)];
    case "http":
      return ["http", target.url];
  }
};

/** Bytes of randomness for a text that only commands use: 32 characters. */
const usualRandom = 24;

/** Every random text that files are made of or words of commands name, with its bytes. */
const randomTexts = (plan: Plan): ReadonlyMap<string, number> => {
  const words = plan.changes.flatMap((change) => [
    ...change.checks.flatMap(({ argv }) => argv),
    ...change.verify.flat(),
    ...(change.kind === "command" ? [...change.argv, ...(change.inverse ?? [])] : []),
  ]);
  const named = words.flatMap((word) => [...word.matchAll(/@random\/([a-z0-9-]*)/gu)].map(([, name = ""]) => name));
  return new Map([...named.map((name) => [name, usualRandom] as const), ...randomSecrets(plan.changes)]);
};

/** Fields are separated by one TAB; an empty field is `\e`. Fields were refused at the model's door if they hold TABs. */
const manifestLine = (...fields: string[]): string => {
  for (const field of fields) {
    if (/[\t\n\r\0]/u.test(field) || field === "\\e")
      throw new Error(`a manifest field may not hold ${JSON.stringify(field)}`);
  }
  return fields.map((field) => (field === "" ? "\\e" : field)).join("\t");
};

type Renderer = {
  readonly line: (verb: string, id: string, ...fields: string[]) => void;
  readonly next: () => string;
  readonly files: Map<string, string>;
  /** Number of the change that writes a path. */
  readonly staged: Map<string, string>;
  readonly secrets: Secrets;
};

const renderChange = (change: Change, renderer: Renderer): void => {
  const { line, next, files, staged } = renderer;
  const add = (...fields: string[]) => line("change", next(), change.kind, ...fields);
  switch (change.kind) {
    case "file": {
      const id = next();
      const { content, encrypted, mode, owner, group } = change.after;
      const parts = change.after.parts ?? (encrypted === undefined ? undefined : [{ text: content }]);
      const place = [change.path, mode, owner, group];
      staged.set(change.path, id);
      if (parts === undefined) {
        files.set(`files/${id}`, content);
        line("change", id, "file", ...place, sha256(content));
      } else {
        line("change", id, "file", ...place, "parts");
        for (const [index, part] of parts.entries()) line("part", id, ...renderPart(part, `${id}.${index + 1}`, files));
        if (encrypted !== undefined) line("encrypted", id, encrypted);
      }
      break;
    }
    case "absent":
      add(change.path);
      break;
    case "directory":
    case "permissions":
      add(change.path, change.after.mode, change.after.owner, change.after.group);
      break;
    case "symlink":
      add(change.path, change.target);
      break;
    case "package":
    case "removal":
      add(...change.names);
      break;
    case "group":
      if (!change.exists) {
        line("change", next(), "account", "groupadd", ...(change.system ? ["--system"] : []), change.name);
      }
      for (const member of change.addMembers) {
        line("change", next(), "account", "gpasswd", "--add", member, change.name);
      }
      break;
    case "user":
      renderUser(change, renderer);
      break;
    case "unit":
      add(change.unit, change.action);
      break;
    case "command": {
      const id = next();
      line("change", id, "command", ...change.argv);
      for (const path of change.touches) line("touches", id, path);
      if (change.inverse) line("inverse", id, ...change.inverse);
      break;
    }
  }
};

/** `name`: of a literal text's file. */
const renderPart = (part: FilePart, name: string, files: Map<string, string>): readonly string[] => {
  if ("random" in part) return ["random", part.random.name];
  if ("slice" in part) return ["slice", part.slice.path, String(part.slice.offset), String(part.slice.length)];
  files.set(`files/${name}`, part.text);
  return ["text", name, sha256(part.text)];
};

const renderUser = (change: ChangeOf<"user">, { line, next, files, secrets }: Renderer): void => {
  const account = (...argv: string[]) => {
    const id = next();
    line("change", id, "account", ...argv);
    return id;
  };
  const { name, create } = change;
  if (create) {
    const id = account(
      "useradd",
      ...(create.system ? ["--system"] : []),
      "--home-dir",
      create.home,
      create.createHome ? "--create-home" : "--no-create-home",
      "--shell",
      create.shell,
      "--comment",
      create.comment,
      ...(create.group === undefined ? ["--user-group"] : ["--gid", create.group]),
      name,
    );
    if (create.createHome) line("touches", id, create.home);
  }
  if (change.addGroups.length > 0) account("usermod", "--append", "--groups", change.addGroups.join(","), name);
  for (const group of change.removeGroups) account("gpasswd", "--delete", name, group);
  if (change.shell !== undefined) account("usermod", "--shell", change.shell, name);
  if (change.lockPassword) account("usermod", "--lock", name);
  if (change.neverExpires) account("usermod", "--expiredate", "", name);
  if (change.passwordFrom !== undefined) {
    const secret = secrets.get(change.passwordFrom);
    if (secret === undefined) {
      throw new MissingSecret(
        `the plan needs the answer to ${change.passwordFrom}, which is never saved: give it again in the wizard`,
      );
    }
    const id = account("chpasswd");
    files.set(`files/secret-${id}`, `${name}:${secret}\n`);
    line("stdin", id, `secret-${id}`);
  }
};
