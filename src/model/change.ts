import { z } from "zod";
import { risks } from "./finding.ts";

/** A field of the transaction manifest: no TAB, newline or NUL can travel in one line. */
const line = z.string().regex(/^[^\t\n\r\0]*$/u, "must not contain tabs, line breaks or NUL");
const path = line.regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\0]*$/u, "must be an absolute path without . or .. parts");
const argv = z.array(line).min(1);
const mode = z.string().regex(/^[0-7]{4}$/u, "must be four octal digits");
const account = line.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/u, "must be an account name or number");

const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, "must be a SHA-256 in hexadecimal");

/** A secret that the machine makes for itself, once per transaction and name. */
export const randomSecret = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/u, "must be lower-case letters, digits and dashes"),
  /** Of randomness; the text is their base64url, four characters for three bytes. */
  bytes: z.number().int().min(12).max(768),
});

/** A piece of a file that the machine puts together by itself, so that no secret enters a plan (docs/adr/0007). */
export const filePartSchema = z.union([
  /** As it is; no secret in it. */
  z.strictObject({ text: z.string() }),
  /** Bytes of a file as it is before the transaction; `sha256`: of that whole file, which must not have changed. */
  z.strictObject({
    slice: z.strictObject({
      path,
      offset: z.number().int().nonnegative(),
      length: z.number().int().positive(),
      sha256,
    }),
  }),
  z.strictObject({ random: randomSecret }),
]);
export type FilePart = z.infer<typeof filePartSchema>;

/** The state of a path before the change; `content` only for regular files small enough to show. */
const fileBefore = z
  .object({
    /** With secrets masked when `sha256` is there. */
    content: z.string(),
    /** Of the real bytes. */
    sha256: sha256.optional(),
    mode,
    owner: account,
    group: account,
  })
  .nullable()
  .describe("null: there is nothing at this path now");

const common = {
  /** Sentence for people: "SSH: write 00-drawbridge.conf". */
  title: z.string(),
  /** Ids of the controls that asked for it: filled in by the engine. */
  because: z.array(z.string()).default([]),
  risk: z.enum(risks),
  /**
   * Commands that judge the staged state before anything changes; in a word `@files/NAME` stands for the staged file NAME,
   * `@files//PATH` for the plan's own new file for the absolute PATH (the only way to look at one made of parts),
   * and `@random/NAME` for a file that only root reads, with that random text in it.
   */
  checks: z.array(z.object({ argv, files: z.record(z.string().regex(/^[A-Za-z0-9._-]+$/u), z.string()) })).default([]),
  /** Commands that judge the machine after files are in place and before any unit is touched. */
  verify: z.array(argv).default([]),
};

/** Order of execution. Access is made before it is narrowed: keys, sudo, sshd, PAM, firewall (facts/os.md section 1). */
export const phases = ["packages", "accounts", "access", "files", "ssh", "firewall", "services"] as const;

const phase = { phase: z.enum(phases) };

export const changeSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("file"),
    ...common,
    ...phase,
    path,
    before: fileBefore,
    after: z.object({
      /** What people see; with `parts`, secrets in it are masked. */
      content: z.string(),
      /** What is written, one after the other; without it `content` is. */
      parts: z.array(filePartSchema).min(1).optional(),
      /**
       * Name of a credential. What is written is the content encrypted by the machine, with a key that never leaves it, so
       * that only its systemd can hand it to a service under this name: systemd-creds(1).
       */
      encrypted: z
        .string()
        .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/u, "must be letters, digits, dots and dashes")
        .optional(),
      mode,
      owner: account,
      group: account,
    }),
    /** Content may hold secrets: shown as masked everywhere. */
    sensitive: z.boolean().default(false),
  }),
  z.object({ kind: z.literal("absent"), ...common, ...phase, path, before: fileBefore }),
  z.object({
    kind: z.literal("directory"),
    ...common,
    ...phase,
    path,
    after: z.object({ mode, owner: account, group: account }),
  }),
  z.object({ kind: z.literal("symlink"), ...common, ...phase, path, target: line, before: line.nullable() }),
  z.object({
    kind: z.literal("permissions"),
    ...common,
    ...phase,
    path,
    before: z.object({ mode, owner: account, group: account }),
    after: z.object({ mode, owner: account, group: account }),
  }),
  z.object({ kind: z.literal("package"), ...common, ...phase, names: z.array(account).min(1) }),
  /** Packages that go, their configuration stays: refused on the machine unless exactly these would go and each can come back. */
  z.object({ kind: z.literal("removal"), ...common, ...phase, names: z.array(account).min(1) }),
  z.object({
    kind: z.literal("group"),
    ...common,
    ...phase,
    name: account,
    system: z.boolean(),
    /** The group exists already; only members are added. */
    exists: z.boolean(),
    addMembers: z.array(account).default([]),
  }),
  z.object({
    kind: z.literal("user"),
    ...common,
    ...phase,
    name: account,
    /** Present when the account is to be created. */
    create: z
      .object({
        system: z.boolean(),
        home: path,
        createHome: z.boolean(),
        shell: path,
        comment: line,
        group: account.optional(),
      })
      .optional(),
    addGroups: z.array(account).default([]),
    removeGroups: z.array(account).default([]),
    shell: path.optional(),
    lockPassword: z.boolean().default(false),
    /** Clears the account's expiry date (usermod --expiredate ''). */
    neverExpires: z.boolean().default(false),
    /** Question id of the secret that becomes the password; the value itself never enters a plan. */
    passwordFrom: z.string().optional(),
  }),
  z.object({
    kind: z.literal("unit"),
    ...common,
    ...phase,
    unit: line,
    action: z.enum(["active", "inactive", "reloaded", "restarted"]),
  }),
  z.object({
    kind: z.literal("command"),
    ...common,
    ...phase,
    argv,
    /** Runs on undo after the files are back. */
    inverse: argv.optional(),
    /** Files, symlinks or directory trees the command may alter or create: their originals are kept. */
    touches: z.array(path).default([]),
  }),
]);

export type Change = z.infer<typeof changeSchema>;
export type ChangeInput = z.input<typeof changeSchema>;
export type ChangeOf<K extends Change["kind"]> = Extract<Change, { kind: K }>;

/** Fills the defaults in, and refuses (throws ZodError) what could not travel in a manifest. */
export const change = (input: ChangeInput): Change => changeSchema.parse(input);

/** Whether a new login has to confirm what was changed: it could shut somebody out, now or at the next start. */
export const needsConfirmation = (changes: readonly Pick<Change, "risk">[]): boolean =>
  changes.some(({ risk }) => risk === "lockout" || risk === "reboot");
