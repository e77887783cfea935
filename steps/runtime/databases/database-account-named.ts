import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { loginEvidence, said, someLogin } from "./judgement.ts";
import { defaultAccount, loginsOf } from "./logins.ts";

/** ballerinax/mysql logs in as root and ballerinax/postgresql as postgres where nothing names an account. */
export const databaseAccountNamed = control({
  id: "database-account-named",
  guideline: ["RT-08"],
  title: "Every database connection names the account that it uses",
  failing: "A database connection names no account, and the client takes an administrator's",
  severity: "medium",
  risk: "none",
  rationale:
    "Ballerina's clients fill in root for MySQL and postgres for PostgreSQL when nothing names an account. What is not written anywhere is not seen in a review either. The account may be named in the program's own text: then say so by leaving this out.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "CWE", id: "CWE-1188" },
  ],
  needs: { here: integrations },
  applies: someLogin,
  inspect: ({ here }) => {
    const detail = said(here.integrations, (integration) =>
      loginsOf(integration)
        .filter(({ account }) => account === undefined)
        .map(({ where, server }) => `${where} names no account: the client's default is ${defaultAccount(server)}`),
    );
    const evidence = loginEvidence(here.integrations);
    return detail === "" ? pass(evidence) : fail(detail, evidence);
  },
  // Which account, only the program's owner knows: a key that it does not have would stop it.
  plan: () => [],
});
