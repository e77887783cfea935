import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { policy } from "../../../src/probes/policy.ts";
import { defaultOf } from "./composer.ts";

/** Accounts of packages whose own tools log in as them. */
const needShell = ["postgres", "git", "gitea", "forgejo", "jenkins", "oracle", "gitlab-runner"];

export const shellsKept = question({
  id: "accounts.shells-kept",
  kind: "list",
  label: "Services with a shell",
  title: "Which accounts of services keep their login shell?",
  why: 'The others get nologin. Some tools log in as the account of their service: "su - postgres", git over SSH, build agents. The default is those that are known for it.',
  schema: z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/u, "must be account names")),
  needs: { accounts },
  default: (facts) =>
    (knownValue(facts.accounts)?.accounts ?? [])
      .filter(({ name, system, loginShell }) => system && loginShell && needShell.includes(name))
      .map(({ name }) => name),
  current: (facts) => {
    const open = (knownValue(facts.accounts)?.accounts ?? []).filter(
      ({ name, system, loginShell }) => system && loginShell && name !== "root",
    );
    return open.length === 0 ? "none has one" : open.map(({ name }) => name).join(", ");
  },
});

export const passwordDays = question({
  id: "accounts.password-days",
  kind: "text",
  label: "Password lasts",
  title: "After how many days does a password have to be changed? (0: never)",
  why: "Benchmarks ask for a year at most; NIST 800-63B would rather have long passwords that are changed only when they may be known. Accounts without a password (services, people with keys) are not touched.",
  schema: z.coerce.number().int().min(0).max(365),
  needs: { policy },
  default: () => 365,
  current: (facts) => {
    const known = knownValue(facts.policy);
    return known === undefined
      ? "not known"
      : `${defaultOf(known, "/etc/login.defs", "PASS_MAX_DAYS") ?? "no limit"} days for new accounts`;
  },
});

export const umask = question({
  id: "accounts.umask",
  kind: "select",
  label: "New files",
  title: "Who may read the files that people make?",
  why: "027 lets the file's group read, and nobody else; 077 nobody at all. Services have a umask of their own and are not touched.",
  schema: z.enum(["027", "077"]),
  needs: { policy },
  choices: () => [
    { value: "027", label: "027", hint: "owner and group" },
    { value: "077", label: "077", hint: "the owner alone" },
  ],
  default: () => "027",
  current: (facts) => {
    const known = knownValue(facts.policy);
    return known === undefined ? "not known" : (defaultOf(known, "/etc/login.defs", "UMASK") ?? "not set");
  },
});

export const sessionMinutes = question({
  id: "accounts.session-minutes",
  kind: "text",
  label: "Idle shells end after",
  title: "After how many minutes at its prompt does a shell end? (0: never)",
  why: "A forgotten root shell belongs to whoever comes by. Programs that run in a shell are not ended, only shells that wait for input.",
  schema: z.coerce.number().int().min(0).max(15),
  needs: { policy },
  default: () => 15,
});
