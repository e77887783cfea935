import { few } from "../../../src/core/few.ts";
import type { NetworkKind, NetworkLine, NetworkState } from "../../../src/probes/network-state.ts";

export type Drift = { readonly how: "new" | "gone" | "changed"; readonly line: NetworkLine; readonly before?: string };

/** Of these a machine has one value for each subject; of routes and rules any number. */
const single: ReadonlySet<NetworkKind> = new Set(["forwarding", "neighbour"]);

/**
 * What is not as it was agreed to. A neighbour that is silent right now is no difference: the kernel forgets those it does not
 * talk to. One that was silent when the baseline was recorded is none either.
 */
export const driftOf = (
  { now, agreed }: Pick<NetworkState, "now" | "agreed">,
  kinds: readonly NetworkKind[],
): readonly Drift[] => {
  if (agreed === undefined) return [];
  const wanted = (line: NetworkLine) => kinds.includes(line.kind);
  const find = (lines: readonly NetworkLine[], { kind, subject, value }: NetworkLine) =>
    lines.find(
      (other) => other.kind === kind && other.subject === subject && (single.has(kind) || other.value === value),
    );
  const drift: Drift[] = [];
  for (const line of now.filter(wanted)) {
    const before = find(agreed, line);
    if (before === undefined) {
      if (line.kind !== "neighbour") drift.push({ how: "new", line });
    } else if (before.value !== line.value) drift.push({ how: "changed", line, before: before.value });
  }
  for (const line of agreed.filter(wanted)) {
    if (line.kind !== "neighbour" && find(now, line) === undefined) drift.push({ how: "gone", line });
  }
  return drift;
};

const nameOf: Readonly<Record<NetworkKind, string>> = {
  route: "route",
  rule: "rule",
  forwarding: "forwarding",
  neighbour: "gateway",
  dns: "name server",
};

const describe = ({ how, line, before }: Drift): string => {
  const subject = line.kind === "route" || line.kind === "rule" ? "" : `${line.subject} `;
  const name = line.kind === "dns" && line.subject !== "nameserver" ? "names" : nameOf[line.kind];
  const change = how === "changed" ? `${subject}was ${before} and is ${line.value}` : `${subject}${line.value}`;
  return `${how === "changed" ? "" : `${how} `}${name} ${change}`;
};

/** One line; the first few by name. */
export const describeDrift = (drift: readonly Drift[]): string => few(drift.map(describe), 5, "; ");
