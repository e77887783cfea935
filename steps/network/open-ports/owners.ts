import { formatPorts, type Ports, parsePorts } from "../../../src/core/ports.ts";

/** An entry of the allow-list: who wants this port open, and why. */
export type PortOwner = { readonly ports: Ports; readonly owner: string; readonly reason: string };

/** "9443/tcp; Orders team; partners call it" */
export const parsePortOwner = (text: string): PortOwner | undefined => {
  const [port = "", owner = "", ...reason] = text.split(";").map((part) => part.trim());
  const ports = parsePorts(port);
  const why = reason.join("; ");
  return ports === undefined || owner === "" || why === "" || /[\t\n\r\0]/u.test(text)
    ? undefined
    : { ports, owner, reason: why };
};

export const describePortOwner = ({ ports, owner, reason }: PortOwner): string =>
  `${formatPorts(ports)}: ${owner}, ${reason}`;
