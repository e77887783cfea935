import type { Proposal } from "../../../src/model/control.ts";
import { fragment } from "../../../src/model/control.ts";
import type { Fact } from "../../../src/model/fact.ts";
import type { Integration, TomlValue, WhatRunsHere } from "../../../src/model/integration.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import { javaSuites, type Profile } from "../../../src/tls/guideline.ts";
import { suiteByName } from "../../../src/tls/suites.ts";
import { supports } from "../../../src/workload/modules.ts";
import { settingAt, settingsBelow } from "../../../src/workload/settings.ts";
import { type ConfigurationEdit, configurationEdits, configurationObstacle } from "../configuration.ts";
import { integrationOf } from "./measure.ts";

export type Topic = "protocols" | "ciphers";

/** Where Ballerina's designer puts services: `http:getDefaultListener()`. */
const defaultPort = 9090;
const listener = "ballerina.http.defaultListenerConfig";

const protocolName = /^(?:SSLv2Hello|SSLv3|TLSv1(?:\.[0123])?)$/u;

const isListOf = (value: TomlValue, test: (text: string) => boolean): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && test(one));

/** Newest first: what JSSE and Netty take as preference. */
const protocolsOf = (profile: Profile): string[] => [...profile.protocols].reverse();

/** Whether the socket is the one that the default listener's configuration decides about, with TLS on it. */
const isDefaultListener = (integration: Integration, { listener: socket }: ListenerSurvey): boolean => {
  const port = settingAt(integration, "ballerina.http.defaultListenerPort")?.value ?? defaultPort;
  return Number(port) === socket.port && settingsBelow(integration, `${listener}.secureSocket`).length > 0;
};

/**
 * What Config.toml can say about a listener: lists of protocols or suites that it says already, and those of the default
 * listener where the linked http module knows them. Nothing is added that the program could not know: that would stop it.
 */
export const listenerEdits = (
  integration: Integration,
  survey: ListenerSurvey,
  profile: Profile,
  topic: Topic,
  /** What workload.distribution says, where the JAR does not tell. */
  stated: string,
): readonly ConfigurationEdit[] => {
  if (configurationObstacle(integration) !== undefined) return [];
  const wanted = topic === "protocols" ? protocolsOf(profile) : [...javaSuites(profile)];
  const test = (text: string) => (topic === "protocols" ? protocolName.test(text) : suiteByName(text) !== undefined);
  const edits: ConfigurationEdit[] = integration.configuration.settings
    .filter(({ value, source }) => source.kind === "file" && isListOf(value, test))
    .filter(({ value }) => JSON.stringify(value) !== JSON.stringify(wanted))
    .map(({ path }) => ({ set: path, value: wanted }));
  if (!isDefaultListener(integration, survey) || supports(integration, "http.defaultListenerConfig", stated) !== "yes")
    return edits;
  const below = ["ballerina", "http", "defaultListenerConfig", "secureSocket"];
  const has = (key: string) => settingAt(integration, `${listener}.secureSocket.${key}`) !== undefined;
  if (topic === "ciphers") return has("ciphers") ? edits : [...edits, { set: [...below, "ciphers"], value: wanted }];
  return has("protocol.versions")
    ? edits
    : [
        ...edits,
        ...(has("protocol.name") ? [] : [{ set: [...below, "protocol", "name"], value: "TLS" }]),
        { set: [...below, "protocol", "versions"], value: wanted },
      ];
};

/** Shares of the Config.toml change for the listeners of integrations. */
export const configurationFragments = (
  surveys: readonly ListenerSurvey[],
  { here }: { readonly here: Fact<WhatRunsHere> },
  profile: Profile,
  topic: Topic,
  stated: string,
): readonly Proposal[] => {
  const edits = new Map<string, ConfigurationEdit[]>();
  for (const survey of surveys) {
    if (survey.server === "nginx" || survey.server === "haproxy") continue;
    const integration = integrationOf(here, survey);
    if (integration === undefined) continue;
    const known = edits.get(integration.id) ?? [];
    const more = listenerEdits(integration, survey, profile, topic, stated).filter(
      (edit) => !known.some((other) => JSON.stringify(other) === JSON.stringify(edit)),
    );
    edits.set(integration.id, [...known, ...more]);
  }
  return [...edits].flatMap(([integration, wanted]) =>
    wanted.length === 0 ? [] : [fragment(configurationEdits, { integration, edits: wanted })],
  );
};
