import type { AddressRange } from "../../../src/core/address.ts";
import type { Ports } from "../../../src/core/ports.ts";
import type { Firewall } from "../../../src/probes/firewall.ts";
import type { Listener } from "../../../src/probes/listeners.ts";
import { type Network, outsideOf } from "../../../src/probes/network.ts";
import { admitsFrom, admitsStranger, portStretches } from "./packet.ts";

/** Everything defaults and verdicts about packets are made from. */
export type Sight = { readonly firewall: Firewall; readonly network: Network; readonly listeners: readonly Listener[] };

/** Families in which others can reach this machine at all. */
export const familiesOf = (network: Network): readonly (4 | 6)[] =>
  ([4, 6] as const).filter((family) =>
    outsideOf(network).some(({ addresses }) => addresses.some((one) => one.family === family)),
  );

/** Families in which anyone can. */
const familiesOfAnyone = (network: Network): readonly (4 | 6)[] =>
  familiesOf(network).filter((family) =>
    outsideOf(network).some(({ anyone, addresses }) => anyone && addresses.some((one) => one.family === family)),
  );

/** Whether every packet of the opening gets in now; families that this machine does not have do not count. */
export const isAdmitted = (
  sight: Sight,
  { ports, from }: { readonly ports: Ports; readonly from: AddressRange | undefined },
): boolean => {
  const { ruleset } = sight.firewall;
  const outside = outsideOf(sight.network);
  const probes = [
    ports.low,
    ports.high,
    ...portStretches(ruleset).flatMap(({ low }) => (ports.low < low && low < ports.high ? [low] : [])),
  ];
  if (from === undefined) {
    return familiesOfAnyone(sight.network).every((family) =>
      probes.every((port) => admitsStranger(ruleset, outside, family, { transport: ports.transport, port }) === "yes"),
    );
  }
  if (!familiesOf(sight.network).includes(from.family)) return true;
  return [
    { ...from, high: from.low },
    { ...from, low: from.high },
  ].every((source) =>
    probes.every((port) => admitsFrom(ruleset, outside, { transport: ports.transport, port, source }) === "yes"),
  );
};
