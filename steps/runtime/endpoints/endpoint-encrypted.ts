import { control, fragment, type Proposal } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Place } from "../../../src/probes/endpoints.ts";
import { configurationEdits } from "../configuration.ts";
import { endpointNeeds, hasEndpoints, judgeTls, nameOf, settingOf } from "./judging.ts";
import { acceptedPlain, endpointsPlain } from "./questions.ts";

const plainSchemes: ReadonlySet<Place["scheme"]> = new Set(["http", "ldap", "amqp"]);

const offending = (places: readonly Place[], accepted: readonly string[]): readonly Place[] =>
  places.filter(
    (place) => plainSchemes.has(place.scheme) && !place.local && acceptedPlain(accepted, place) === undefined,
  );

/** The same address with TLS; undefined for what is no plain URL. */
export const encryptedUrl = (url: string, port: number): string | undefined => {
  const match = /^(http|ws)(:\/\/)((?:[^/?#@]*@)?(?:\[[^\]]+\]|[^:/?#]+))(?::(\d+))?([/?#].*)?$/u.exec(url);
  if (match === null) return undefined;
  const [, scheme, , authority = "", , rest = ""] = match;
  return `${scheme}s://${authority}${port === 443 ? "" : `:${port}`}${rest}`;
};

/** NIST SC-8; RFC 9325. */
export const endpointEncrypted = control({
  id: "endpoint-encrypted",
  guideline: ["RT-07"],
  title: "Integrations call other services with TLS only",
  failing: "An integration calls another service in plain text",
  severity: "high",
  risk: "restart",
  rationale:
    "What is called in plain text can be read and changed by everyone on the way: orders, tokens, passwords. Where the other side answers TLS with a certificate that holds, its address in the configuration is enough. What stays on this machine is passed over.",
  references: [
    { source: "NIST 800-53", id: "SC-8" },
    { source: "RFC", id: "9325" },
  ],
  needs: endpointNeeds,
  applies: (facts) => hasEndpoints(facts),
  inspect: (facts, answers) => {
    const accepted = answers.get(endpointsPlain);
    const evidence = facts.found.places.map((place) => ({
      asked: nameOf(place),
      answered: place.local ? "stays on this machine" : (place.tls?.state ?? "no TLS was tried"),
    }));
    const bad = offending(facts.found.places, accepted);
    if (bad.length === 0) return pass(evidence);
    const words = bad.map((place) => {
      const [call] = place.calls;
      const verdict = place.tls && call && judgeTls(place, place.tls, call.endpoint, facts);
      return `${nameOf(place)}: ${verdict === undefined ? "ask its owner for TLS" : verdict.result === "good" ? `answers TLS on port ${place.tls?.port}` : verdict.words}`;
    });
    return fail(words.join("; "), evidence);
  },
  plan: (facts, answers) =>
    offending(facts.found.places, answers.get(endpointsPlain)).flatMap((place): readonly Proposal[] =>
      place.calls.flatMap(({ integration, endpoint }) => {
        const { tls } = place;
        if (tls === undefined || judgeTls(place, tls, endpoint, facts).result !== "good") return [];
        const found = settingOf(facts.here, integration, endpoint.key);
        // An address with a password in it is a secret: its owner changes it together with the password's place.
        if (found === undefined || found.setting.secret || found.setting.source.kind !== "file") return [];
        const url = encryptedUrl(String(found.setting.value), tls.port);
        return url === undefined
          ? []
          : [fragment(configurationEdits, { integration, edits: [{ set: found.setting.path, value: url }] })];
      }),
    ),
  breaks: (facts, answers) =>
    offending(facts.found.places, answers.get(endpointsPlain))
      .filter(({ tls }) => tls?.state === "answered")
      .map((place) => `${nameOf(place)} is called by https from then on`),
});
