import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { someIntegration } from "./judgement.ts";

/** Stores with certificates alone are none of this control's: what can hold a secret. */
const secretBearing = (name: string): boolean =>
  /(?:^|\/)(?:Config\.toml|\.env|[^/]*\.(?:p12|pfx|jks|jceks|keystore|key|pem))$/iu.test(name) &&
  !/truststore|cacerts/iu.test(name);

const embedded = ({ jar }: Integration): readonly string[] => (jar?.embedded ?? []).filter(secretBearing);

/** Guideline: configuration is given to the program, not built into it. */
export const secretInJar = control({
  id: "secret-in-jar",
  guideline: ["RT-05", "CF-01"],
  title: "The program carries neither configuration nor private keys inside it",
  failing: "Configuration or private keys are built into the program",
  severity: "high",
  risk: "none",
  rationale:
    "A JAR is a ZIP archive: whoever can read it, in the build system, in a registry or on a disk that was thrown away, can take out what is in it. Secrets built into a program cannot be changed without a new one.",
  references: [
    { source: "NIST 800-53", id: "IA-5(7)" },
    { source: "CWE", id: "CWE-798" },
  ],
  needs: { here: integrations },
  applies: someIntegration,
  inspect: ({ here }) => {
    const looked = here.integrations.filter(({ jar }) => jar !== undefined);
    const evidence = looked.map((integration) => ({
      asked: `unzip -l ${integration.jar?.path}`,
      answered: embedded(integration).join("\n") || "neither configuration nor private keys",
    }));
    const wrong = looked.filter((integration) => embedded(integration).length > 0);
    if (wrong.length > 0) {
      return fail(
        `${wrong.map((integration) => `${integration.id}: ${embedded(integration).join(", ")}`).join("; ")}. Take them out of the project's resources and build it again`,
        evidence,
      );
    }
    return looked.length === here.integrations.length
      ? pass(evidence)
      : unknownVerdict(
          `no JAR could be looked into: ${here.integrations
            .filter(({ jar }) => jar === undefined)
            .map(({ id }) => id)
            .join(", ")}`,
          evidence,
        );
  },
  plan: () => [],
});
