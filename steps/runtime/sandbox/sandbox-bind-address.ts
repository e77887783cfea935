import { control, fragment } from "../../../src/model/control.ts";
import { type RawNeed, raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import type { Listener } from "../../../src/probes/listeners.ts";
import { type Network, network, outsideOf } from "../../../src/probes/network.ts";
import { type SecretPlaces, secretPlaces } from "../../../src/probes/secret-places.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { supports } from "../../../src/workload/modules.ts";
import { settingAt } from "../../../src/workload/settings.ts";
import { configurationEdits, configurationObstacle } from "../configuration.ts";
import { appliesToServed, type Served, served, verdictOn } from "../jvm/served.ts";
import { statedDistribution } from "../workload/described.ts";
import { sandboxAddress } from "./questions.ts";

const hostKey = "ballerina.http.defaultListenerConfig.host";

/** Sockets that every network of the machine reaches. */
const everywhere = ({ integration }: Served): readonly Listener[] =>
  integration.sockets.filter(({ transport, reach }) => transport === "tcp" && reach === "any");

const networksOf = (found: Network): readonly string[] =>
  outsideOf(found)
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ device }) => device);

const problemOf = (each: Served, found: Network, address: string): string | undefined => {
  const open = everywhere(each);
  if (open.length === 0) return undefined;
  const ports = open.map(({ port }) => port).join(", ");
  const devices = networksOf(found);
  if (address !== "") return `listens on every address, not on ${address} alone (port ${ports})`;
  // With one network, every address and that network's address are the same to a stranger.
  return devices.length > 1
    ? `listens on every network of this machine (${devices.join(", ")}; port ${ports}): name its own as sandbox.address`
    : undefined;
};

/** The default listener's port, by its setting: only that one is bound by configuration. */
const isDefaultListener = ({ integration }: Served, { port }: Listener): boolean =>
  port === Number(settingAt(integration, "ballerina.http.defaultListenerPort")?.value ?? 9090);

type Needs = {
  readonly here: typeof integrations;
  readonly units: typeof unitFiles;
  readonly net: typeof network;
  readonly places: RawNeed<SecretPlaces>;
};

/** RT-14 segmentation: an integration listens where its callers are. `defaultListenerConfig.host`, module-ballerina-http 2.13.4. */
export const sandboxBindAddress = control<Needs>({
  id: "sandbox-bind-address",
  guideline: ["RT-14"],
  title: "Every integration listens only on the network of its callers",
  failing: "An integration listens on networks where it has no callers",
  severity: "low",
  risk: "restart",
  rationale:
    "A machine in two networks joins them where a service listens on both. Bound to one address, an integration is out of reach from the other network even when the firewall is off.",
  references: [
    { source: "NIST 800-53", id: "SC-7" },
    { source: "NIST 800-53", id: "CM-7" },
  ],
  needs: { here: integrations, units: unitFiles, net: network, places: raw(secretPlaces) },
  applies: appliesToServed,
  inspect: (facts, answers) =>
    verdictOn(
      served(facts, answers),
      (each) => problemOf(each, facts.net, answers.get(sandboxAddress)),
      ({ integration }) => ({
        asked: `sockets of ${integration.id}; networks of this machine`,
        answered: `${integration.sockets.map(({ address, port }) => `${address}:${port}`).join(" ") || "none"}; ${networksOf(facts.net).join(" ")}`,
      }),
    ),
  plan: (facts, answers) => {
    const address = answers.get(sandboxAddress);
    if (address === "") return [];
    return served(facts, answers)
      .filter(
        (each) =>
          everywhere(each).some((socket) => isDefaultListener(each, socket)) &&
          configurationObstacle(each.integration) === undefined &&
          supports(each.integration, "http.defaultListenerConfig", statedDistribution(answers)) === "yes",
      )
      .map(({ integration }) =>
        fragment(configurationEdits, {
          integration: integration.id,
          edits: [{ set: hostKey.split("."), value: address }],
        }),
      );
  },
  breaks: (facts, answers) => {
    const address = answers.get(sandboxAddress);
    return address === "" || served(facts, answers).every((each) => everywhere(each).length === 0)
      ? []
      : [`callers that come by another address than ${address} no longer reach the integrations`];
  },
});
