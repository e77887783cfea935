import { control } from "../../../src/model/control.ts";
import type { Installation } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { versions } from "../../../src/probes/versions.ts";
import { compareVersions, lineOf, type VersionTable } from "../../../src/versions/table.ts";
import { tableEvidence } from "./evidence.ts";
import { collect, fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

const newestPatched = (table: VersionTable): string | undefined =>
  Object.values(table.ballerina)
    .filter(({ patched }) => patched)
    .map(({ latest }) => latest)
    .sort(compareVersions)
    .at(-1);

const judgeDistribution = (table: VersionTable, { path, version }: Installation): Judged => {
  if (version === undefined) return open(`${path} does not say its version`);
  const line = table.ballerina[lineOf(version)];
  if (line === undefined) return open(`the table does not know the line ${lineOf(version)} (${version} in ${path})`);
  if (!line.patched) {
    const next = newestPatched(table);
    return wrong(
      `${version} in ${path} is of a line that gets no patches any more: bal dist pull ${next}, then build and test again`,
    );
  }
  if (compareVersions(version, line.latest) < 0) {
    return wrong(`${version} in ${path} is older than ${line.latest}: bal dist pull ${line.latest}, then build again`);
  }
  return fine();
};

/** The distribution compiles the standard library into every JAR: its patches arrive only with a new build. */
export const versionsBallerina = control({
  id: "versions-ballerina",
  guideline: ["RT-01"],
  title: "The Ballerina distribution is on its latest patch",
  failing: "The Ballerina distribution misses patches",
  severity: "medium",
  risk: "none",
  rationale:
    "A Ballerina program carries its standard library inside its JAR, so holes in HTTP or TLS handling are closed by building it again with a patched distribution. Lines that get no patches any more keep their holes. Nothing is changed from here: bal writes into its user's home, and what was built must be built and tested again.",
  references: [
    { source: "NIST 800-53", id: "SI-2" },
    { source: "NIST 800-53", id: "SA-22" },
  ],
  needs: { here: integrations, versions },
  applies: ({ here }) =>
    here.installations.some(({ product }) => product === "ballerina") ||
    "no Ballerina distribution is installed here, as it should be: the build host is the place to look",
  inspect: ({ here, versions }) => {
    const installed = here.installations.filter(({ product }) => product === "ballerina");
    return verdictOf(collect(installed.map((one) => judgeDistribution(versions.table, one))), [
      {
        asked: "cat distributions/ballerina-version of every installation",
        answered: installed.map(({ path, version }) => `${path}: ${version ?? "unknown"}`).join("; "),
      },
      tableEvidence(versions),
    ]);
  },
  plan: () => [],
});
