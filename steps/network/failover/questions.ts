import { z } from "zod";
import { type AddressRange, covers, formatRange, parseAddress, parseNetwork } from "../../../src/core/address.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { machine } from "../../../src/probes/machine.ts";
import { type Network, network } from "../../../src/probes/network.ts";
import { type FailoverNode, parseNode, parseShared } from "./cluster.ts";

export const modes = ["none", "needed", "elsewhere", "active-passive", "active-active"] as const;
export type FailoverMode = (typeof modes)[number];

export const isSetUp = (answers: AnswerReader): boolean => answers.get(failoverMode).startsWith("active-");

export const failoverMode = question({
  id: "failover.mode",
  kind: "select",
  label: "Failover",
  title: "What happens when this machine fails?",
  why: "Two nodes carry on when one stops, three when one stops while another is being updated. Set up here are a shared address that moves (keepalived) and a proxy on each node that asks the integration whether it works (haproxy or nginx). Without an answer nothing is set up and nothing is found wrong: whether an outage matters, only you know.",
  schema: z.enum(modes),
  askedOnce: true,
  needs: {},
  default: (): FailoverMode => "none",
  choices: () => [
    { value: "none", label: "It stays down until mended", hint: "nothing is demanded" },
    { value: "needed", label: "Another has to take over", hint: "that is not set up yet" },
    { value: "elsewhere", label: "Something else sees to it", hint: "load balancer, Kubernetes: somebody vouches" },
    { value: "active-passive", label: "Another node takes over", hint: "one has the address, the others wait" },
    { value: "active-active", label: "All nodes work", hint: "an address for each; a failed one's moves" },
  ],
});

/** Every other question is asked only where failover is set up from here. */
const when = (_facts: unknown, answers: AnswerReader): boolean => isSetUp(answers);
const here = { machine: raw(machine), network: raw(network) };

/** Of those that can be read: what cannot is told by itself. */
const areDifferent = (list: readonly string[], what: (node: FailoverNode) => string): boolean => {
  const said = list.flatMap((text) => parseNode(text) ?? []).map(what);
  return new Set(said).size === said.length;
};

const nodesSchema = z
  .array(z.string().refine((text) => parseNode(text) !== undefined, "must be name=address, such as app01=192.0.2.11"))
  .max(5, "are five at most")
  .refine((list) => areDifferent(list, ({ name }) => name), "must differ in name")
  .refine((list) => areDifferent(list, ({ address }) => address), "must differ in address");

export const failoverNodes = question({
  id: "failover.nodes",
  kind: "list",
  label: "Nodes",
  title: "Which machines are the nodes (name=address)? The first has the address first.",
  why: "Answer once for all: each node finds itself by its address or host name. Applying from here changes this node only. To set up all of them, one after the other, save the answers (s in the review): drawbridge rollout --hosts app01,app02 --answers FILE --step failover. Two survive one failure, three also one during an update. Fixed addresses, one network.",
  schema: nodesSchema,
  needs: here,
  when,
  default: ({ machine: host, network: net }): string[] => {
    const name = knownValue(host)?.name.split(".")[0];
    const facts = knownValue(net);
    const device = facts?.defaultDevices[0];
    const own = facts?.interfaces
      .find((one) => one.name === device)
      ?.addresses.find(({ family, scope }) => family === 4 && scope === "global");
    return name === undefined || own === undefined || parseNode(`${name}=${own.address}`) === undefined
      ? []
      : [`${name}=${own.address}`];
  },
  check: (value) => {
    const families = new Set(value.map((text) => parseAddress(parseNode(text)?.address ?? "")?.family));
    if (families.size > 1) return "all nodes need addresses of one family";
    return value.length < 2 ? "one node is no failover: name two or three, as name=address" : undefined;
  },
});

/** As this machine's own interface knows it; undefined where it is none of the nodes, or has its address for itself (/32, /128). */
const networkOfNodes = (net: Network | undefined, nodes: readonly FailoverNode[]): AddressRange | undefined => {
  const own = net?.interfaces
    .flatMap(({ addresses }) => addresses)
    .find(({ address }) => nodes.some((node) => node.address === address));
  const range = own === undefined ? undefined : parseNetwork(`${own.address}/${own.prefix}`);
  return range === undefined || range.low === range.high ? undefined : range;
};

export const failoverAddresses = question({
  id: "failover.addresses",
  kind: "list",
  label: "Shared addresses",
  title: "Which address do the callers use, the one that moves?",
  why: "A free address in the nodes' network that belongs to no machine, as 192.0.2.100. One of another network on the same wire wants its length as well: 198.51.100.7/24. Active-active takes one for each node; callers get all of them from DNS.",
  schema: z
    .array(z.string().refine((text) => parseShared(text) !== undefined, "must be an address such as 192.0.2.100"))
    .max(5, "are five at most"),
  needs: { network: raw(network) },
  when,
  default: () => [] as string[],
  check: (value, { network: net }, answers) => {
    const nodes = nodesOf(answers);
    if (value.length === 0) return "name the address that moves";
    if (answers.get(failoverMode) === "active-active" && value.length < 2)
      return "active-active takes an address for each node";
    const shared = value.flatMap((text) => parseShared(text) ?? []);
    const taken = shared.find(({ address }) => nodes.some((node) => node.address === address));
    if (taken !== undefined) return `${taken.address} is a node's own address: it would not move`;
    const family = parseAddress(nodes[0]?.address ?? "")?.family;
    const other = shared.find(({ address }) => parseAddress(address)?.family !== family);
    if (other !== undefined && family !== undefined)
      return `${other.address} is of another family than the nodes' addresses`;
    const around = networkOfNodes(knownValue(net), nodes);
    const away = value.find((text) => {
      const range = text.includes("/") ? undefined : parseNetwork(text);
      return range !== undefined && around !== undefined && !covers(around, range);
    });
    return away === undefined || around === undefined
      ? undefined
      : `${away} is not in the nodes' network ${formatRange(around)}; where that is meant, say its length as well: ${away}/${family === 4 ? 24 : 64}`;
  },
});

export const failoverInterface = question({
  id: "failover.interface",
  kind: "text",
  label: "Interface",
  title: "On which network interface does the address appear?",
  why: "The one that the callers come in by, on every node the same name. The default is the one that leads to the rest of the world.",
  schema: z.string().regex(/^[A-Za-z0-9_.-]{1,15}$/u, "must be the name of an interface, such as eth0"),
  needs: { network: raw(network) },
  when,
  default: ({ network: net }) => knownValue(net)?.defaultDevices[0] ?? "eth0",
});

export const failoverProxy = question({
  id: "failover.proxy",
  kind: "select",
  label: "Proxy",
  title: "Which proxy stands before the integration on each node?",
  why: "Both end TLS and pass requests on. haproxy asks each node's integration every two seconds whether it works; nginx notices when a request fails, and sends it on to the next.",
  schema: z.enum(["haproxy", "nginx"]),
  needs: {},
  when,
  default: (): "haproxy" | "nginx" => "haproxy",
  choices: () => [
    { value: "haproxy", label: "haproxy" },
    { value: "nginx", label: "nginx" },
  ],
});

const port = z.coerce.number("wants a port number").int().min(1).max(65_535);

export const failoverPort = question({
  id: "failover.port",
  kind: "text",
  label: "Port of the proxy",
  title: "On which port do the callers reach the shared address?",
  why: "443 is what callers expect of HTTPS.",
  schema: port,
  needs: {},
  when,
  default: () => 443,
});

export const failoverBackendPort = question({
  id: "failover.backend-port",
  kind: "text",
  label: "Port of the integration",
  title: "On which port does the integration itself listen, on every node?",
  why: "The proxies of all nodes have to reach it, so it cannot be for loopback alone; the firewall lets the nodes in and nobody else. The default is the first port on which an integration listens here.",
  schema: port,
  needs: { here: raw(integrations) },
  when,
  default: ({ here: found }): number =>
    (knownValue(found)?.integrations ?? [])
      .flatMap(({ sockets }) => sockets)
      .filter(({ transport, reach }) => transport === "tcp" && reach !== "loopback")
      .map((socket) => socket.port)[0] ?? 9090,
  check: (value, _facts, answers) =>
    value === answers.get(failoverPort) ? "the proxy listens on that port: the integration needs another" : undefined,
});

export const failoverHealthPath = question({
  id: "failover.health-path",
  kind: "text",
  label: "Health path",
  title: "Which path of the integration tells that it works?",
  why: "Asked every two seconds; any status below 500 is an answer. A path that looks at what the integration itself needs (its database) is better than /, and it should be quick.",
  schema: z
    .string()
    .trim()
    .regex(/^\/[A-Za-z0-9/._~%-]*$/u, "must be a path such as /health"),
  needs: {},
  when,
  default: () => "/",
});

const path = z.string().regex(/^(?:\/[A-Za-z0-9/._-]+)?$/u, "must be an absolute path, or empty");

export const failoverCertificate = question({
  id: "failover.certificate",
  kind: "text",
  label: "Certificate",
  title: "Where is the certificate for the shared name, with its chain and its key in one file?",
  why: "A PEM file on every node that only root reads: certificate, chain, key. Its names are those that callers use. Empty means plain HTTP, for callers in a network of their own only.",
  schema: path,
  needs: {},
  when,
  default: () => "/etc/ssl/private/integration.pem",
});

export const failoverBackendCa = question({
  id: "failover.backend-ca",
  kind: "text",
  label: "Authority behind the proxy",
  title: "Does the integration speak TLS itself? Then which file holds the authority of its certificate?",
  why: "With a file (PEM) the proxies talk HTTPS to the nodes and check who answers. Empty means HTTP between the nodes, which the firewall keeps to them.",
  schema: path,
  needs: {},
  when,
  default: () => "",
});

export const failoverRouterId = question({
  id: "failover.router-id",
  kind: "text",
  label: "VRRP number",
  title: "Which virtual router number do the nodes use?",
  why: "Several clusters in one network need different numbers from 1 to 250; further shared addresses take the numbers that follow.",
  schema: z.coerce.number().int().min(1).max(250),
  needs: {},
  when,
  default: () => 51,
});

export const failoverWitness = question({
  id: "failover.witness",
  kind: "text",
  label: "Witness",
  title: "Which address must a node reach to be allowed to hold the shared one?",
  why: "Nodes that lose sight of each other would both take the address. One that does not reach a third party, such as the gateway, gives it up. Empty means none; with one, the address is gone when the witness is.",
  schema: z.string().refine((text) => text === "" || parseAddress(text) !== undefined, "must be an address, or empty"),
  needs: {},
  when,
  default: () => "",
});

export const nodesOf = (answers: AnswerReader): readonly FailoverNode[] =>
  answers.get(failoverNodes).flatMap((text) => parseNode(text) ?? []);

export const questions = [
  failoverMode,
  failoverNodes,
  failoverAddresses,
  failoverInterface,
  failoverProxy,
  failoverPort,
  failoverBackendPort,
  failoverHealthPath,
  failoverCertificate,
  failoverBackendCa,
  failoverRouterId,
  failoverWitness,
] as const;
