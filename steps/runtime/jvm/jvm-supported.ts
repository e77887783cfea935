import { control } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { appliesToServed, type Served, served, verdictOn } from "./served.ts";

/** Class files of major version 45 + N need Java N (JVM specification, table 4.1-A). */
const firstMajor = 44;

const problemOf = ({ integration: { java, jar } }: Served): string | undefined => {
  const needed = jar?.classMajor === undefined ? undefined : jar.classMajor - firstMajor;
  if (java === undefined) return "nothing shows which Java runs it";
  if (java.major === undefined) return `${java.home} does not say which Java it is`;
  if (needed !== undefined && java.major < needed)
    return `its JAR was built for Java ${needed}, and ${java.home} is Java ${java.major}: install Java ${needed} and point the unit at it`;
  if (java.major < 11) return `Java ${java.major} is too old for any supported Ballerina: install Java 17 or newer`;
  return undefined;
};

/** The JDK's own age is judged by the versions step; here: whether it is the one that the program was built for. */
export const jvmSupported = control({
  id: "jvm-supported",
  guideline: ["RT-13"],
  title: "The Java that runs each integration can run it",
  failing: "An integration runs on a Java that it was not built for",
  severity: "medium",
  risk: "none",
  rationale:
    "A JAR built for a newer Java stops at its next start, long after the change that caused it. A Java older than every supported release gets no security fixes.",
  references: [
    { source: "NIST 800-53", id: "SA-22" },
    { source: "man", id: "java(1)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) =>
    verdictOn(served(facts, answers), problemOf, ({ integration }) => ({
      asked: `${integration.java?.home ?? "JAVA_HOME"}/release; class version of ${integration.jar?.path ?? "the JAR"}`,
      answered: `Java ${integration.java?.version ?? "unknown"}; class version ${integration.jar?.classMajor ?? "unknown"}`,
    })),
  plan: () => [],
});
