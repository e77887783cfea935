import type { ConfigurationFile, Integration, JarFile, WhatRunsHere } from "../../src/model/integration.ts";
import type { WorkloadUnit } from "../../src/probes/workload.ts";

/** Program and configuration as a careful installation has them: nothing to find. Everything can be overridden. */

export const aUnit = (overrides: Partial<WorkloadUnit> = {}): WorkloadUnit => ({
  name: "orders-api.service",
  activeState: "active",
  subState: "running",
  user: "orders",
  group: "orders",
  dynamicUser: false,
  runsAs: "orders",
  workingDirectory: "/opt/orders",
  jar: "/opt/orders/orders.jar",
  ballerina: "yes",
  configurationFiles: ["/opt/orders/Config.toml"],
  logFolders: ["/var/log/orders"],
  startedAt: 1_790_000_000,
  recentRestarts: 0,
  dropIn: null,
  dropInFolder: false,
  ...overrides,
});

/** A JAR of distribution 2201.13 that links http and log. */
export const aJar = (overrides: Partial<JarFile> = {}): JarFile => ({
  path: "/opt/orders/orders.jar",
  size: 48_000_000,
  modified: 1_789_000_000,
  stat: {
    path: "/opt/orders/orders.jar",
    kind: "file",
    mode: "0640",
    owner: "root",
    group: "orders",
    uid: 0,
    gid: 990,
  },
  mainClass: "acme.orders.0.$_init",
  classMajor: 65,
  modules: [
    { organisation: "ballerina", name: "http", major: 2, version: "2.16.3" },
    { organisation: "ballerina", name: "log", major: 2, version: undefined },
  ],
  netty: "4.1.133.Final",
  embedded: [],
  ...overrides,
});

export const aConfigurationFile = (overrides: Partial<ConfigurationFile> = {}): ConfigurationFile => {
  const path = overrides.path ?? "/opt/orders/Config.toml";
  return {
    path,
    state: "read",
    problem: undefined,
    content: "",
    stat: { path, kind: "file", mode: "0640", owner: "root", group: "orders", uid: 0, gid: 990 },
    ...overrides,
  };
};

export const anIntegration = (overrides: Partial<Integration> = {}): Integration => ({
  id: "orders-api",
  kind: "ballerina",
  unit: aUnit(),
  pid: 812,
  container: false,
  user: "orders",
  workingDirectory: "/opt/orders",
  jar: aJar(),
  java: { home: "/usr/lib/jvm/java-21-openjdk-amd64", version: "21.0.9", major: 21, vendor: "Debian" },
  commandLine: ["/usr/bin/java", "-jar", "/opt/orders/orders.jar"],
  jvmOptions: [],
  environment: [],
  unitFiles: [],
  environmentFiles: [],
  configuration: { decidedBy: "working directory", files: [aConfigurationFile()], settings: [] },
  sockets: [],
  endpoints: [],
  stores: [],
  logFiles: [],
  ...overrides,
});

export const whatRunsHere = (
  integrations: readonly Integration[],
  overrides: Partial<WhatRunsHere> = {},
): WhatRunsHere => ({
  integrations,
  installations: [],
  others: [],
  bounds: [],
  ...overrides,
});
