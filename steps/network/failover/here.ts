import type { AnswerReader } from "../../../src/model/question.ts";
import type { Machine } from "../../../src/probes/machine.ts";
import type { Network } from "../../../src/probes/network.ts";
import { type Cluster, type FailoverNode, nodeHere, parseShared } from "./cluster.ts";
import {
  failoverAddresses,
  failoverBackendCa,
  failoverBackendPort,
  failoverCertificate,
  failoverHealthPath,
  failoverInterface,
  failoverMode,
  failoverPort,
  failoverProxy,
  failoverRouterId,
  failoverWitness,
  nodesOf,
} from "./questions.ts";

/** The answers as one thing; undefined where failover is not set up from here or not enough was said. */
export const clusterOf = (answers: AnswerReader): Cluster | undefined => {
  const mode = answers.get(failoverMode);
  if (mode !== "active-passive" && mode !== "active-active") return undefined;
  const nodes = nodesOf(answers);
  const shared = answers.get(failoverAddresses).flatMap((text) => parseShared(text) ?? []);
  if (nodes.length < 2 || shared.length === 0) return undefined;
  return {
    mode,
    nodes,
    shared,
    device: answers.get(failoverInterface),
    proxy: answers.get(failoverProxy),
    port: answers.get(failoverPort),
    backendPort: answers.get(failoverBackendPort),
    healthPath: answers.get(failoverHealthPath),
    certificate: answers.get(failoverCertificate),
    backendCa: answers.get(failoverBackendCa),
    routerId: answers.get(failoverRouterId),
    witness: answers.get(failoverWitness),
  };
};

/** A condition for controls: completes "does not apply: …". */
export const appliesToCluster = (_facts: unknown, answers: AnswerReader): true | string => {
  const mode = answers.get(failoverMode);
  return mode.startsWith("active-") || `failover is not set up from here (failover.mode is ${mode})`;
};

/** This machine among the nodes, or what is missing for it: one line. */
export const placeOf = (
  { machine, network }: { readonly machine: Machine; readonly network: Network },
  answers: AnswerReader,
): { readonly cluster: Cluster; readonly node: FailoverNode } | { readonly missing: string } => {
  const cluster = clusterOf(answers);
  if (cluster === undefined)
    return { missing: "name two or three nodes (failover.nodes) and the address that moves (failover.addresses)" };
  const own = network.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  const node = nodeHere(cluster.nodes, machine.name, own);
  if (node === undefined)
    return { missing: `${machine.name} is none of the nodes ${cluster.nodes.map(({ name }) => name).join(", ")}` };
  return { cluster, node };
};
