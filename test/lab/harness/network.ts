/**
 * One bridge per lab on this machine, one network namespace per server or client, NAT outward so that apt works.
 * Everything carries the lab's prefix (`dblab<slot>`); nothing of the host's own rules, tables or routes is touched
 * except the forwarding switch, which gets its old value back when the last lab closes.
 */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { must, run } from "./run.ts";

const forwarding = "/proc/sys/net/ipv4/ip_forward";

export type Network = {
  prefix: string;
  /** Address of host number `index` (1 is the bridge itself) in the lab's /24 and /64. */
  address: (index: number) => string;
  addressV6: (index: number) => string;
  subnet: string;
  subnetV6: string;
};

export type Endpoint = { namespace: string; address: string; addressV6: string; index: number };

export function networkOf(slot: number): Network {
  return {
    prefix: `dblab${slot}`,
    address: (index) => `10.213.${slot}.${index}`,
    addressV6: (index) => `fdd8:1ab0:${slot}::${index.toString(16)}`,
    subnet: `10.213.${slot}.0/24`,
    subnetV6: `fdd8:1ab0:${slot}::/64`,
  };
}

const natTable = (network: Network): string => `drawbridge_lab_${network.prefix.slice("dblab".length)}`;

/** Packets that leave this machine must fit its uplink: tunnels and clouds often have less than 1500 bytes. */
async function uplinkMtu(): Promise<number> {
  const route = await run(["ip", "-4", "route", "show", "default"]);
  const device = / dev (\S+)/.exec(route.stdout)?.[1];
  const path = `/sys/class/net/${device}/mtu`;
  return device !== undefined && existsSync(path) ? Number(readFileSync(path, "utf8")) : 1500;
}

/** Makes the bridge and the NAT table. `stateDirectory` keeps the forwarding switch's old value. Call under the lab lock. */
export async function openNetwork(network: Network, stateDirectory: string): Promise<void> {
  const bridge = network.prefix;
  const mtu = await uplinkMtu();
  await must(["ip", "link", "add", bridge, "mtu", String(mtu), "type", "bridge", "mcast_snooping", "0"]);
  await must(["ip", "-batch", "-"], {
    input: [
      `link set ${bridge} up`,
      `addr add ${network.address(1)}/24 dev ${bridge}`,
      `addr add ${network.addressV6(1)}/64 dev ${bridge} nodad`,
      "",
    ].join("\n"),
  });
  const before = `${stateDirectory}/ip_forward.before`;
  if (readFileSync(forwarding, "utf8").trim() !== "1") {
    if (!existsSync(before)) writeFileSync(before, readFileSync(forwarding));
    writeFileSync(forwarding, "1\n");
  }
  const rules = `table ip ${natTable(network)} {
    chain postrouting {
      type nat hook postrouting priority srcnat;
      ip saddr ${network.subnet} ip daddr != ${network.subnet} masquerade
    }
  }`;
  await must(["nft", "-f", "-"], { input: rules });
}

/** Removes all that {@link openNetwork} and {@link openEndpoint} made for this prefix, also after a crash. Never throws. */
export async function closeNetwork(network: Network): Promise<void> {
  for (const namespace of namespacesOf(network)) await run(["ip", "netns", "delete", namespace]);
  await run(["nft", "delete", "table", "ip", natTable(network)]);
  await run(["ip", "link", "delete", network.prefix]);
}

/** Gives the forwarding switch its old value. Call under the lab lock, when no lab is left. */
export function restoreForwarding(stateDirectory: string): void {
  const before = `${stateDirectory}/ip_forward.before`;
  if (!existsSync(before)) return;
  writeFileSync(forwarding, readFileSync(before));
  rmSync(before);
}

function namespacesOf(network: Network): string[] {
  const folder = "/run/netns";
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => name.startsWith(`${network.prefix}-`));
}

/** The same card after every restart, as in a real machine: neighbours remember it. */
const macOf = (index: number): string => `02:db:1a:b0:00:${index.toString(16).padStart(2, "0")}`;

/** A network namespace on the bridge with `eth0` up, both addresses set and the bridge as gateway. */
export async function openEndpoint(network: Network, label: string, index: number): Promise<Endpoint> {
  const endpoint: Endpoint = {
    namespace: `${network.prefix}-${label}`,
    address: network.address(index),
    addressV6: network.addressV6(index),
    index,
  };
  const mtu = readFileSync(`/sys/class/net/${network.prefix}/mtu`, "utf8").trim();
  const port = `${network.prefix}p${index}`;
  await must(["ip", "netns", "add", endpoint.namespace]);
  await must(["ip", "-batch", "-"], {
    input: [
      `link add ${port} mtu ${mtu} type veth peer name eth0 address ${macOf(index)} mtu ${mtu} netns ${endpoint.namespace}`,
      `link set ${port} master ${network.prefix} up`,
      "",
    ].join("\n"),
  });
  await must(["ip", "-netns", endpoint.namespace, "-batch", "-"], {
    input: [
      "link set lo up",
      "link set eth0 up",
      `addr add ${endpoint.address}/24 dev eth0`,
      `addr add ${endpoint.addressV6}/64 dev eth0 nodad`,
      `route add default via ${network.address(1)}`,
      `route add ::/0 via ${network.addressV6(1)}`,
      "",
    ].join("\n"),
  });
  return endpoint;
}

/** A kernel forgets firewall, routes and network settings when it restarts; a fresh namespace does the same for a container. */
export async function closeEndpoint(network: Network, endpoint: Endpoint): Promise<void> {
  await run(["ip", "link", "delete", `${network.prefix}p${endpoint.index}`]);
  await run(["ip", "netns", "delete", endpoint.namespace]);
}
