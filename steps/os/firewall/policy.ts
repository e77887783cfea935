import { type AddressRange, parseNetwork } from "../../../src/core/address.ts";
import type { Ports } from "../../../src/core/ports.ts";

/** What the operator wants of packets, whoever will carry it out. */
export type Policy = {
  readonly sshPort: number;
  /** Empty: anyone. */
  readonly sshFrom: readonly AddressRange[];
  readonly publicPorts: readonly Ports[];
  readonly peers: readonly AddressRange[];
  readonly peerPorts: readonly Ports[];
  /** The other nodes of a failover: they may say who holds the address (VRRP) and reach these ports. */
  readonly failover?: { readonly peers: readonly AddressRange[]; readonly ports: readonly Ports[] };
  /** Undefined: anywhere. `to` undefined: that port, wherever. */
  readonly outbound: readonly { readonly to: AddressRange | undefined; readonly ports: Ports }[] | undefined;
};

/** The networks to name in rules: an empty list means everyone, in both families. */
export const everyone: readonly AddressRange[] = ["0.0.0.0/0", "::/0"].map(
  (text) => parseNetwork(text) as AddressRange,
);
export const sshSources = ({ sshFrom }: Policy): readonly AddressRange[] => (sshFrom.length === 0 ? everyone : sshFrom);
