import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { type Sshd, type SshdUnit, socketDropIn } from "../../../src/probes/sshd.ts";

const activeUnit = (sshd: Sshd, kind: "service" | "socket"): SshdUnit | undefined =>
  sshd.units.find((unit) => unit.active && unit.name.endsWith(`.${kind}`));

/** The socket unit that listens in sshd's place; undefined where sshd listens itself. */
export const listeningSocket = (sshd: Sshd): SshdUnit | undefined => activeUnit(sshd, "socket");

/** The service to reload after a change; undefined where none runs, or every connection starts an sshd of its own. */
export const servedBy = (sshd: Sshd): string | undefined => activeUnit(sshd, "service")?.name;

const portOf = (listen: string): number => Number(/(\d+)$/u.exec(listen)?.[1] ?? 0);

/** Ports on which one gets in: systemd's where it listens for sshd, else sshd's own. */
export const servedPorts = (sshd: Sshd): readonly number[] => {
  const socket = listeningSocket(sshd);
  const effective = sshd.views[0].effective;
  const ports =
    socket?.listens.map(portOf) ??
    (effective.listenaddress ?? []).flatMap((listen) => /:(\d+)(?: .*)?$/u.exec(listen)?.[1] ?? []).map(Number);
  const configured = (effective.port ?? []).map(Number);
  return [...new Set(ports.length > 0 ? ports : configured)].toSorted((a, b) => a - b);
};

/**
 * systemd refuses to start a socket while the service behind it runs ("Socket service ssh.service already active"), so the
 * service makes room first; logins live in processes of their own and stay (KillMode=process).
 */
const moveSocket = 'systemctl daemon-reload && systemctl stop "$1" && systemctl restart "$2"';

/** What makes systemd listen on `ports` for sshd; nothing where it does already, or where sshd listens itself. */
export const socketChanges = (sshd: Sshd, ports: readonly number[]): readonly Change[] => {
  const socket = listeningSocket(sshd);
  if (socket === undefined || ports.length === 0) return [];
  const hosts = [...new Set(socket.listens.map((listen) => listen.replace(/:?\d+$/u, "")))];
  const listens = hosts.flatMap((host) =>
    ports.map((port) => (host === "" || host === "[::]" ? `${port}` : `${host}:${port}`)),
  );
  const path = socketDropIn(socket.name);
  const before = sshd.socketDropIns[socket.name];
  const content = template("etc/systemd/system/ssh.socket.d/zz-drawbridge.conf").replace("{{listens}}", () =>
    [...new Set(listens)].map((listen) => `ListenStream=${listen}`).join("\n"),
  );
  const service = servedBy(sshd) ?? socket.name.replace(/\.socket$/u, ".service");
  const risk = "lockout" as const;
  const phase = "ssh" as const;
  const move = ["sh", "-c", moveSocket, "sh", service, socket.name];
  return [
    ...(sshd.socketDirectories.includes(socket.name)
      ? []
      : [rootFolder(`SSH: create ${socket.name}.d`, path.slice(0, path.lastIndexOf("/")), { phase: "ssh" })]),
    change({
      kind: "file",
      title: `SSH: let ${socket.name} listen on port ${ports.join(", ")}`,
      risk,
      phase,
      path,
      before:
        before === undefined
          ? null
          : { content: before.content, mode: before.mode, owner: before.owner, group: before.group },
      after: { content, mode: "0644", owner: "root", group: "root" },
    }),
    socket.accept
      ? change({
          kind: "unit",
          title: `SSH: restart ${socket.name}`,
          risk,
          phase,
          unit: socket.name,
          action: "restarted",
        })
      : change({
          kind: "command",
          title: `SSH: move ${socket.name} to port ${ports.join(", ")}`,
          risk,
          phase,
          argv: move,
          inverse: move,
        }),
  ];
};
