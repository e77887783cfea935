import type { Change } from "../../../src/model/change.ts";
import { type HealthCheck, type HealthTarget, health } from "../../../src/model/health.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type Listener, listeners } from "../../../src/probes/listeners.ts";
import { readToml } from "../../../src/toml/document.ts";
import {
  defaultListenerIsTls,
  defaultListenerPort,
  purposeOfSocket,
  serviceSockets,
} from "../../../src/workload/listeners.ts";
import { workloadHealthPath, workloadStartTime } from "./questions.ts";

/** Where this machine reaches a socket. */
const reachable = ({ address, families }: Listener): string =>
  ["0.0.0.0", "*", "::"].includes(address) ? (families.includes(4) ? "127.0.0.1" : "::1") : address;

const bracketed = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** What the plan will have written into the integration's TOML files about its default listener; undefined fields stay. */
const plannedListener = (integration: Integration, changes: readonly Change[]) => {
  const ours = new Set(integration.configuration.files.map(({ path }) => path));
  // Where there was no file at all, the plan writes the one that the working directory may have.
  const folders = new Set([
    integration.workingDirectory,
    ...[...ours].map((path) => path.slice(0, path.lastIndexOf("/"))),
  ]);
  let [port, host, tls]: [number?, string?, boolean?] = [];
  for (const change of changes) {
    if (change.kind !== "file" || !change.path.endsWith(".toml")) continue;
    // Secrets are moved into new files beside the old ones.
    if (!ours.has(change.path) && !folders.has(change.path.slice(0, change.path.lastIndexOf("/")))) continue;
    const read = readToml(change.after.content);
    if (!read.ok) continue;
    for (const { path, value } of read.entries) {
      const key = path.join(".");
      if (key === "ballerina.http.defaultListenerPort") port = Number(value);
      if (key === "ballerina.http.defaultListenerConfig.host") host = String(value);
      if (key.startsWith("ballerina.http.defaultListenerConfig.secureSocket.")) tls = true;
    }
  }
  return { port, host, tls };
};

const http = (tls: boolean, address: string, port: number, path: string): HealthTarget => ({
  kind: "http",
  url: `${tls ? "https" : "http"}://${bracketed(address)}:${port}${path}`,
});

const sameTarget = (one: HealthTarget, two: HealthTarget): boolean => JSON.stringify(one) === JSON.stringify(two);

/** A name from the machine, as a field of the manifest takes it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed.
const plain = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/gu, ".").slice(0, 80);

const checksOf = (
  integration: Integration,
  answers: AnswerReader,
  changes: readonly Change[],
): readonly HealthCheck[] => {
  const { unit, container } = integration;
  if (unit === undefined || container || unit.activeState !== "active") return [];
  const name = plain(integration.id);
  const path = answers.get(workloadHealthPath);
  const runs: HealthCheck = { what: `${name} runs`, before: { kind: "unit", unit: unit.name }, unit: unit.name };
  const sockets = serviceSockets(integration).map((socket): HealthCheck => {
    const address = reachable(socket);
    if (purposeOfSocket(integration, socket).kind !== "default listener") {
      return {
        what: `${name} listens on port ${socket.port}`,
        before: { kind: "port", address, port: socket.port },
        unit: unit.name,
      };
    }
    const planned = plannedListener(integration, changes);
    const tls = defaultListenerIsTls(integration);
    const before = http(tls, address, socket.port, path);
    const host = planned.host === undefined || ["0.0.0.0", "::"].includes(planned.host) ? address : planned.host;
    const after = http(planned.tls ?? tls, host, planned.port ?? defaultListenerPort(integration), path);
    return {
      what: `${name} answers GET ${path} on port ${socket.port}`,
      before,
      ...(sameTarget(before, after) ? {} : { after }),
      unit: unit.name,
    };
  });
  return [runs, ...sockets];
};

const proxyNames = /^(?:nginx|haproxy)$/u;

/** Proxies in front: their callers must be answered as before, whatever stands behind. */
const proxyChecks = (listening: readonly Listener[]): readonly HealthCheck[] => {
  const held = listening.filter(
    ({ transport, processes }) => transport === "tcp" && proxyNames.test(processes[0]?.name ?? ""),
  );
  const units = [...new Set(held.map(({ processes }) => processes[0]?.unit ?? ""))].filter((unit) =>
    unit.endsWith(".service"),
  );
  const ports = new Map(held.toReversed().map((socket) => [socket.port, socket]));
  return [
    ...units.map((unit): HealthCheck => ({ what: `${plain(unit)} runs`, before: { kind: "unit", unit }, unit })),
    ...[...ports.values()].map((socket): HealthCheck => {
      const [holder] = socket.processes;
      const name = plain(holder?.name ?? "proxy");
      const address = reachable(socket);
      const unit = holder?.unit.endsWith(".service") ? { unit: holder.unit } : {};
      if (socket.port === 443 || socket.port === 8443)
        return {
          what: `${name} answers on port ${socket.port}`,
          before: http(true, address, socket.port, "/"),
          ...unit,
        };
      if (socket.port === 80 || socket.port === 8080)
        return {
          what: `${name} answers on port ${socket.port}`,
          before: http(false, address, socket.port, "/"),
          ...unit,
        };
      return {
        what: `${name} listens on port ${socket.port}`,
        before: { kind: "port", address, port: socket.port },
        ...unit,
      };
    }),
  ];
};

/** What answers today answers after every plan, whatever step its changes come from. */
export const workloadHealth = health({
  needs: { here: integrations, listening: listeners },
  checks: ({ here, listening }, answers, changes) => [
    ...here.integrations.flatMap((integration) => checksOf(integration, answers, changes)),
    ...proxyChecks(listening),
  ],
  settle: (_, answers) => answers.get(workloadStartTime),
});
