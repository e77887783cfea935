import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { JavaRuntime, WhatRunsHere } from "../../../src/model/integration.ts";
import type { Software } from "../../../src/probes/software.ts";

export type FoundJava = JavaRuntime & {
  /** Ids of the integrations that run on it. */
  readonly users: readonly string[];
  /** Came inside a Ballerina or WSO2 Integrator installation. */
  readonly bundled: boolean;
};

const insideInstallation = /^\/usr\/(?:lib|lib64)\/ballerina\/|^\/usr\/share\/wso2-integrator\//u;

/** Every Java runtime of the host, each once: those that integrations run on, installed ones, bundled ones. */
export const javaRuntimes = (software: Software, here: Fact<WhatRunsHere>): readonly FoundJava[] => {
  const what = knownValue(here);
  const found = new Map<string, JavaRuntime>();
  const bundledHomes = new Set<string>();
  for (const java of software.java) found.set(java.home, java);
  for (const { bundledJava } of what?.installations ?? []) {
    for (const java of bundledJava) {
      found.set(java.home, java);
      bundledHomes.add(java.home);
    }
  }
  for (const { java, container } of what?.integrations ?? []) {
    if (java !== undefined && !container) found.set(java.home, java);
  }
  return [...found.values()].map((java) => ({
    ...java,
    bundled: bundledHomes.has(java.home) || insideInstallation.test(java.home),
    users: (what?.integrations ?? []).filter((one) => one.java?.home === java.home).map(({ id }) => id),
  }));
};

/** "Java 17.0.15 in /usr/lib/jvm/java-17-openjdk-amd64 (orders-api)". */
export const describeJava = ({ home, version, users }: FoundJava): string =>
  `Java ${version ?? "of unknown version"} in ${home}${users.length === 0 ? "" : ` (${users.join(", ")})`}`;

export const javaEvidence = (runtimes: readonly FoundJava[]) => ({
  asked: "grep JAVA_VERSION */release of every Java here",
  answered: runtimes.map(describeJava).join("; ") || "no Java",
});
