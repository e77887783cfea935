import { control } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { sshdLogins } from "../../../src/probes/sshd-logins.ts";
import { forwarding } from "./questions.ts";
import { exactly, judgeSettings, proposeSettings, type Setting, type Settings } from "./settings.ts";

/** Everyone has what was answered; a Match block may be stricter with some. */
const atLeastForSome = (keyword: string, value: string, stricter: readonly string[]): Setting => ({
  keyword,
  values: [value],
  accepts: ([found = ""], _, { scope }) => found === value || (scope !== "everyone" && stricter.includes(found)),
});

const settings: Settings = (_, answers) => {
  const local = answers.get(forwarding) === "local";
  return [
    local ? atLeastForSome("DisableForwarding", "no", ["yes"]) : exactly("DisableForwarding", "yes"),
    exactly("X11Forwarding", "no"),
    local ? atLeastForSome("AllowTcpForwarding", "local", ["no"]) : exactly("AllowTcpForwarding", "no"),
    exactly("AllowAgentForwarding", "no"),
    exactly("AllowStreamLocalForwarding", "no"),
    exactly("PermitTunnel", "no"),
    exactly("GatewayPorts", "no"),
  ];
};

/** Nothing travels through SSH that the firewall would not let in. CIS Debian 12 5.1.8; CVE-2025-32728: DisableForwarding alone missed X11 and agents before 10.0. */
export const forwardingOff = control({
  id: "ssh-forwarding",
  guideline: ["OS-05"],
  title: "SSH carries no connections but its own",
  failing: "SSH carries other connections past the firewall",
  severity: "medium",
  risk: "restart",
  rationale:
    "Whoever logs in can open tunnels to every service that this server reaches, past every firewall, and an administrator's forwarded agent can be used by root here to log in elsewhere. What nobody needs is switched off; local tunnels can be kept.",
  references: [
    { source: "CIS Debian 12", id: "5.1.8" },
    { source: "CIS Debian 13", id: "5.1.8" },
    { source: "CIS Ubuntu 22.04", id: "5.1.8" },
    { source: "CIS Ubuntu 24.04", id: "5.1.8" },
    { source: "CIS RHEL 9", id: "5.1.10" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-255040" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300022" },
    { source: "STIG RHEL 9", id: "RHEL-09-255155" },
    { source: "NIST 800-53", id: "CM-6(b)" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
    { source: "CVE", id: "CVE-2025-32728" },
  ],
  needs: { sshd, logins: raw(sshdLogins) },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
  breaks: ({ logins }, answers) => [
    ...(logins.state === "known" && logins.value.tunnels.length > 0
      ? [`tunnels are open now, to ${logins.value.tunnels.slice(0, 5).join(", ")}: they live until their session ends`]
      : []),
    answers.get(forwarding) === "local"
      ? "remote tunnels (ssh -R), X11 and agent forwarding stop"
      : "tunnels (ssh -L, -R, -J through this server), X11, agent forwarding and editors that work through a tunnel (VS Code) stop",
  ],
});
