import { change } from "../../../src/model/change.ts";
import { control, fragment, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, passWhen } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { describeListener, type Listener, listeners } from "../../../src/probes/listeners.ts";
import { type Sshd, sshd } from "../../../src/probes/sshd.ts";
import { sshdConfig } from "./composer.ts";
import { port } from "./questions.ts";
import { listeningSocket, servedBy, servedPorts } from "./serving.ts";
import type { Setting } from "./settings.ts";

/** "10.0.0.5:22", "[fd00::5]:22", "10.0.0.5" or a bare IPv6 address: the host, where a port is named with it. */
const hostOfListenAddress = (address: string): string | undefined =>
  /^(\[[^\]]+\]):\d+$/u.exec(address)?.[1] ?? /^([^:]+):\d+$/u.exec(address)?.[1];

const setting = (known: Sshd, wanted: number): Setting => ({
  keyword: "Port",
  values: [`${wanted}`],
  accepts: (_, __, { scope }) => scope !== "everyone" || servedPorts(known).every((each) => each === wanted),
  additive: {
    keywords: ["Port", "ListenAddress"],
    instead: (keyword, [address = "", ...rest]) => {
      if (keyword.toLowerCase() !== "listenaddress") return undefined;
      return [["ListenAddress", hostOfListenAddress(address) ?? address, ...rest].join(" ")];
    },
  },
});

/** Security by obscurity is none, but the log gets readable. sshd_config(5) Port, ListenAddress; systemd.socket(5). */
export const portControl = control({
  id: "ssh-port",
  guideline: ["OS-05"],
  title: "SSH is on the port meant for it",
  failing: "SSH is on the wrong port",
  severity: "low",
  risk: "lockout",
  rationale:
    "Port 22 is tried by every scanner, thousands of times a day. Another port does not stop anyone who looks, but it keeps the noise out of the log, so that what is left there means something.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd, listeners: raw(listeners) },
  inspect: ({ sshd, listeners }, answers) => {
    const wanted = answers.get(port);
    const ports = servedPorts(sshd);
    const socket = listeningSocket(sshd);
    const open = sshdSockets(listeners.state === "known" ? listeners.value : []);
    const evidence: Evidence[] = [
      socket === undefined
        ? { asked: "sshd -T", answered: ports.map((each) => `port ${each}`).join("\n") }
        : { asked: `systemctl show ${socket.name} -p Listen`, answered: socket.listens.join("\n") },
      ...(open.length > 0 ? [{ asked: "ss -Hltnp", answered: open.map(describeListener).join("\n") }] : []),
    ];
    const configured = ports.length === 1 && ports[0] === wanted;
    const stale = configured && open.some((each) => each.reach !== "loopback" && each.port !== wanted);
    return passWhen(
      configured && !stale,
      evidence,
      stale
        ? `sshd is set to port ${wanted} but has not been reloaded: it listens on ${[...new Set(open.map(({ port }) => port))].join(", ")}`
        : `SSH is on port ${ports.join(", ")}, not on ${wanted}`,
    );
  },
  plan: ({ sshd }, answers): readonly Proposal[] => {
    const wanted = answers.get(port);
    const unit = servedBy(sshd);
    const configured = servedPorts(sshd).every((each) => each === wanted);
    const reload =
      configured && unit !== undefined && listeningSocket(sshd) === undefined
        ? [
            change({
              kind: "unit",
              title: `SSH: reload ${unit}`,
              risk: "lockout",
              phase: "ssh",
              unit,
              action: "reloaded",
            }),
          ]
        : [];
    return [fragment(sshdConfig, setting(sshd, wanted)), ...labelForPort(sshd, wanted), ...reload];
  },
  breaks: ({ sshd }, answers) => {
    const wanted = answers.get(port);
    const left = servedPorts(sshd).filter((each) => each !== wanted);
    return left.length === 0
      ? []
      : [
          `everything that connects to port ${left.join(", ")} today: backups, deployments, monitoring, Ansible inventories, rules of firewalls in front of this server`,
        ];
  },
});

const sshdSockets = (all: readonly Listener[]) =>
  all.filter(
    ({ transport, processes }) =>
      transport === "tcp" && processes.some(({ name, unit }) => name === "sshd" && /^sshd?\.service$/u.test(unit)),
  );

/** SELinux lets sshd listen only on ports with its label. semanage-port(8). */
const labelForPort = ({ selinux }: Sshd, wanted: number): readonly Proposal[] => {
  if (selinux === undefined || wanted === 22 || selinux.sshPorts.includes(wanted)) return [];
  const semanage = (action: string) => ["semanage", "port", action, "-t", "ssh_port_t", "-p", "tcp", `${wanted}`];
  return [
    ...(selinux.semanage
      ? []
      : [
          change({
            kind: "package",
            title: "SSH: install semanage, to label the port",
            risk: "none",
            phase: "packages",
            names: ["policycoreutils-python-utils"],
          }),
        ]),
    change({
      kind: "command",
      title: `SSH: let SELinux allow sshd on port ${wanted}`,
      risk: "none",
      phase: "access",
      argv: semanage("-a"),
      inverse: semanage("-d"),
    }),
  ];
};
