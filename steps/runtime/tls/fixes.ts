import type { Proposal } from "../../../src/model/control.ts";
import { fragment } from "../../../src/model/control.ts";
import type { Fact } from "../../../src/model/fact.ts";
import { knownValue } from "../../../src/model/fact.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { KnownFacts } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import type { Proxies } from "../../../src/probes/proxies.ts";
import type { Profile } from "../../../src/tls/guideline.ts";
import { configurationObstacle } from "../configuration.ts";
import { statedDistribution } from "../workload/described.ts";
import { configurationFragments, listenerEdits, type Topic } from "./configuration.ts";
import { integrationOf, nameOf, profileInForce, tlsListeners, type tlsNeeds } from "./measure.ts";
import { haproxyTls, nginxTls } from "./proxies.ts";

type ProxyFacts = { readonly servers: Fact<Proxies>; readonly here: Fact<WhatRunsHere> };

/** How a listener can be put right: by whom, or why not from here. */
export type Remedy =
  | { readonly by: "nginx" | "haproxy" }
  | { readonly by: "configuration" }
  | { readonly by: "hand"; readonly why: string };

export const remedyFor = (survey: ListenerSurvey, facts: ProxyFacts, profile: Profile, stated: string): Remedy => {
  const servers = knownValue(facts.servers);
  if (survey.server === "nginx") {
    if (servers?.nginx?.tree !== undefined) return { by: "nginx" };
    return { by: "hand", why: servers?.nginx?.problem ?? "nginx's configuration was not read" };
  }
  if (survey.server === "haproxy") {
    return servers?.haproxy !== undefined && servers.haproxy.files.length > 0
      ? { by: "haproxy" }
      : { by: "hand", why: "haproxy's configuration was not found" };
  }
  const integration = integrationOf(facts.here, survey);
  if (integration !== undefined) {
    const obstacle = configurationObstacle(integration);
    if (obstacle !== undefined) return { by: "hand", why: obstacle };
    if (
      (["protocols", "ciphers"] as const).some(
        (topic) => listenerEdits(integration, survey, profile, topic, stated).length > 0,
      )
    )
      return { by: "configuration" };
    return {
      by: "hand",
      why: `${integration.id} decides it in its code: drawbridge generate writes the listener for it`,
    };
  }
  return { by: "hand", why: `${nameOf(survey)} keeps its TLS settings in a configuration that is not spoken here` };
};

/** Fragments for the servers of these listeners; those that have to be put right by hand are left out. */
const proxyFragments = (
  surveys: readonly ListenerSurvey[],
  facts: ProxyFacts,
  profile: Profile,
  stated: string,
): readonly Proposal[] => {
  const remedies = surveys.map((survey) => remedyFor(survey, facts, profile, stated).by);
  return [
    ...(remedies.includes("nginx") ? [fragment(nginxTls, "tls" as const)] : []),
    ...(remedies.includes("haproxy") ? [fragment(haproxyTls, "tls" as const)] : []),
  ];
};

/** How a control mends the listeners that it finds something wrong with. */
export const listenerRemedies =
  (topic: Topic, isWrong: (survey: ListenerSurvey, profile: Profile) => boolean) =>
  (facts: KnownFacts<typeof tlsNeeds>, answers: AnswerReader): readonly Proposal[] => {
    const profile = profileInForce(facts.system, answers);
    const surveys = tlsListeners(facts.shaken).filter((survey) => isWrong(survey, profile));
    const stated = statedDistribution(answers);
    return [
      ...proxyFragments(surveys, facts, profile, stated),
      ...configurationFragments(surveys, facts, profile, topic, stated),
    ];
  };

/** What the operator has to do where no configuration decides. */
export const byHand = (
  surveys: readonly ListenerSurvey[],
  facts: ProxyFacts,
  profile: Profile,
  stated: string,
): string => {
  const reasons = surveys.flatMap((survey) => {
    const remedy = remedyFor(survey, facts, profile, stated);
    return remedy.by === "hand" ? [`${nameOf(survey)} by hand: ${remedy.why}`] : [];
  });
  return reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
};

/** Who stops being able to connect: the clients older than the profile's oldest. */
export const lostClients = (profile: Profile): string =>
  `clients older than these can no longer connect: ${profile.oldestClients.join(", ")}`;
