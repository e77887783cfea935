import { programFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { type Control, type ControlText, composer, control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import {
  type NetworkKind,
  type NetworkState,
  networkBaseline,
  networkKinds,
  networkState,
  networkStateProgram,
} from "../../../src/probes/network-state.ts";
import { describeDrift, driftOf } from "./drift.ts";
import { baselineAccept } from "./questions.ts";

type Needs = { readonly state: typeof networkState };

const owned = { owner: "root", group: "root" } as const;

/** The program, as the daily audit runs it and as it records. */
export const programChanges = ({ program, folders }: NetworkState): readonly Change[] => {
  const content = template("network/network-state");
  if (program?.content === content && program.mode === "0755") return [];
  const common = { phase: "files", risk: "none" } as const;
  return [
    ...(folders.includes("/usr/local/lib/drawbridge") ? [] : [programFolder]),
    change({
      ...common,
      kind: "file",
      title: "Program that prints how packets leave this machine",
      path: networkStateProgram,
      before: program,
      after: { content, mode: "0755", ...owned },
    }),
  ];
};

/**
 * Everything is recorded at once, on the machine and after all other changes: what this plan itself sets is in it. Composed,
 * because what composers make comes after what controls plan by themselves, and this step's comes last.
 */
const recording = composer<"record", Needs>({
  id: "network-baseline",
  needs: { state: networkState },
  compose: (_wanted, { state }) => [
    ...programChanges(state),
    change({
      kind: "command",
      phase: "services",
      risk: "none",
      title: "Record routes, rules, forwarding, gateways and name servers as agreed",
      argv: ["sh", networkStateProgram, "record"],
      touches: [networkBaseline],
    }),
  ],
});

type Definition = Omit<ControlText, "guideline"> & { readonly kinds: readonly NetworkKind[] };

const asked: Readonly<Record<NetworkKind, string>> = {
  route: "ip route show table all",
  rule: "ip rule show",
  forwarding: "sysctl net.ipv4.ip_forward net.ipv6.conf.all.forwarding",
  neighbour: "ip neighbour show (gateways)",
  dns: "cat /etc/resolv.conf",
};

/** A part of the machine's network that is compared with what was agreed to. */
export const compared = ({ kinds, ...definition }: Definition): Control<Needs> =>
  control<Needs>({
    ...definition,
    guideline: ["NW-04"],
    risk: "none",
    needs: { state: networkState },
    inspect: ({ state }, answers) => {
      const evidence = kinds.map((kind) => ({
        asked: asked[kind],
        answered:
          state.now
            .filter((line) => line.kind === kind)
            .slice(0, 30)
            .map(({ subject, value }) => `${subject} ${value}`)
            .join("\n") || "(nothing)",
      }));
      if (state.agreed === undefined) return fail("nothing was recorded yet to compare with", evidence);
      const drift = driftOf(state, kinds);
      if (drift.length === 0) return pass(evidence);
      const how = answers.get(baselineAccept) ? "" : ". If that is as it should be: --set baseline.accept=yes";
      return fail(`${describeDrift(drift)}${how}`, evidence);
    },
    plan: ({ state }, answers) => {
      const record = [fragment(recording, "record")];
      if (state.agreed === undefined) return record;
      return driftOf(state, networkKinds).length > 0 && answers.get(baselineAccept) ? record : [];
    },
  });
