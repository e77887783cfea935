import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { said, someLogin } from "./judgement.ts";
import { weakConnections } from "./logins.ts";

/** Guideline: TLS to the database, demanded and verified. */
export const databaseConnectionEncrypted = control({
  id: "database-connection-encrypted",
  guideline: ["RT-08", "RT-07"],
  title: "Connections to databases demand TLS and look at who answers",
  failing: "A connection to a database gives up TLS or trusts whoever answers",
  severity: "medium",
  risk: "none",
  rationale:
    "Preferred means: in clear text when somebody in between wants it so. Without a look at the certificate the password and every row go to whoever answers first. The server has to offer TLS and its certificate has to be trusted before this can be demanded, so nothing is changed from here.",
  references: [
    { source: "NIST 800-53", id: "SC-8(1)" },
    { source: "CWE", id: "CWE-295" },
    { source: "CWE", id: "CWE-319" },
  ],
  needs: { here: integrations },
  applies: someLogin,
  inspect: ({ here }) => {
    const detail = said(here.integrations, (integration) => weakConnections(integration).map(({ what }) => what));
    const evidence = here.integrations.map((integration) => ({
      asked: `TLS settings of databases in the configuration of ${integration.id}`,
      answered:
        weakConnections(integration)
          .map(({ what }) => what)
          .join("\n") || "none that gives up TLS",
    }));
    return detail === "" ? pass(evidence) : fail(detail, evidence);
  },
  plan: () => [],
});
