import type { Fact } from "../../../src/model/fact.ts";
import { knownValue } from "../../../src/model/fact.ts";
import type { Evidence } from "../../../src/model/finding.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { type Handshakes, handshakes, type ListenerSurvey } from "../../../src/probes/handshakes.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { portName } from "../../../src/probes/listeners.ts";
import { proxies } from "../../../src/probes/proxies.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";
import { type TlsSystem, tlsSystem } from "../../../src/probes/tls-system.ts";
import { type Guideline, type Profile, readGuideline, shippedGuideline } from "../../../src/tls/guideline.ts";
import { suiteName } from "../../../src/tls/suites.ts";
import { tlsProfile } from "./questions.ts";

/** Bits below which a finite-field group can be computed by those who want to. RFC 9325 4.4, Logjam. */
export const smallestGroup = 2048;

/** What the controls of this step look at. */
export const tlsNeeds = {
  shaken: handshakes,
  system: tlsSystem,
  servers: raw(proxies),
  here: raw(integrations),
  /** What the composer of Config.toml has to know. */
  places: raw(secretPlaces),
};

/** The guideline that judges this machine. `problem`: why the one that was put there is not it. */
export const guidelineInForce = (
  system: TlsSystem | undefined,
): { readonly guideline: Guideline; readonly replaced: boolean; readonly problem: string | undefined } => {
  const given = system?.guideline;
  if (given === undefined) return { guideline: shippedGuideline(), replaced: false, problem: undefined };
  try {
    return { guideline: readGuideline(given), replaced: true, problem: undefined };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
    return { guideline: shippedGuideline(), replaced: false, problem: reason };
  }
};

export const profileInForce = (system: TlsSystem | undefined, answers: AnswerReader): Profile =>
  guidelineInForce(system).guideline.profiles[answers.get(tlsProfile)];

/** Those that speak TLS. */
export const tlsListeners = ({ listeners }: Handshakes): readonly ListenerSurvey[] =>
  listeners.filter(({ speaks }) => speaks === "tls");

/** "443/tcp (nginx)": short enough to stand many times in a sentence. */
export const nameOf = ({ listener, server }: ListenerSurvey): string =>
  `${portName(listener)}${server === "" ? "" : ` (${server.replaceAll(/[^\x20-\x7e]/gu, ".")})`}`;

/** "TLSv1.2: ECDHE-…, …": what was accepted, as evidence. */
export const surveyEvidence = (survey: ListenerSurvey): Evidence => ({
  asked: `handshakes with ${nameOf(survey)}, one per protocol and suite`,
  answered:
    survey.protocols
      .map((protocol) => `${protocol}: ${(survey.suites[protocol] ?? []).map(suiteName).join(", ")}`)
      .join("; ") || "no protocol was accepted",
});

/** Programs that could serve TLS and said nothing to a hello: nobody knows, and it is said. */
export const silentEvidence = ({ listeners }: Handshakes): readonly Evidence[] => {
  const silent = listeners.filter(({ speaks }) => speaks === "silent");
  return silent.length === 0
    ? []
    : [{ asked: "a TLS hello to every other listener", answered: `no answer from ${silent.map(nameOf).join(", ")}` }];
};

/** Why there is nothing to judge; true when there is. */
export const hasTls = (shaken: Handshakes): true | string =>
  tlsListeners(shaken).length > 0 || "nothing that listens here speaks TLS";

/** The integration whose process holds a listener. */
export const integrationOf = (here: Fact<WhatRunsHere>, { listener }: ListenerSurvey): Integration | undefined =>
  (knownValue(here)?.integrations ?? []).find(
    ({ pid, unit, sockets }) =>
      listener.processes.some((process) => process.pid === pid || (unit !== undefined && process.unit === unit.name)) ||
      sockets.some((socket) => socket.port === listener.port && socket.address === listener.address),
  );
