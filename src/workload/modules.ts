import type { Integration, LinkedModule } from "../model/integration.ts";
import { classConstants, decodedIdentifier } from "./jar.ts";

/** Which Ballerina modules a JAR links, at which versions, and what their configuration may therefore say. */

/** `ballerina/http/2/$_init.class`: a module is linked. The compiler writes one for each (JvmPackageGen of ballerina-lang). */
export const moduleOfEntry = (name: string): LinkedModule | undefined => {
  const match = /^([^/]+)\/([^/]+)\/(\d{1,6})\/\$_init\.class$/u.exec(name);
  if (!match) return undefined;
  const [, organisation = "", module = "", major = ""] = match;
  return {
    organisation: decodedIdentifier(organisation),
    name: decodedIdentifier(module),
    major: Number(major),
    version: undefined,
  };
};

/** `acme.orders.0.$_init`: whose program it is. undefined when the name is none of Ballerina's. */
export const packageOfMainClass = (mainClass: string | undefined) => {
  const match = /^(?:([^.]+)\.)?([^.]+)\.(\d+)\.\$_init$/u.exec(mainClass ?? "");
  if (!match) return undefined;
  return {
    organisation: decodedIdentifier(match[1] ?? ""),
    name: decodedIdentifier(match[2] as string),
    major: Number(match[3]),
  };
};

/**
 * What a module's `$configurationMapper.class` says: the compiler writes the name of every configurable variable into it,
 * and behind each its place as `ballerina/http:2.14.9(listener.bal:31)`, which is the module's exact version
 * (ConfigMethodGen and PackageID of ballerina-lang). undefined when the class is not the compiler's.
 */
export const readConfigurationMapper = (
  bytes: Buffer,
): { readonly version: string | undefined; readonly configurables: readonly string[] } | undefined => {
  const constants = classConstants(bytes);
  if (constants === undefined || !constants.texts.has("$configureInit")) return undefined;
  const place = /^(?:[^\s/]+\/)?[^\s/:]+(?::([^\s(]+))?\([^()]*:\d+\)$|^[^\s():]+\.bal:\d+$/u;
  const versions = constants.strings.flatMap((text) => place.exec(text)?.[1] ?? []);
  return {
    version: versions[0],
    configurables: [...new Set(constants.strings.filter((text) => !place.test(text)).map(decodedIdentifier))],
  };
};

/** Versions in parts, compared as numbers; a part that is missing is 0. Qualifiers (`-beta`, `.Final`) do not count. */
export const compareVersions = (one: string, two: string): number => {
  const parts = (version: string) =>
    version
      .split("-")[0]
      ?.split(".")
      .map((part) => Number.parseInt(part, 10)) ?? [];
  const [a, b] = [parts(one), parts(two)];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const [left, right] = [a[index] ?? 0, b[index] ?? 0];
    if (Number.isNaN(left) || Number.isNaN(right)) continue;
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
};

/** The oldest http module that brings a Netty as new as this (changelog and tags of module-ballerina-http). Newest first. */
const httpByNetty: readonly (readonly [netty: string, http: string])[] = [
  ["4.1.135", "2.16.4"],
  ["4.1.133", "2.14.11"],
  ["4.1.130", "2.14.9"],
];

/** At least this http module, by the Netty in the JAR. undefined where Netty is older than the table. */
export const httpAtLeast = (netty: string | undefined): string | undefined =>
  netty === undefined ? undefined : httpByNetty.find(([version]) => compareVersions(netty, version) >= 0)?.[1];

type Feature = {
  readonly module: string;
  /** First version of the module that has it; undefined: all of this major. */
  readonly since: string | undefined;
  /** First release of the distribution that ships such a module. */
  readonly distribution: string;
  /** The configurable variable it belongs to. */
  readonly variable: string;
  /** The variable itself came with it: where the JAR names its variables, that decides. */
  readonly isVariable: boolean;
};

const feature = (
  module: string,
  since: string | undefined,
  distribution: string,
  variable: string,
  isVariable = true,
): Feature => ({ module, since, distribution, variable, isVariable });

/** Keys by the version that brought them. An unknown key is fatal for the program, so nothing is written that is not here. */
export const features = {
  "http.defaultListenerPort": feature("ballerina/http", "2.13.4", "2201.12.0", "defaultListenerPort"),
  "http.defaultListenerConfig": feature("ballerina/http", "2.13.4", "2201.12.0", "defaultListenerConfig"),
  "http.accessLogConfig": feature("ballerina/http", undefined, "2201.0.0", "accessLogConfig"),
  "http.accessLogConfig.file": feature("ballerina/http", "2.16.0", "2201.13.0", "accessLogConfig", false),
  "http.traceLogConsole": feature("ballerina/http", undefined, "2201.0.0", "traceLogConsole"),
  "http.traceLogAdvancedConfig": feature("ballerina/http", undefined, "2201.0.0", "traceLogAdvancedConfig"),
  "log.level": feature("ballerina/log", undefined, "2201.0.0", "level"),
  "log.format": feature("ballerina/log", undefined, "2201.0.0", "format"),
  "log.modules": feature("ballerina/log", undefined, "2201.0.0", "modules"),
  "log.keyValues": feature("ballerina/log", "2.13.0", "2201.13.0", "keyValues"),
  "log.destinations": feature("ballerina/log", "2.13.0", "2201.13.0", "destinations"),
  "log.enableSensitiveDataMasking": feature("ballerina/log", "2.14.0", "2201.13.0", "enableSensitiveDataMasking"),
  "log.destinations.rotation": feature("ballerina/log", "2.16.0", "2201.13.2", "destinations", false),
  "observe.enabled": feature("ballerina/observe", undefined, "2201.0.0", "enabled"),
  "observe.metricsEnabled": feature("ballerina/observe", undefined, "2201.0.0", "metricsEnabled"),
  "observe.metricsReporter": feature("ballerina/observe", undefined, "2201.0.0", "metricsReporter"),
  "observe.tracingEnabled": feature("ballerina/observe", undefined, "2201.0.0", "tracingEnabled"),
  "observe.metricsLogsEnabled": feature("ballerina/observe", undefined, "2201.13.0", "metricsLogsEnabled"),
  "prometheus.host": feature("ballerinax/prometheus", undefined, "2201.0.0", "host"),
  "prometheus.port": feature("ballerinax/prometheus", undefined, "2201.0.0", "port"),
  "jaeger.agentHostname": feature("ballerinax/jaeger", undefined, "2201.0.0", "agentHostname"),
  "jaeger.agentPort": feature("ballerinax/jaeger", undefined, "2201.0.0", "agentPort"),
  "bridge.enableSSL": feature("wso2/icp.runtime.bridge", undefined, "2201.12.0", "enableSSL"),
  "bridge.cert": feature("wso2/icp.runtime.bridge", undefined, "2201.12.0", "cert"),
} as const satisfies Readonly<Record<string, Feature>>;

export type FeatureName = keyof typeof features;
export type Support = "yes" | "no" | "unknown";

type WithJar = Pick<Integration, "jar">;

/** `linked(integration, "ballerina/http")`: the module as the JAR has it; undefined when it is not in it, or there is no JAR. */
export const linked = ({ jar }: WithJar, module: string): LinkedModule | undefined =>
  jar?.modules.find(({ organisation, name }) => `${organisation}/${name}` === module);

/**
 * Whether the program accepts what belongs to a feature. `stated`: the release of the distribution it was built with, by the
 * operator's word ("2201.13.2"); it counts only where the JAR does not tell.
 */
export const supports = (integration: WithJar, name: FeatureName, stated = ""): Support => {
  const wanted: Feature = features[name];
  const byWord = (): Support =>
    stated === "" ? "unknown" : compareVersions(stated, wanted.distribution) >= 0 ? "yes" : "no";
  // Without a JAR to look into, not even that the module is linked is known; the operator's word covers it.
  if (integration.jar === undefined || integration.jar.modules.length === 0) return byWord();
  const module = linked(integration, wanted.module);
  if (module === undefined) return "no";
  if (module.configurables !== undefined && (wanted.isVariable || !module.configurables.includes(wanted.variable))) {
    return module.configurables.includes(wanted.variable) ? "yes" : "no";
  }
  if (wanted.since === undefined) return "yes";
  if (module.version !== undefined) {
    if (compareVersions(module.version, wanted.since) >= 0) return "yes";
    if (module.versionIs === "exact") return "no";
  }
  return byWord();
};
