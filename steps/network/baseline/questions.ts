import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { networkKinds, networkState } from "../../../src/probes/network-state.ts";
import { describeDrift, driftOf } from "./drift.ts";

export const baselineAccept = question({
  id: "baseline.accept",
  kind: "confirm",
  label: "Accept what changed",
  title: "Is the way packets leave this machine as it should be now?",
  why: "Routes, rules, forwarding, gateways or name servers are not as they were when they were last agreed to. Say yes when you know why: what is there now is then what later looks are compared with.",
  schema: z.boolean(),
  needs: { state: raw(networkState) },
  when: ({ state }) => {
    const seen = knownValue(state);
    return seen?.agreed !== undefined && driftOf(seen, networkKinds).length > 0;
  },
  default: () => false,
  current: ({ state }) => {
    const seen = knownValue(state);
    return seen === undefined ? "not known" : describeDrift(driftOf(seen, networkKinds)) || "as agreed";
  },
  // For this time only: the next surprise is asked about again.
  remembered: false,
});
