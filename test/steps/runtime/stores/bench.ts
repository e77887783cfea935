import { readFileSync } from "node:fs";
import type { Fact } from "../../../../src/model/fact.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Integration, StoreReference, WhatRunsHere } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { accounts } from "../../../../src/probes/accounts.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { machine } from "../../../../src/probes/machine.ts";
import { type Proxies, proxies } from "../../../../src/probes/proxies.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { type Stores, stores } from "../../../../src/probes/stores.ts";
import { workload } from "../../../../src/probes/workload.ts";
import { storesOf } from "../../../../src/workload/references.ts";
import { storesStep } from "../../../../steps/runtime/stores/index.ts";
import { unitRestart } from "../../../../steps/runtime/unit.ts";
import { aConfigurationFile, anIntegration, aUnit } from "../../integration-fixture.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";
import { noPlaces, settingsOf } from "../secrets-fixture.ts";

/** 2026-12-01, when every fixture is valid. */
export const today = 1_796_083_200;

export const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../../../fixtures/stores/${name}`, import.meta.url));

/** An integration whose Config.toml says this, with the stores that the text names. */
export const withConfiguration = (content: string, overrides: Partial<Integration> = {}): Integration => {
  const id = overrides.id ?? "orders";
  const file = aConfigurationFile({ path: `/opt/${id}/Config.toml`, content });
  const settings = settingsOf([file]);
  return anIntegration({
    id,
    unit: aUnit({ name: `${id}.service` }),
    workingDirectory: `/opt/${id}`,
    configuration: { decidedBy: "working directory", files: [file], settings },
    stores: storesOf(settings, overrides.jvmOptions ?? [], `/opt/${id}`) as StoreReference[],
    ...overrides,
  });
};

export type Placed = {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly folderMode?: string;
  /** What openssl verify says of it with the machine's authorities. */
  readonly system?: boolean;
};

/** The answer of the probe's script on a machine with these files. */
export const answerOf = (files: readonly Placed[], more: readonly string[] = [], now = today): string =>
  [
    `@now ${now}`,
    "@openssl OpenSSL 3.0.19 27 Jan 2026 (Library: OpenSSL 3.0.19 27 Jan 2026)",
    "@keytool /usr/lib/jvm/java-21-openjdk-amd64/bin/keytool",
    ...more,
    ...files.flatMap(({ path, bytes, mode = "640", owner = "root", group = "orders", folderMode = "755", system }) => [
      `@store ${path}`,
      `real ${path}`,
      `regular file|${mode}|${owner}|${group}|0|990|${path}`,
      `directory|${folderMode}|root|root|0|0|${path.slice(0, path.lastIndexOf("/"))}/.`,
      `data ${Buffer.from(bytes).toString("base64")}`,
      ...(system === undefined ? [] : [`system ${system ? "yes" : "no"}`]),
    ]),
    "",
  ].join("\n");

export const noServers: Proxies = { nginx: undefined, haproxy: undefined };

export const storesFact = (here: WhatRunsHere, text: string, servers = noServers): Fact<Stores> =>
  stores.parse({ stdout: text, exitCode: 0, truncated: false, timedOut: false }, { here, servers: known(servers) });

export const whatRuns = (...found: readonly Integration[]): WhatRunsHere =>
  ({ integrations: found, installations: [], others: [], bounds: [] }) as unknown as WhatRunsHere;

/** Everything that the engine makes of these integrations and files. */
export const run = (
  found: readonly Integration[],
  files: readonly Placed[],
  given: Answers = {},
  more: readonly string[] = [],
  now = today,
  servers = noServers,
) => {
  const here = whatRuns(...found);
  const read = storesFact(here, answerOf(files, more, now), servers);
  const asking = { ...storesStep, id: "jvm", controls: [], questions: [unitRestart] };
  const facts = factsOf(
    [integrations, known(here)],
    [stores, read],
    [machine, parsed(machine, "app01.example.org\n--- machine-id\n0\n--- systemd\nyes\n--- os-release\nID=debian\n")],
    [accounts, parsed(accounts, captured("accounts", "debian-12-orders"))],
    [workload, parsed(workload, captured("workload", "debian-13-nothing"))],
    [proxies, known(servers)],
    [secretPlaces, known(noPlaces)],
  );
  return { ...settle([storesStep, asking], facts, given), stores: knownValue(read) };
};
