import type { Fact } from "../../../src/model/fact.ts";
import type { Endpoint, Integration, Setting, WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import {
  describePlace,
  endpointPlaces,
  type Place,
  type Places,
  type PlaceTls,
} from "../../../src/probes/endpoints.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { secretPlaces } from "../../../src/probes/secret-places.ts";
import { type Stores, stores } from "../../../src/probes/stores.ts";
import type { Certificate } from "../../../src/stores/certificate.ts";
import { verifyChain } from "../../../src/stores/chain.ts";
import { covers } from "../tls/names.ts";

export const endpointNeeds = {
  here: integrations,
  found: endpointPlaces,
  stores: raw(stores),
  /** What the composer of Config.toml has to know. */
  places: raw(secretPlaces),
};

export const hasEndpoints = ({ found }: { readonly found: Places }): true | string =>
  found.places.length > 0 || "no configuration here names a place that an integration calls";

/** "https://partner:443 (orders: partnerUrl)": the place, and who calls it by which setting. */
export const nameOf = (place: Place): string =>
  `${describePlace(place)} (${place.calls.map(({ integration, endpoint }) => `${integration}: ${endpoint.key}`).join(", ")})`;

/** Certificates of the truststore or certificate file that is named beside an endpoint; undefined when none is named. */
const anchorsOf = (endpoint: Endpoint, facts: Fact<Stores>): readonly Certificate[] | "unreadable" | undefined => {
  const { trust } = endpoint.verification;
  if (trust === undefined) return undefined;
  const file =
    facts.state === "known" ? facts.value.files.find(({ path, real }) => path === trust || real === trust) : undefined;
  if (file === undefined || file.reading.state !== "read") return "unreadable";
  return file.reading.store.entries.flatMap(({ chain }) => chain);
};

export type PlaceVerdict = { readonly result: "good" | "bad" | "unknown"; readonly words: string };

const day = 86_400;

/**
 * What one caller would find behind a place if it verified: chain up to what it trusts, name, dates, protocol. `asHost`: the
 * name that is checked.
 */
export const judgeTls = (
  place: Place,
  tls: PlaceTls,
  endpoint: Endpoint,
  facts: { readonly stores: Fact<Stores>; readonly found: Places },
): PlaceVerdict => {
  if (tls.state === "unreachable")
    return {
      result: "unknown",
      words:
        place.addresses.length === 0
          ? `${place.host} could not be looked up from this machine`
          : `nobody answered on port ${tls.port} in time (${place.addresses.join(", ")})`,
    };
  if (tls.state === "plain") return { result: "bad", words: `port ${tls.port} answers, but not with TLS` };
  const [leaf, ...rest] = tls.chain;
  if (leaf === undefined) return { result: "unknown", words: "its certificate could not be read" };
  const anchors = anchorsOf(endpoint, facts.stores);
  if (anchors === "unreadable")
    return { result: "unknown", words: `the truststore ${endpoint.verification.trust} could not be read` };
  const wrong: string[] = [];
  if (anchors !== undefined) {
    const verdict = verifyChain(leaf, rest, anchors, facts.found.now);
    if (!verdict.ok) wrong.push(`against ${endpoint.verification.trust}: ${verdict.problem}`);
  } else if (tls.verification === undefined) {
    return { result: "unknown", words: "openssl did not say whether the chain is good" };
  } else if (tls.verification.code !== 0) {
    wrong.push(`the machine's authorities do not vouch for it: ${tls.verification.words}`);
  }
  if (!covers(leaf, place.host)) wrong.push(`its certificate is for ${leaf.names.join(", ") || leaf.subject}`);
  if (leaf.notAfter < facts.found.now) wrong.push(`it expired on ${date(leaf.notAfter)}`);
  if (tls.protocol !== undefined && /^(?:SSLv3|TLSv1|TLSv1\.[01])$/u.test(tls.protocol))
    wrong.push(`it speaks ${tls.protocol}`);
  if (wrong.length > 0) return { result: "bad", words: wrong.join(", ") };
  const soon = leaf.notAfter - facts.found.now < 14 * day ? `, expires on ${date(leaf.notAfter)}` : "";
  return { result: "good", words: `${tls.protocol ?? "TLS"}, chain and name are good${soon}` };
};

const date = (seconds: number): string => new Date(seconds * 1000).toISOString().slice(0, 10);

/** The setting behind an endpoint, where a file holds it. */
export const settingOf = (
  here: WhatRunsHere,
  id: string,
  key: string,
): { integration: Integration; setting: Setting } | undefined => {
  const integration = here.integrations.find((one) => one.id === id);
  const setting = integration?.configuration.settings.find((one) => one.key === key);
  return integration === undefined || setting === undefined ? undefined : { integration, setting };
};
