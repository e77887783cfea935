import type { AddressRange } from "../../../src/core/address.ts";
import { outsideOf } from "../../../src/probes/network.ts";
import type { Sight } from "./admitted.ts";
import { admitsFrom, admitsStranger } from "./packet.ts";
import type { Policy } from "./policy.ts";

/** Nodes of a failover whose VRRP packets (RFC 9568) do not surely get in: each would take the address for itself. */
export const vrrpUnadmitted = (
  { firewall, network }: Pick<Sight, "firewall" | "network">,
  { failover }: Policy,
): readonly AddressRange[] => {
  const outside = outsideOf(network);
  const own = outside.flatMap(({ addresses }) => addresses);
  return (failover?.peers ?? []).filter(
    (source) =>
      !own.some(({ family, low }) => family === source.family && low === source.low) &&
      admitsFrom(firewall.ruleset, outside, { transport: "vrrp", port: 0, source }) !== "yes",
  );
};

/** Whether anyone could say who holds the address. */
export const vrrpFromAnyone = ({ firewall, network }: Pick<Sight, "firewall" | "network">): boolean =>
  ([4, 6] as const).some(
    (family) => admitsStranger(firewall.ruleset, outsideOf(network), family, { transport: "vrrp", port: 0 }) === "yes",
  );
