import type { Integration } from "../../../src/model/integration.ts";
import type { Auditd } from "../../../src/probes/auditd.ts";
import { people, watch } from "./syscalls.ts";

/** What a rule can name: no blanks, nothing that auditctl would take for something else. */
const plain = (path: string): boolean => /^\/[\w./@+-]+$/u.test(path);

/**
 * Rules for files that hold secrets: every change, and every reading by a person (the program itself, started by systemd,
 * has no login and leaves no record). For other controls: `fragment(auditRules, { name, rules: secretFileRules(…) })`.
 */
export const secretFileRules = (
  seen: Pick<Auditd, "firstUid">,
  paths: readonly string[],
  key: string,
): readonly string[] =>
  [...new Set(paths)]
    .filter(plain)
    .sort()
    .flatMap((path) => [watch(path, key), `-a always,exit -F path=${path} -F perm=r ${people(seen)} -k ${key}-read`]);

/** Configuration that is there, environment files, unit files, programs and stores. */
export const integrationRules = (seen: Pick<Auditd, "firstUid">, found: readonly Integration[]): readonly string[] => {
  const secrets = found.flatMap(({ configuration, environmentFiles, stores }) => [
    ...configuration.files.filter(({ stat }) => stat?.kind === "file").map(({ path }) => path),
    ...environmentFiles.filter(({ stat }) => stat?.kind === "file").map(({ path }) => path),
    ...stores.map(({ path }) => path),
  ]);
  const code = found.flatMap(({ jar, unitFiles }) => [
    ...(jar === undefined ? [] : [jar.path]),
    ...unitFiles.filter(({ stat }) => stat?.kind === "file").map(({ path }) => path),
  ]);
  return [
    ...secretFileRules(seen, secrets, "integrations"),
    ...[...new Set(code)]
      .filter(plain)
      .sort()
      .map((path) => watch(path, "integrations")),
  ];
};
