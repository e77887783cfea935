import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { policy } from "../../../src/probes/policy.ts";

/** The benchmarks' own name for it. */
export const suGroup = "sugroup";

export const lockoutTries = question({
  id: "authentication.tries",
  kind: "text",
  label: "Wrong passwords",
  title: "How many wrong passwords close an account for a while?",
  why: "Counted are passwords at the console, with su and sudo, and over SSH where it takes any. Keys are not counted and still open the account.",
  schema: z.coerce.number().int().min(3).max(5),
  needs: { policy },
  default: () => 4,
});

export const lockoutMinutes = question({
  id: "authentication.minutes",
  kind: "text",
  label: "Closed for",
  title: "For how many minutes is it closed then?",
  why: "Fifteen minutes make guessing hopeless and a typing mistake bearable. An administrator can open it at once: faillock --user NAME --reset.",
  schema: z.coerce.number().int().min(15).max(1440),
  needs: { policy },
  default: () => 15,
});

export const passwordLength = question({
  id: "authentication.password-length",
  kind: "text",
  label: "Password length",
  title: "How many characters does a new password need?",
  why: "Length counts more than anything else. Passwords that are in use now stay until they are changed.",
  schema: z.coerce.number().int().min(14).max(64),
  needs: { policy },
  default: () => 14,
});

export const suUsers = question({
  id: "authentication.su-users",
  kind: "list",
  label: "Who may use su",
  title: "Which accounts may become others with su?",
  why: "Nobody needs it where sudo is there: sudo asks for one's own password and writes down what is done. The default is nobody, or whoever is in the group for it today.",
  schema: z.array(z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/u, "must be account names")),
  needs: { accounts },
  default: (facts) => knownValue(facts.accounts)?.groups.find(({ name }) => name === suGroup)?.members ?? [],
});

export const sudoMinutes = question({
  id: "authentication.sudo-minutes",
  kind: "text",
  label: "sudo remembers for",
  title: "For how many minutes does sudo not ask again?",
  why: "In that time whoever sits down at the open shell is an administrator. 0 asks every time.",
  schema: z.coerce.number().int().min(0).max(15),
  needs: { policy },
  default: () => 15,
});
