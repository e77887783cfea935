import { few } from "../core/few.ts";
import type { Integration, SettingSource, WhatRunsHere } from "../model/integration.ts";
import type { PictureLine } from "../model/step.ts";
import type { Listener } from "../probes/listeners.ts";
import { purposeOfSocket } from "./listeners.ts";
import { packageOfMainClass } from "./modules.ts";
import { maskUrl } from "./secrecy.ts";

/** What runs here, for people and for documents: names, places and counts. No value of a setting is in it. */

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? "" : "s"}`;

const bracketed = (address: string): string => (address.includes(":") ? `[${address}]` : address);

const addressOf = ({ address, port }: Pick<Listener, "address" | "port">): string =>
  `${["0.0.0.0", "*", "::"].includes(address) ? "*" : bracketed(address)}:${port}`;

const sourceWord = (source: SettingSource): string =>
  source.kind === "file" ? source.path : source.kind === "data" ? "BAL_CONFIG_DATA" : source.kind;

/** How many values that count come from each source. */
const keysBySource = ({ configuration }: Integration): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { source } of configuration.settings) {
    const word = sourceWord(source);
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
};

const stateOf = ({ unit, pid, container }: Integration): string => {
  if (container) return `in a container, process ${pid}`;
  if (unit !== undefined) return `${unit.name}, ${unit.activeState === "active" ? unit.subState : unit.activeState}`;
  return pid === undefined ? "a JAR that no service runs" : `process ${pid}, outside any service`;
};

const programOf = ({ jar, kind }: Integration): string => {
  const owner = packageOfMainClass(jar?.mainClass);
  const own = jar?.modules.find(
    ({ organisation, name }) => organisation === owner?.organisation && name === owner?.name,
  );
  const name =
    owner === undefined
      ? ""
      : `${owner.organisation}/${owner.name}${own?.version === undefined ? "" : ` ${own.version}`}`;
  const product = kind === "icp" ? "Integration Control Plane" : kind === "java" ? "Java" : "Ballerina";
  return [product, name].filter((part) => part !== "").join(" ");
};

const javaOf = ({ java }: Integration): string =>
  java === undefined
    ? ""
    : `Java ${java.version ?? java.major ?? "of unknown version"}${java.vendor === undefined ? "" : ` (${java.vendor})`}`;

/** Everything about one integration that may be shown, by topic. */
export const integrationPicture = (integration: Integration) => {
  const { jar, java, configuration, sockets, endpoints, stores, logFiles } = integration;
  const keys = keysBySource(integration);
  const fileKeys = new Map(configuration.files.map(({ path }) => [path, keys.get(path) ?? 0]));
  return {
    id: integration.id,
    kind: integration.kind,
    state: stateOf(integration),
    unit: integration.unit?.name ?? null,
    user: integration.user,
    container: integration.container,
    program: programOf(integration),
    jar: jar?.path ?? null,
    java: java === undefined ? null : { home: java.home, version: java.version ?? null, vendor: java.vendor ?? null },
    modules: (jar?.modules ?? []).map(({ organisation, name, version, versionIs }) => ({
      name: `${organisation}/${name}`,
      version: version === undefined ? null : versionIs === "exact" ? version : `>=${version}`,
    })),
    workingDirectory: integration.workingDirectory,
    configuration: {
      decidedBy: configuration.decidedBy,
      files: configuration.files.map(({ path, state }) => ({ path, state, keys: fileKeys.get(path) ?? 0 })),
      otherKeys: Object.fromEntries([...keys].filter(([word]) => !fileKeys.has(word))),
    },
    listeners: sockets
      .toSorted((a, b) => a.port - b.port)
      .map((socket) => {
        const purpose = purposeOfSocket(integration, socket);
        return {
          address: addressOf(socket),
          transport: socket.transport,
          purpose: purpose.kind === "setting" ? purpose.key : purpose.kind,
        };
      }),
    endpoints: endpoints.map(({ key, scheme, host, port }) => ({
      key,
      url: maskUrl(`${scheme}://${bracketed(host)}:${port}`),
    })),
    stores: [...new Map(stores.map((store) => [store.path, store])).values()].map(({ path, purpose, key }) => ({
      path,
      purpose,
      key,
    })),
    logs: logFiles.map(({ path }) => path),
  };
};

export type IntegrationPicture = ReturnType<typeof integrationPicture>;

export const hostPicture = (here: WhatRunsHere) => ({
  integrations: here.integrations.map(integrationPicture),
  installations: here.installations.map(({ product, path, version }) => ({ product, path, version: version ?? null })),
  others: here.others.map(({ name, user, jar }) => ({ name, user, jar: jar ?? null })),
  bounds: [...here.bounds],
});

/** Two dozen random ports of a JVM tell nothing that the count does not. */
const shownAtMost = 8;

const some = (all: readonly string[]): string => few(all, shownAtMost);

const sourceNames: Readonly<Record<string, string>> = { environment: "the environment", argument: "arguments" };

const configured = ({ decidedBy, files, otherKeys }: IntegrationPicture["configuration"]): string => {
  const said = [
    ...files.map(({ path, state, keys }) => `${path} (${state === "read" ? counted(keys, "key") : state})`),
    ...Object.entries(otherKeys).map(([word, keys]) => `${counted(keys, "key")} from ${sourceNames[word] ?? word}`),
  ];
  return said.length === 0
    ? "nothing: only what is built in"
    : `${said.join(", ")}${decidedBy === "BAL_CONFIG_FILES" ? ", first wins" : ""}`;
};

/** Modules by their short names; the compiler's own say nothing. */
const moduleWords = ({ modules }: IntegrationPicture): readonly string[] =>
  modules
    .filter(({ name }) => !/^ballerinai?\/lang\b|^ballerinai\//u.test(name))
    .map(({ name, version }) => `${name.replace(/^ballerina\//u, "")}${version === null ? "" : ` ${version}`}`);

export const integrationLines = (integration: Integration): readonly PictureLine[] => {
  const shown = integrationPicture(integration);
  const java = javaOf(integration);
  const rows: readonly (readonly [string, string])[] = [
    ["runs", `${shown.state}, as ${shown.user}`],
    ["program", [shown.program, shown.jar ?? ""].filter((part) => part !== "").join(", ")],
    ["on", java],
    ["linked", some(moduleWords(shown))],
    ["reads", configured(shown.configuration)],
    [
      "listens",
      some(shown.listeners.map(({ address, purpose }) => (purpose === "unnamed" ? address : `${address} ${purpose}`))),
    ],
    ["calls", some(shown.endpoints.map(({ url, key }) => `${url} (${key})`))],
    ["opens", some(shown.stores.map(({ path }) => path))],
    ["logs to", some(shown.logs)],
  ];
  return [
    { label: "", text: shown.id },
    ...rows.filter(([, text]) => text !== "").map(([label, text]) => ({ label, text })),
  ];
};

/** One line for each: "orders-api   orders-api.service, running, as orders   Java 17   listens on 9090, 9443". */
export const briefLine = (integration: Integration): PictureLine => {
  const { state, user, container } = integrationPicture(integration);
  const ports = [...new Set(integration.sockets.map(({ port }) => port))].sort((a, b) => a - b).map(String);
  const parts = [
    `${state}${container ? "" : `, as ${user}`}`,
    integration.java?.major === undefined ? "" : `Java ${integration.java.major}`,
    ports.length === 0 ? "" : `listens on ${some(ports)}`,
    integration.endpoints.length === 0 ? "" : `calls ${integration.endpoints.length}`,
  ];
  return { label: integration.id, text: parts.filter((part) => part !== "").join("; ") };
};

/** From here on an integration gets one line instead of ten. */
const fullUpTo = 3;

const asides = (here: WhatRunsHere): readonly PictureLine[] => {
  const rows: readonly (readonly [string, readonly string[]])[] = [
    [
      "installed",
      here.installations.map(
        ({ product, path, version }) => `${product}${version === undefined ? "" : ` ${version}`} in ${path}`,
      ),
    ],
    ["other Java", here.others.map(({ name, user }) => `${name} as ${user}`)],
    ["not seen", here.bounds],
  ];
  const shown = rows.filter(([, all]) => all.length > 0);
  return shown.map(([label, all]) => ({ label, text: some(all) }));
};

export const pictureLines = (here: WhatRunsHere): readonly PictureLine[] => {
  const all = here.integrations;
  const listed = all.length <= fullUpTo ? all.flatMap(integrationLines) : all.map(briefLine);
  return [...listed, ...asides(here)];
};

/** Everything about every integration, however many: for a pane that scrolls. */
export const fullPictureLines = (here: WhatRunsHere): readonly PictureLine[] => [
  ...here.integrations.flatMap(integrationLines),
  ...asides(here),
];

/** As plain text, labels in a column. */
export const pictureText = (lines: readonly PictureLine[], indent = ""): readonly string[] => {
  const width = Math.max(...lines.map(({ label }) => label.length), 9) + 1;
  return lines.map(({ label, text }) => `${indent}${label === "" ? text : `${label.padEnd(width)}${text}`}`);
};
