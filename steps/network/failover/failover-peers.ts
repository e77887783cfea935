import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { failover } from "../../../src/probes/failover.ts";
import { machine } from "../../../src/probes/machine.ts";
import { network } from "../../../src/probes/network.ts";
import { appliesToCluster, placeOf } from "./here.ts";
import { fingerprint } from "./render.ts";

/** What one node can see of the others; all of them at once are seen by `drawbridge rollout`. */
export const failoverPeers = control({
  id: "failover-peers",
  guideline: ["NW-01"],
  title: "The other nodes are there, and somebody holds the shared address",
  failing: "A node is missing, or nobody holds the shared address",
  severity: "high",
  risk: "none",
  rationale:
    "Failover that has happened once and was not noticed is no failover any more: the next failure finds nobody. Whether this node may hold the address, whether the others answer and whether the address does is looked at here. Nothing is repaired from one node.",
  references: [{ source: "NIST 800-53", id: "CP-4" }],
  needs: { failover, machine, network },
  applies: appliesToCluster,
  inspect: (facts, answers) => {
    const place = placeOf(facts, answers);
    if ("missing" in place) return unknownVerdict(place.missing);
    const { state } = facts.failover;
    if (state === undefined) return unknownVerdict("failover is not set up on this node yet");
    const evidence = [
      {
        asked: "failover state",
        answered: [
          ...state.shared.map(
            ({ address, held, answers: answered }) =>
              `${address}: ${held ? "held here" : answered ? "held by another node" : "held by nobody"}`,
          ),
          ...state.peers.map(({ name, address, up }) => `${name} ${address}: ${up ? "answers" : "does not answer"}`),
          `this node: ${state.problem || "works"}`,
          ...[...state.versions].map(([name, version]) => `${name} ${version}`),
        ].join("\n"),
      },
    ];
    const problems = [
      ...state.peers.filter(({ up }) => !up).map(({ name, address }) => `${name} (${address}) does not answer`),
      ...state.shared
        .filter(({ held, answers: answered }) => !held && !answered)
        .map(({ address }) => `nobody holds ${address}`),
      ...(state.drained ? ["this node is taken out of service: failover undrain"] : []),
      ...(state.problem === "" || state.drained ? [] : [`this node may not hold the address: ${state.problem}`]),
      ...(state.fingerprint === fingerprint(place.cluster) ? [] : ["this node was set up from other answers"]),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
