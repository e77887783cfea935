import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type Software, software } from "../../../src/probes/software.ts";
import { versions } from "../../../src/probes/versions.ts";
import { compareVersions, type VersionTable } from "../../../src/versions/table.ts";
import { tableEvidence } from "./evidence.ts";
import { describeJava, type FoundJava, javaEvidence, javaRuntimes } from "./java-runtimes.ts";
import { collect, fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

/** What the machine's own packages say about a Java of this major version. */
const offered = ({ updates }: Software, major: number | undefined): string => {
  if (!updates.known) return `; ${updates.reason}`;
  const waiting = updates.pending.filter(
    ({ name }) => /^(?:openjdk|temurin|java|zulu|msopenjdk)/u.test(name) && name.split(/\D+/u).includes(String(major)),
  );
  return waiting.length === 0
    ? ""
    : ` (${waiting.map(({ name, candidate }) => `${name} ${candidate}`).join(", ")} is ready to be installed)`;
};

export const judgeJavaPatch = (table: VersionTable, java: FoundJava, installed: Software): Judged => {
  const latest = java.major === undefined ? undefined : table.java[String(java.major)]?.latest;
  if (java.version === undefined) return open(`${describeJava(java)}: its release file does not say`);
  if (latest === undefined) return open(`${describeJava(java)}: the table names no latest update of it`);
  return compareVersions(java.version, latest) < 0
    ? wrong(`${describeJava(java)} is older than ${latest}${offered(installed, java.major)}`)
    : fine();
};

/** Java's own updates come every quarter, with the holes they close described in public. */
export const versionsJava = control({
  id: "versions-java",
  guideline: ["RT-01", "RT-13"],
  title: "Java is on its latest update",
  failing: "Java misses security updates",
  severity: "high",
  risk: "none",
  rationale:
    "Four times a year Java closes holes, in TLS, XML and class loading among others, and says in public which ones. An integration that faces a network runs on what its Java handles safely. The packages are updated by the machine's own package manager, which no undo takes back exactly: so the command is named, and nothing is upgraded from here.",
  references: [{ source: "NIST 800-53", id: "SI-2(c)" }],
  needs: { software, versions, here: raw(integrations) },
  applies: ({ software, here }) =>
    javaRuntimes(software, here).some(({ bundled }) => !bundled) || "no Java is installed here outside of Ballerina",
  inspect: ({ software, versions, here }) => {
    const runtimes = javaRuntimes(software, here).filter(({ bundled }) => !bundled);
    return verdictOf(collect(runtimes.map((java) => judgeJavaPatch(versions.table, java, software))), [
      javaEvidence(runtimes),
      tableEvidence(versions),
    ]);
  },
  plan: () => [],
});
