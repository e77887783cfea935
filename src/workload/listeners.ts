import type { Integration } from "../model/integration.ts";
import type { Listener } from "../probes/listeners.ts";
import { settingAt, settingsBelow } from "./settings.ts";

/** Which of a program's sockets is which: by configuration, and by the options of its JVM. */

export const ballerinaDefaultPort = 9090;
export const prometheusDefaultPort = 9797;

const portAt = (integration: Integration, key: string): number | undefined => {
  const port = Number(settingAt(integration, key)?.value);
  return Number.isInteger(port) && port > 0 && port < 65536 ? port : undefined;
};

/** The port of `http:getDefaultListener()`, whether or not a service uses it. */
export const defaultListenerPort = (integration: Integration): number =>
  portAt(integration, "ballerina.http.defaultListenerPort") ?? ballerinaDefaultPort;

export const defaultListenerIsTls = (integration: Integration): boolean =>
  settingsBelow(integration, "ballerina.http.defaultListenerConfig.secureSocket").length > 0;

/** "default listener", "metrics", "debugger", "JMX", the setting that names the port, or "unnamed": what a socket is for. */
export type SocketPurpose =
  | { readonly kind: "default listener" | "metrics" | "debugger" | "JMX" | "unnamed" }
  | { readonly kind: "setting"; readonly key: string };

export const purposeOfSocket = (integration: Integration, { port }: Pick<Listener, "port">): SocketPurpose => {
  const options = integration.jvmOptions.map(({ text }) => text).join(" ");
  if (new RegExp(`jdwp\\S*address=(?:[^,\\s]*:)?${port}(?:,|\\s|$)`, "u").test(options)) return { kind: "debugger" };
  if (new RegExp(`jmxremote\\.(?:rmi\\.)?port=${port}(?:\\s|$)`, "u").test(options)) return { kind: "JMX" };
  if (port === (portAt(integration, "ballerinax.prometheus.port") ?? prometheusDefaultPort)) return { kind: "metrics" };
  if (port === defaultListenerPort(integration)) return { kind: "default listener" };
  const setting = integration.configuration.settings.find(
    ({ path, value }) => /port$/iu.test(path.at(-1) ?? "") && Number(value) === port,
  );
  return setting === undefined ? { kind: "unnamed" } : { kind: "setting", key: setting.key };
};

/** Sockets that callers of the integration use: the default listener and those that its settings name. */
export const serviceSockets = (integration: Integration): readonly Listener[] =>
  integration.sockets.filter((socket) => {
    const { kind } = purposeOfSocket(integration, socket);
    return socket.transport === "tcp" && (kind === "default listener" || kind === "setting");
  });
