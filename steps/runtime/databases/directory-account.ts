import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { loginEvidence, said, someLogin } from "./judgement.ts";
import { isAdministrative, loginsOf } from "./logins.ts";

/** Guideline: no administrator's entry for LDAP binds. */
export const directoryAccount = control({
  id: "directory-account",
  guideline: ["RT-08"],
  title: "The integration does not bind to its directory as an administrator",
  failing: "The integration binds to its directory as an administrator",
  severity: "high",
  risk: "none",
  rationale:
    "A directory decides who everybody is. An integration that looks people up needs to read a few attributes below one branch; with the administrator's entry a break-in there owns every account of the company.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "AC-6(5)" },
  ],
  needs: { here: integrations },
  applies: someLogin,
  inspect: ({ here }) => {
    const binds = here.integrations.filter((integration) =>
      loginsOf(integration).some(({ server }) => server === "ldap"),
    );
    if (binds.length === 0) return notApplicable("no configuration here names a directory");
    const detail = said(binds, (integration) =>
      loginsOf(integration)
        .filter(({ server, account }) => server === "ldap" && account !== undefined && isAdministrative(account))
        .map(({ where, account }) => `${where} is ${account}`),
    );
    const evidence = loginEvidence(binds);
    return detail === ""
      ? pass(evidence)
      : fail(
          `${detail}. Let the directory's administrator make an entry that reads what is needed and nothing else`,
          evidence,
        );
  },
  plan: () => [],
});
