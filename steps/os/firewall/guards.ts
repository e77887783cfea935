import { parseNetwork } from "../../../src/core/address.ts";
import type { Change } from "../../../src/model/change.ts";
import { guard } from "../../../src/model/control.ts";
import { firewall, paths } from "../../../src/probes/firewall.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { type Connection, network, outsideOf } from "../../../src/probes/network.ts";
import { sshListeningPorts } from "../../network/open-ports/judgement.ts";
import { admitsFrom } from "./packet.ts";
import { sshSources } from "./policy.ts";
import { firewallOwner, firewallSshFrom, policyOf } from "./questions.ts";
import { othersRules } from "./within-reach.ts";

const locksOut = (changes: readonly Change[]): boolean => changes.some(({ risk }) => risk === "lockout");

/** Two firewalls, or one that is not spoken here: the operator has to say what counts. */
export const ownerGuard = guard({
  id: "firewall-owner",
  needs: { firewall },
  refuse: ({ firewall }, answers, changes) => {
    if (!locksOut(changes)) return [];
    const found = firewall.owners.map(({ owner, evidence }) => `${owner} (${evidence})`).join(" and ");
    const ruling = firewall.owners.map(({ owner }) => owner as string);
    const answer = answers.get(firewallOwner);
    if (answer === "undecided") {
      return ruling.includes("iptables-legacy")
        ? [
            {
              reason: `the firewall is kept with iptables-legacy, which is not spoken here: ${found}`,
              remedy:
                "move its rules to nftables (iptables-legacy-save | iptables-nft-restore, then update-alternatives --set iptables /usr/sbin/iptables-nft), or leave the firewall to yourself with --set firewall.owner=unmanaged",
            },
          ]
        : [
            {
              reason: `two programs rule over the firewall: ${found}`,
              remedy: `turn one of them off, or say which one counts with --set firewall.owner=${ruling.find((owner) => owner === "ufw" || owner === "firewalld") ?? "unmanaged"} (or unmanaged, to keep them as they are)`,
            },
          ];
    }
    const other = ruling.find((owner) => ["ufw", "firewalld", "iptables-legacy"].includes(owner));
    if (answer === "nftables" && other !== undefined) {
      return [
        {
          reason: `an nftables table beside ${other} would make two firewalls: ${found}`,
          remedy: `choose --set firewall.owner=${other === "iptables-legacy" ? "unmanaged" : other}, or turn ${other} off first`,
        },
      ];
    }
    return [];
  },
});

/** Ports SSH will listen on: the answer where the plan moves it there, else what it listens on now. */
const portsAfter = (wanted: number, present: readonly number[], changes: readonly Change[]): readonly number[] => {
  if (present.length === 0 || present.includes(wanted)) return [wanted];
  const moves = new RegExp(`^\\s*(?:Port\\s+|ListenStream=(?:\\S*:)?)${wanted}\\s*$`, "mu");
  const moved = changes.some((one) => one.kind === "file" && moves.test(one.after.content));
  return moved ? [wanted] : present;
};

/** Whoever applies this has to get in again the way they came. */
export const admissionGuard = guard({
  id: "firewall-admits-ssh",
  needs: { firewall, network, listeners },
  refuse: ({ firewall, network, listeners }, answers, changes) => {
    if (!locksOut(changes)) return [];
    const policy = policyOf(answers);
    const present = sshListeningPorts(listeners);
    const ports = portsAfter(policy.sshPort, present, changes);
    const owner = answers.get(firewallOwner);
    const writesTable = changes.some(
      (one) => one.kind === "file" && one.path === paths.ruleset && one.after.content.includes("chain input"),
    );
    const commands = changes.some(
      (one) => one.kind === "command" && ["ufw", "firewall-cmd"].includes(one.argv[0] ?? ""),
    );
    if (writesTable && !ports.includes(policy.sshPort)) {
      return [
        {
          reason: `the firewall would admit SSH on port ${policy.sshPort} only, and this plan leaves it on ${ports.join(", ")}`,
          remedy: `leave the firewall out, apply the SSH port with it, or say --set ssh.port=${ports[0]}`,
        },
      ];
    }
    const visitors = cameFrom(network.session, network.connections, present);
    return visitors.flatMap((address) => {
      const source = parseNetwork(address);
      if (source === undefined) return [];
      const allowed = sshSources(policy).some(
        (range) => range.family === source.family && range.low <= source.low && source.high <= range.high,
      );
      if ((writesTable || commands) && !allowed) {
        return [
          {
            reason: `you are connected from ${address}, and SSH would be open to ${answers.get(firewallSshFrom).join(", ")} only`,
            remedy: `add ${address} or its network to firewall.ssh-from (behind a jump host, that is the jump host's address)`,
          },
        ];
      }
      // What others filter stays in force; the owner's own rules are about to be made to fit.
      const ruleset = writesTable || commands ? othersRules(firewall.ruleset, owner) : firewall.ruleset;
      const outside = outsideOf(network);
      const closed = ports.every((port) => admitsFrom(ruleset, outside, { transport: "tcp", port, source }) === "no");
      return closed
        ? [
            {
              reason: `SSH would listen on port ${ports.join(", ")}, and the firewall in force refuses that port from ${address}`,
              remedy:
                owner === "unmanaged" || owner === "undecided"
                  ? `open port ${ports.join(", ")} for ${address} in it first, or keep the port with --set ssh.port=${present[0] ?? 22}`
                  : `open port ${ports.join(", ")} for ${address} in the rules that are not ours first, or let the firewall controls take part`,
            },
          ]
        : [];
    });
  },
});

/** This program's own way in; where that cannot be told (a terminal multiplexer, sudo), everyone who is logged in counts. */
const cameFrom = (
  session: Connection | undefined,
  connections: readonly Connection[],
  sshPorts: readonly number[],
): readonly string[] => {
  const all =
    session === undefined
      ? connections.filter(({ localPort, transport }) => transport === "tcp" && sshPorts.includes(localPort))
      : [session];
  return [...new Set(all.map(({ remoteAddress }) => remoteAddress))];
};
