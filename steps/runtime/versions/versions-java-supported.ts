import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { software } from "../../../src/probes/software.ts";
import { type Versions, versions } from "../../../src/probes/versions.ts";
import { tableEvidence } from "./evidence.ts";
import { describeJava, type FoundJava, javaEvidence, javaRuntimes } from "./java-runtimes.ts";
import { collect, fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

const judgeSupport = ({ table, today }: Versions, java: FoundJava): Judged => {
  if (java.major === undefined) return open(`${describeJava(java)}: its release file does not say`);
  const line = table.java[String(java.major)];
  if (line === undefined) {
    const oldest = Math.min(...Object.keys(table.java).map(Number));
    return java.major < oldest
      ? wrong(`${describeJava(java)} is of a line that nobody patches any more`)
      : open(`${describeJava(java)}: the table does not know Java ${java.major}`);
  }
  return line.supportEnds < today
    ? wrong(`${describeJava(java)}: Java ${java.major} gets no updates since ${line.supportEnds}`)
    : fine();
};

/** Class files say which Java wrote them: major version 61 is Java 17 (JVMS 4.1), one more for each later Java. */
const neededJava = (classMajor: number): number => classMajor - 44;

const judgeFit = ({ id, unit, jar, java }: Integration): Judged => {
  if (java === undefined && unit?.activeState === "active") return open(`${id}: nothing shows which Java runs it`);
  if (jar?.classMajor === undefined || java?.major === undefined) return fine();
  const needed = neededJava(jar.classMajor);
  return java.major < needed
    ? wrong(
        `${id} was built for Java ${needed} and is given Java ${java.major}: it cannot start; install Java ${needed} and point its unit at it`,
      )
    : fine();
};

/** A Java that nobody patches any more has holes that stay. */
export const versionsJavaSupported = control({
  id: "versions-java-supported",
  guideline: ["RT-01", "RT-13"],
  title: "Java is of a line that still gets updates, and new enough for the programs",
  failing: "Java is of a line without updates, or too old for a program",
  severity: "high",
  risk: "none",
  rationale:
    "Only some lines of Java get updates for years: 17, 21 and 25 do. The others end half a year after they appear, and every hole found later stays. A Java older than the one that compiled the program cannot run it at all, so look at this before a restart does.",
  references: [
    { source: "NIST 800-53", id: "SA-22" },
    { source: "man", id: "JVMS 4.1" },
  ],
  needs: { software, versions, here: raw(integrations) },
  applies: ({ software, here }) => javaRuntimes(software, here).length > 0 || "no Java is installed here",
  inspect: ({ software, versions, here }) => {
    const runtimes = javaRuntimes(software, here);
    const programs = (knownValue(here)?.integrations ?? []).filter(({ container }) => !container);
    return verdictOf(collect([...runtimes.map((java) => judgeSupport(versions, java)), ...programs.map(judgeFit)]), [
      javaEvidence(runtimes),
      tableEvidence(versions),
    ]);
  },
  plan: () => [],
});
