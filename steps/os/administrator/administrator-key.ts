import { heals, insecurityRepairs } from "../../../src/core/administrators.ts";
import type { AuthorizedKey } from "../../../src/core/authorized-key.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Accounts, accounts, type KeyFile } from "../../../src/probes/accounts.ts";
import { hindrancesOf, keyEvidence, keyFileOf, missingKeys, type Wanted, wanted } from "./wanted.ts";

/** A symlink, or something that is no text: writing through it or over it is not for us. */
const notOurs = (file: KeyFile | undefined): boolean => file !== undefined && file.file === undefined;

const count = (keys: readonly unknown[]): string => (keys.length === 1 ? "a key" : `${keys.length} keys`);

/** sshd(8) FILES and AUTHORIZED_KEYS FILE FORMAT; StrictModes in sshd_config(5). */
export const administratorKey = control({
  id: "administrator-key",
  guideline: ["OS-05"],
  title: "The administrator logs in with a key",
  failing: "The administrator has no key that SSH accepts",
  severity: "high",
  risk: "none",
  rationale:
    "Passwords are guessed by machines day and night; a key is not. It has to be in place, and readable by sshd with the right modes, before passwords can be turned off.",
  references: [
    { source: "NIST 800-53", id: "IA-2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-612020" },
    { source: "STIG RHEL 9", id: "RHEL-09-255035" },
    { source: "man", id: "sshd(8)" },
  ],
  needs: { known: accounts },
  inspect: ({ known }, answers) => {
    const target = wanted(known, answers);
    const evidence = [keyEvidence(known, target)];
    if (target.account === undefined) return fail(`there is no account ${target.name} yet`, evidence);
    const problem = hindrancesOf(target, "key");
    if (problem !== undefined) return fail(problem, evidence);
    const missing = missingKeys(target, answers);
    const place = keyFileOf(known, target);
    if (missing.length > 0 && notOurs(place?.now)) {
      return fail(`${place?.path} is a symbolic link or no text file: add the key there yourself`, evidence);
    }
    return missing.length === 0
      ? pass(evidence)
      : fail(
          `${target.name} lacks ${missing.map(({ comment, fingerprint }) => comment || fingerprint).join(", ")}`,
          evidence,
        );
  },
  plan: ({ known }, answers) => {
    const target = wanted(known, answers);
    const changes = keyChanges(known, target, missingKeys(target, answers));
    return target.account === undefined || heals(known, target.name, "key", changes) ? changes : [];
  },
});

/** The keys that are missing, in the first file sshd reads, and the modes without which it reads none. */
const keyChanges = (known: Accounts, target: Wanted, missing: readonly AuthorizedKey[]): readonly Change[] => {
  const { name, account, repair } = target;
  const place = keyFileOf(known, target);
  const common = { phase: "access" as const, risk: "none" as const };
  const insecure = account !== undefined && repair ? insecurityRepairs(known, account) : [];
  const repairs = (except?: string) =>
    insecure
      .filter(({ path }) => path !== except)
      .map((state) =>
        change({ ...common, kind: "permissions", title: `Let only ${name} write to ${state.path}`, ...state }),
      );
  if (missing.length === 0) return repairs();
  if (place === undefined || notOurs(place.now)) return [];

  const inHome = place.path.startsWith(`${target.home}/`);
  const owner = inHome ? name : "root";
  const group = inHome ? (account?.groups[0] ?? name) : "root";
  const before = place.now?.file ?? null;
  const folder = place.path.slice(0, place.path.lastIndexOf("/"));
  // Where all accounts' keys lie in one folder (AuthorizedKeysFile /etc/ssh/keys/%u), another account's file shows it.
  const chains = [
    ...(place.now?.chain ?? []),
    ...known.accounts.flatMap(({ keyFiles }) => keyFiles.flatMap(({ chain }) => chain)),
  ];
  const folderExists = chains.some(({ path }) => path === folder);
  const earlier =
    before === null || before.content === "" || before.content.endsWith("\n")
      ? (before?.content ?? "")
      : `${before.content}\n`;
  const repaired = insecure.find(({ path }) => path === place.path)?.after;
  return [
    ...repairs(place.path),
    ...(folderExists || folder === target.home
      ? []
      : [
          change({
            ...common,
            kind: "directory",
            title: `A folder for the keys of ${name}`,
            path: folder,
            after: { mode: inHome ? "0700" : "0755", owner, group },
          }),
        ]),
    change({
      ...common,
      kind: "file",
      title: `Give ${name} ${count(missing)}`,
      path: place.path,
      before,
      after: {
        content: `${earlier}${missing.map(({ line }) => `${line}\n`).join("")}`,
        mode: repaired?.mode ?? before?.mode ?? (inHome ? "0600" : "0644"),
        owner: repaired?.owner ?? before?.owner ?? owner,
        group: repaired?.group ?? before?.group ?? group,
      },
    }),
  ];
};
