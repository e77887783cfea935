import { type AddressFamily, formatAddress, parseAddress } from "../../../src/core/address.ts";

export type FailoverNode = { readonly name: string; readonly address: string };

/** An address that moves, as keepalived writes it: with the bits of its network, by default its own. */
export type SharedAddress = { readonly address: string; readonly bits: number };

/** What all nodes agree on. */
export type Cluster = {
  readonly mode: "active-passive" | "active-active";
  readonly nodes: readonly FailoverNode[];
  readonly shared: readonly SharedAddress[];
  readonly device: string;
  readonly proxy: "haproxy" | "nginx";
  readonly port: number;
  readonly backendPort: number;
  readonly healthPath: string;
  /** Empty: plain HTTP. */
  readonly certificate: string;
  /** Empty: HTTP behind the proxy. */
  readonly backendCa: string;
  readonly routerId: number;
  /** Empty: none. */
  readonly witness: string;
};

/** As the kernel prints it: what is compared with `ip address` has to look the same. */
const asUsual = (text: string): string | undefined => {
  const parsed = parseAddress(text);
  return parsed === undefined ? undefined : formatAddress(parsed.family, parsed.value);
};

export const parseNode = (text: string): FailoverNode | undefined => {
  const [, name = "", given = ""] =
    /^([A-Za-z0-9](?:[A-Za-z0-9.-]{0,61}[A-Za-z0-9])?)=([0-9A-Fa-f:.]+)$/u.exec(text.trim()) ?? [];
  const address = asUsual(given);
  return address === undefined ? undefined : { name, address };
};

export const parseShared = (text: string): SharedAddress | undefined => {
  const [, given = "", bits] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/u.exec(text.trim()) ?? [];
  const address = asUsual(given);
  const family = parseAddress(given)?.family;
  if (family === undefined || address === undefined) return undefined;
  const most = family === 4 ? 32 : 128;
  const count = bits === undefined ? most : Number(bits);
  return count >= 1 && count <= most ? { address, bits: count } : undefined;
};

/** An address as it stands in a URL or before a port. */
export const bracketed = (address: string): string => (address.includes(":") ? `[${address}]` : address);

/** Of the addresses that move; the nodes' own are of the same. */
export const familyOf = ({ shared }: Cluster): AddressFamily => parseAddress(shared[0]?.address ?? "")?.family ?? 4;

/**
 * VRRP priorities (RFC 9568): the first of the list holds the address when all work. Active-active gives each address
 * another first one. 150, 140, 130 …: above keepalived's default, below what is reserved.
 */
export const priorityOf = ({ mode, nodes }: Cluster, node: FailoverNode, shared: number): number => {
  const place = nodes.findIndex(({ name }) => name === node.name);
  const turn = mode === "active-active" ? shared : 0;
  return 150 - 10 * ((((place - turn) % nodes.length) + nodes.length) % nodes.length);
};

/** By host name (its first label is enough) or by an address that is its own. */
export const nodeHere = (
  nodes: readonly FailoverNode[],
  hostName: string,
  addresses: readonly string[],
): FailoverNode | undefined => {
  const short = (name: string) => name.split(".")[0]?.toLowerCase();
  return (
    nodes.find(({ address }) => addresses.includes(address)) ??
    nodes.find(({ name }) => short(name) === short(hostName))
  );
};
