import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { software } from "../../../src/probes/software.ts";
import { versions } from "../../../src/probes/versions.ts";
import { tableEvidence } from "./evidence.ts";
import { javaEvidence, javaRuntimes } from "./java-runtimes.ts";
import { collect, verdictOf } from "./judging.ts";
import { judgeJavaPatch } from "./versions-java.ts";

/** Distributions 2201.11 to 2201.13.3 still bring a Java of October 2024 along. */
export const versionsJavaBundled = control({
  id: "versions-java-bundled",
  guideline: ["RT-01"],
  title: "The Java that Ballerina brings along is current",
  failing: "The Java that Ballerina brings along lags behind",
  severity: "medium",
  risk: "none",
  rationale:
    "Installers of Ballerina and WSO2 Integrator contain a Java of their own that no package manager updates, and it is often years behind. Run integrations on the distribution's Java instead: it is patched with everything else, and the JAR needs nothing but a runtime of at least its own version.",
  references: [{ source: "NIST 800-53", id: "SI-2" }],
  needs: { software, versions, here: raw(integrations) },
  applies: ({ software, here }) =>
    javaRuntimes(software, here).some(({ bundled }) => bundled) ||
    "no Ballerina with a Java of its own is installed here",
  inspect: ({ software, versions, here }) => {
    const runtimes = javaRuntimes(software, here).filter(({ bundled }) => bundled);
    return verdictOf(collect(runtimes.map((java) => judgeJavaPatch(versions.table, java, software))), [
      javaEvidence(runtimes),
      tableEvidence(versions),
    ]);
  },
  plan: () => [],
});
