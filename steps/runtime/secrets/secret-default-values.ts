import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { mask } from "../../../src/workload/secrecy.ts";
import { someIntegration } from "./judgement.ts";

/** Secrets that are printed in documentation and sources: ICP 1 and 2, WSO2 stores, OpenSearch, the JDK, and placeholders. */
const published: ReadonlySet<string> = new Set([
  "admin",
  "bal_secret",
  "ballerina",
  "Ballerina@123",
  "changeit",
  "changeme",
  "change-me",
  "default-secret-key-at-least-32-characters-long-for-hs256",
  "password",
  "passw0rd",
  "secret",
  "test",
  "wso2carbon",
]);

/** The control plane's own are judged, and replaced, by the defaults step. */
const ofControlPlane = /(?:JwtHMACSecret|opensearchPassword)$/u;

/** Passwords of stores are judged with their stores. */
const isDefault = ({ configuration, stores }: Integration) => {
  const ofStores = new Set(stores.flatMap(({ passwordKey }) => passwordKey ?? []));
  return configuration.settings.filter(
    ({ key, secret, value }) =>
      secret && typeof value === "string" && published.has(value) && !ofStores.has(key) && !ofControlPlane.test(key),
  );
};

/** Guideline: default credentials are changed. */
export const secretDefaultValues = control({
  id: "secret-default-values",
  guideline: ["RT-05", "RT-06"],
  title: "No password or signing key is one that is printed in documentation",
  failing: "A password or signing key is one that everybody knows",
  severity: "critical",
  risk: "none",
  rationale:
    "Defaults of products and placeholders of examples are the first that anyone tries. Who knows a signing key can write his own tokens and is whoever he likes.",
  references: [
    { source: "NIST 800-53", id: "IA-5" },
    { source: "CWE", id: "CWE-1392" },
  ],
  needs: { here: integrations },
  applies: someIntegration,
  inspect: ({ here }) => {
    const evidence = here.integrations.map((integration) => ({
      asked: `values of secrets of ${integration.id} against the published ones`,
      answered:
        isDefault(integration)
          .map(({ key }) => `${key} ${mask} is published`)
          .join("\n") || "none of them is published",
    }));
    const wrong = here.integrations.filter((integration) => isDefault(integration).length > 0);
    return wrong.length === 0
      ? pass(evidence)
      : fail(
          `${wrong
            .map(
              (integration) =>
                `${integration.id}: ${isDefault(integration)
                  .map(({ key }) => key)
                  .join(", ")}`,
            )
            .join("; ")}. The other side has to know the new one too: change both together`,
          evidence,
        );
  },
  plan: () => [],
});
