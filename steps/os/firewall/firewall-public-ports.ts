import { formatPorts, includesPort, joinPorts } from "../../../src/core/ports.ts";
import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { firewall } from "../../../src/probes/firewall.ts";
import { listeners, portName } from "../../../src/probes/listeners.ts";
import { network, outsideOf } from "../../../src/probes/network.ts";
import { judge, sshListeningPorts } from "../../network/open-ports/judgement.ts";
import { firewallPolicy } from "./composer.ts";
import { printedElement } from "./elements.ts";
import { setsOf } from "./nftables.ts";
import { openings } from "./packet.ts";
import { policyOf } from "./questions.ts";
import { describeOpening, inputChains, missingOpenings } from "./wanted.ts";

/** The rules in force are the agreement, no more and no less. CIS Debian 12 4.2.6. */
export const firewallPublicPorts = control({
  id: "firewall-public-ports",
  guideline: ["OS-03", "RT-06"],
  title: "The firewall opens the agreed ports and no others",
  failing: "The firewall does not match the agreed ports",
  severity: "high",
  risk: "lockout",
  rationale:
    "A port that someone opened for a day and forgot is found by scanners within hours. The agreed list says what this machine offers; whatever else listens has to stay behind the firewall. Ports that containers publish go past the ordinary rules, so they are compared as well.",
  references: [
    { source: "CIS Debian 12", id: "4.2.6" },
    { source: "CIS Ubuntu 22.04", id: "4.1.6" },
    { source: "CIS Ubuntu 24.04", id: "4.2.6" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-251030" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300041" },
    { source: "NIST 800-53", id: "CM-7" },
  ],
  needs: { firewall, network, listeners },
  inspect: (sight, answers) => {
    const policy = policyOf(answers);
    const context = { sshPorts: sshListeningPorts(sight.listeners), ephemeral: sight.network.ephemeral };
    const open = openings(sight.firewall.ruleset, outsideOf(sight.network));
    const agreed = (port: number, transport: "tcp" | "udp"): boolean =>
      includesPort(policy.publicPorts, port, transport) ||
      // Whoever SSH is limited to, its port is agreed: a limit that is not kept is told below.
      (transport === "tcp" &&
        policy.sshFrom.length === 0 &&
        (port === policy.sshPort || context.sshPorts.includes(port)));
    const offered = sight.listeners.filter(
      (listener) => listener.reach !== "loopback" && judge(listener, context).kind !== "client",
    );
    const reachable = (admission: "yes" | "unknown") => [
      ...new Set(
        offered
          .filter(({ port, transport }) => !agreed(port, transport))
          .filter(({ port, transport }) =>
            open.some((one) => one.admission === admission && includesPort([one], port, transport)),
          )
          .map(portName),
      ),
    ];
    const published = sight.firewall.ruleset.published.filter(
      ({ low, high, transport }) => !agreed(low, transport) || !agreed(high, transport),
    );
    const stale = outOfDate(sight.firewall.own, policy);
    const missing = missingOpenings(sight, policy);
    const evidence = [
      inputChains(sight.firewall),
      {
        asked: "which ports do these rules open to anyone?",
        answered:
          joinPorts(open.filter(({ admission }) => admission === "yes"))
            .map(formatPorts)
            .join(", ") || "none",
      },
    ];
    const wrong = [
      ...reachable("yes").map((name) => `${name} is open to anyone and not agreed`),
      ...published.map(
        (port) => `${formatPorts(port)} is published by a container (to ${port.to}) past the firewall and not agreed`,
      ),
      ...missing.map((opening) => `${describeOpening(opening)} is agreed and closed`),
      ...stale,
    ];
    if (wrong.length > 0) return fail(wrong.join("; "), evidence);
    const unclear = reachable("unknown");
    return unclear.length > 0
      ? unknownVerdict(`whether ${unclear.join(", ")} is open depends on rules that cannot be read`, evidence)
      : pass(evidence);
  },
  plan: () => [fragment(firewallPolicy, "ports")],
});

/** Where our own table says something else than was agreed, also about ports that nobody listens on now. */
const outOfDate = (
  own:
    | { readonly sets: Readonly<Record<string, readonly unknown[]>>; readonly rules: Readonly<Record<string, number>> }
    | undefined,
  policy: Parameters<typeof setsOf>[0],
): readonly string[] => {
  if (own?.rules.input === undefined) return [];
  return setsOf({ ...policy, outbound: undefined }).flatMap(({ name, elements }) => {
    const loaded = new Set((own.sets[name] ?? []).map(printedElement));
    const same = loaded.size === elements.length && elements.every((element) => loaded.has(element));
    return same ? [] : [`set ${name} holds { ${[...loaded].join(", ")} }, agreed is { ${elements.join(", ")} }`];
  });
};
