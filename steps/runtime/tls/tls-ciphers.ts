import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { ListenerSurvey } from "../../../src/probes/handshakes.ts";
import { describeGuideline, type Profile } from "../../../src/tls/guideline.ts";
import { suiteByCode, suiteName, weakness } from "../../../src/tls/suites.ts";
import { statedDistribution } from "../workload/described.ts";
import { byHand, listenerRemedies, lostClients } from "./fixes.ts";
import { guidelineInForce, hasTls, nameOf, profileInForce, surveyEvidence, tlsListeners, tlsNeeds } from "./measure.ts";

/** Accepted suites that the profile does not have, each once. */
const foreign = (survey: ListenerSurvey, profile: Profile): readonly string[] => [
  ...new Set(
    Object.values(survey.suites)
      .flat()
      .filter((code) => !profile.suites.includes(code)),
  ),
];

const isWrong = (survey: ListenerSurvey, profile: Profile): boolean => foreign(survey, profile).length > 0;

/** "TLS_RSA_WITH_AES_128_CBC_SHA (no forward secrecy …) and 13 more". */
const worst = (codes: readonly string[]): string => {
  const reasons = new Map<string, string[]>();
  for (const code of codes) {
    const suite = suiteByCode(code);
    const reason = (suite && weakness(suite)) ?? "not in the guideline";
    reasons.set(reason, [...(reasons.get(reason) ?? []), suiteName(code)]);
  }
  return [...reasons].map(([reason, names]) => `${few(names, 1)}: ${reason}`).join(", ");
};

/** NIST SP 800-52 rev. 2 section 3.3; RFC 9325; Mozilla Server Side TLS. */
export const tlsCiphers = control({
  id: "tls-ciphers",
  guideline: ["RT-10"],
  title: "TLS services accept the suites of the guideline and no others",
  failing: "A TLS service accepts weak cipher suites",
  severity: "high",
  risk: "none",
  rationale:
    "A server that accepts a weak suite will use it as soon as someone asks for it. Suites without forward secrecy let whoever steals the key later read what was recorded before. Every suite is offered until the server refuses the rest, so the list is the server's own.",
  references: [
    { source: "RFC", id: "9325" },
    { source: "NIST 800-53", id: "SC-13" },
    { source: "Lynis", id: "HTTP-6710" },
  ],
  needs: tlsNeeds,
  applies: ({ shaken }) => hasTls(shaken),
  inspect: (facts, answers) => {
    const profile = profileInForce(facts.system, answers);
    const surveys = tlsListeners(facts.shaken);
    const evidence = [
      {
        asked: "the guideline in force",
        answered: `${describeGuideline(guidelineInForce(facts.system).guideline)}, ${profile.name}`,
      },
      ...surveys.map(surveyEvidence),
    ];
    const failing = surveys.filter((survey) => isWrong(survey, profile));
    if (failing.length > 0)
      return fail(
        failing.map((survey) => `${nameOf(survey)} accepts ${worst(foreign(survey, profile))}`).join("; ") +
          byHand(failing, facts, profile, statedDistribution(answers)),
        evidence,
      );
    const unsure = surveys.filter(({ incomplete, protocols }) => incomplete !== undefined || protocols.length === 0);
    if (unsure.length > 0)
      return unknownVerdict(
        unsure.map((survey) => `${nameOf(survey)}: ${survey.incomplete ?? "it refused every suite"}`).join("; "),
        evidence,
      );
    return pass(evidence);
  },
  plan: listenerRemedies("ciphers", isWrong),
  breaks: ({ system, shaken }, answers) => {
    const profile = profileInForce(system, answers);
    return tlsListeners(shaken).some((survey) => isWrong(survey, profile)) ? [lostClients(profile)] : [];
  },
});
