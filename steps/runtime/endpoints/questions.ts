import { z } from "zod";
import { parseNetwork } from "../../../src/core/address.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { endpointPlaces, type Places } from "../../../src/probes/endpoints.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { network } from "../../../src/probes/network.ts";
import { type RuntimeUnits, unitFiles } from "../../../src/probes/unit-files.ts";
import { linked } from "../../../src/workload/modules.ts";
import { settingsBelow } from "../../../src/workload/settings.ts";

export const endpointsPlain = question({
  id: "endpoints.plain",
  kind: "list",
  label: "Plain-text endpoints that stay",
  title: "Which endpoints stay without TLS, because somebody decided so?",
  why: "One line each: HOST:PORT, then a space and the reason. A sidecar on the same host is no such case: what does not leave the machine is passed over by itself. Everything else that is called in plain text can be read and changed by whoever sits on the way.",
  schema: z.array(z.string().regex(/^\S+:\d{1,5}\s+\S.*$/u, "must be HOST:PORT and a reason")),
  needs: {},
  default: () => [] as string[],
  describe: (value) => (value.length === 0 ? "none" : value.join("; ")),
});

/** The reason given for a place; undefined when none was. */
export const acceptedPlain = (accepted: readonly string[], { host, port }: { host: string; port: number }) =>
  accepted.find((line) => line.split(/\s+/u)[0]?.toLowerCase() === `${host}:${port}`.toLowerCase());

/** Addresses of everything the integrations call, resolvers, and the machine itself. */
export const derivedAddresses = (places: Places | undefined, resolvers: readonly string[]): readonly string[] => [
  ...new Set([
    "127.0.0.0/8",
    "::1/128",
    ...resolvers.filter((address) => !/^127\.|^::1$/u.test(address)),
    ...(places?.places ?? []).filter(({ local }) => !local).flatMap(({ addresses }) => addresses),
  ]),
];

const named = (places: Fact<Places>): readonly string[] =>
  (knownValue(places)?.places ?? [])
    .filter(({ host, local }) => !local && parseNetwork(host) === undefined)
    .map(({ host, addresses }) => `${host} (${addresses.join(", ") || "not found"})`);

const filtered = (units: Fact<RuntimeUnits>): boolean =>
  (knownValue(units)?.units ?? []).some(({ properties }) =>
    /(?:^|\s)(?:any|::\/0|0\.0\.0\.0\/0)(?:\s|$)/u.test(properties.IPAddressDeny ?? ""),
  );

export const endpointsEgress = question({
  id: "endpoints.egress",
  kind: "select",
  label: "Where integrations may connect to",
  title: "May the integrations connect to anywhere?",
  why: "systemd can hold a service to a list of addresses (IPAddressDeny=any, IPAddressAllow=). It counts in both directions: clients that are not on the list cannot reach the service either, so it fits one behind a proxy on this machine, or with clients whose networks you know. It knows addresses, not names: a partner whose address changes is out of reach until the list is changed. The firewall's outgoing list (firewall.outbound) does the same for the whole machine. Default: open, or what is in force.",
  schema: z.enum(["open", "allow-list"]),
  needs: { units: raw(unitFiles), places: raw(endpointPlaces) },
  default: ({ units }): "open" | "allow-list" => (filtered(units) ? "allow-list" : "open"),
  choices: ({ places }) => {
    const names = named(places);
    return [
      { value: "open", label: "Open: anywhere" },
      {
        value: "allow-list",
        label: "Only to a list of addresses",
        hint: names.length === 0 ? "all endpoints are given by address" : `names that may move: ${names.join("; ")}`,
      },
    ];
  },
});

export const endpointsAllowed = question({
  id: "endpoints.allowed",
  kind: "list",
  label: "Addresses the integrations may talk to",
  title: "Which addresses may the integrations talk to, in either direction?",
  why: "Derived: the machine itself, its name servers, and the addresses that the endpoints in the configuration stand for at this moment. Add the networks of clients that reach an integration directly, of databases that are not in the configuration, and of monitoring.",
  schema: z.array(
    z.string().refine((text) => parseNetwork(text) !== undefined, {
      error: "is neither an address nor a network: write 192.0.2.10 or 10.0.0.0/8",
    }),
  ),
  needs: { places: raw(endpointPlaces), net: raw(network) },
  when: (_facts, answers) => answers.get(endpointsEgress) === "allow-list",
  default: ({ places, net }) => [...derivedAddresses(knownValue(places), knownValue(net)?.resolvers ?? [])],
});

export const controlPlaneCertificate = question({
  id: "endpoints.control-plane-certificate",
  kind: "text",
  label: "Control plane's certificate",
  title: "In which file on this machine is the control plane's certificate? (empty: leave it)",
  why: "Integrations that report to an Integration Control Plane believe any answer until they have its certificate (PEM) to compare with. The file has to be there and readable for the service before it is named here.",
  schema: z.union([
    z.literal(""),
    z.string().regex(/^\/(?!.*(?:^|\/)\.\.?(?:\/|$))[^\t\n\r\0"]+$/u, "must be an absolute path"),
  ]),
  needs: { here: raw(integrations) },
  when: ({ here }) =>
    (knownValue(here)?.integrations ?? []).some(
      (one) =>
        linked(one, "wso2/icp.runtime.bridge") !== undefined ||
        settingsBelow(one, "wso2.icp.runtime.bridge").length > 0,
    ),
  default: () => "",
});

export const questions = [endpointsPlain, controlPlaneCertificate, endpointsEgress, endpointsAllowed];
