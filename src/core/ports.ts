import { z } from "zod";

/** A stretch of ports of one transport: "443/tcp", "8000-8010/tcp". */
export type Ports = { readonly transport: "tcp" | "udp"; readonly low: number; readonly high: number };

const form = /^(\d{1,5})(?:-(\d{1,5}))?\/(tcp|udp)$/u;

/** Undefined for what is no port: 0, above 65535, a range that runs backwards. */
export const parsePorts = (text: string): Ports | undefined => {
  const [, from, to, transport] = form.exec(text) ?? [];
  const [low, high] = [Number(from), Number(to ?? from)];
  if (transport === undefined || low < 1 || high > 65535 || low > high) return;
  return { transport: transport as Ports["transport"], low, high };
};

export const formatPorts = ({ transport, low, high }: Ports): string =>
  low === high ? `${low}/${transport}` : `${low}-${high}/${transport}`;

export const portsSchema = z
  .string()
  .refine((text) => parsePorts(text) !== undefined, { error: "is not a port: write 443/tcp, 53/udp or 8000-8010/tcp" });

export const includesPort = (list: readonly Ports[], port: number, transport: Ports["transport"]): boolean =>
  list.some((ports) => ports.transport === transport && ports.low <= port && port <= ports.high);

/** Overlapping and touching stretches joined, by transport and number: packet filters refuse overlapping sets. */
export const joinPorts = (list: readonly Ports[]): readonly Ports[] => {
  const joined: Ports[] = [];
  const sorted = list.toSorted((a, b) =>
    a.transport < b.transport ? -1 : a.transport > b.transport ? 1 : a.low - b.low,
  );
  for (const ports of sorted) {
    const last = joined.at(-1);
    if (last?.transport === ports.transport && ports.low <= last.high + 1) {
      joined[joined.length - 1] = { ...last, high: Math.max(last.high, ports.high) };
    } else joined.push(ports);
  }
  return joined;
};
