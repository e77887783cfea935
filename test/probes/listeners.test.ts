import { describe, expect, it } from "vitest";
import { describeListener, listeners } from "../../src/probes/listeners.ts";
import { captured, parsed } from "../steps/os/firewall/server.ts";

const answer = (sockets: string, rest: Partial<Record<"processes" | "accounts" | "units", string>> = {}) =>
  `== sockets\n${sockets}\n== processes\n${rest.processes ?? ""}\n== accounts\n${rest.accounts ?? ""}\n== units\n${rest.units ?? ""}\n`;
const read = (sockets: string, rest: Parameters<typeof answer>[1] = {}) => parsed(listeners, answer(sockets, rest));
const tcp = (local: string, rest = "") => `tcp LISTEN 0 128 ${local} 0.0.0.0:* ${rest}`;

describe("captured servers", () => {
  it.each(["bookworm", "trixie"])("%s", (release) => {
    expect(parsed(listeners, captured("listeners", release)).map(describeListener).toSorted()).toEqual([
      "*:5701/tcp perl (cluster.service, root)",
      "*:7946/udp perl (cluster.service, root)",
      "*:80/tcp perl (shop.service, root)",
      "*:8080/tcp perl (shop.service, root)",
      "0.0.0.0:22/tcp sshd (ssh.service, root)",
      "[::]:22/tcp sshd (ssh.service, root)",
    ]);
  });
});

describe("addresses", () => {
  it.each([
    ["0.0.0.0:80", { address: "0.0.0.0", reach: "any", families: [4] }],
    ["[::]:80", { address: "::", reach: "any", families: [6] }],
    ["*:80", { address: "*", reach: "any", families: [4, 6] }],
    ["127.0.0.1:80", { address: "127.0.0.1", reach: "loopback", families: [4] }],
    ["127.0.0.53%lo:80", { address: "127.0.0.53", device: "lo", reach: "loopback" }],
    ["[::1]:80", { address: "::1", reach: "loopback", families: [6] }],
    ["[::ffff:127.0.0.1]:80", { reach: "loopback" }],
    ["192.0.2.7:80", { address: "192.0.2.7", reach: "address" }],
    ["[fe80::1]%eth0:80", { address: "fe80::1", device: "eth0", reach: "address" }],
    ["192.0.2.7%eth0:80", { address: "192.0.2.7", device: "eth0", reach: "address" }],
  ] as const)("%s", (local, expected) => {
    expect(read(tcp(local))[0]).toMatchObject({ port: 80, transport: "tcp", ...expected });
  });
});

describe("processes", () => {
  const processes =
    "7\t33\t/system.slice/nginx.service\t/usr/sbin/nginx\n8\t1000\t/user.slice/user-1000.slice/session-3.scope\t/usr/bin/nc";
  const accounts = "www-data:x:33:33::/var/www:/usr/sbin/nologin";

  it("carry unit and account; an id without a name stays a number", () => {
    const [nginx, nc] = read(
      `${tcp("*:80", 'users:(("nginx",pid=7,fd=6))')}\n${tcp("*:81", 'users:(("nc",pid=8,fd=3))')}`,
      { processes, accounts },
    );
    expect(nginx?.processes[0]).toEqual({
      pid: 7,
      name: "nginx",
      user: "www-data",
      uid: 33,
      unit: "nginx.service",
      executable: "/usr/sbin/nginx",
    });
    expect(nc?.processes[0]).toMatchObject({ user: "1000", unit: "session-3.scope" });
  });

  it("cannot pass themselves off as others by a name of their own", () => {
    const [listener] = read(tcp("*:80", 'users:(("x",pid=1,fd=1)",pid=8,fd=3))'), { processes });
    expect(listener?.processes.map(({ pid }) => pid)).toEqual([8]);
    const [broken, second, ...none] = read(`${tcp("*:80", 'users:(("a\nb",pid=8,fd=3))')}\n${tcp("*:81")}`, {
      processes,
    });
    expect(none).toEqual([]);
    expect(broken?.processes[0]).toMatchObject({ pid: 8, name: "a\nb" });
    expect(describeListener(broken as never)).toBe("*:80/tcp a.b (session-3.scope, 1000)");
    expect(second?.port).toBe(81);
  });

  it("name the service before the systemd that holds its socket, and the socket unit where there is no service yet", () => {
    const units = "[::]:22 ssh.socket ssh.service\n0.0.0.0:9090 cockpit.socket cockpit.service";
    const both = read(tcp("[::]:22", 'users:(("systemd",pid=1,fd=44),("sshd",pid=7,fd=3))'), {
      processes: `1\t0\t\t/usr/lib/systemd/systemd\n${processes}`,
      units,
    });
    expect(both[0]?.processes.map(({ name, unit }) => `${name} ${unit}`)).toEqual([
      "sshd nginx.service",
      "systemd ssh.socket",
    ]);
    const waiting = read(tcp("0.0.0.0:9090", 'users:(("systemd",pid=1,fd=45))'), {
      processes: "1\t0\t\t/usr/lib/systemd/systemd",
      units,
    });
    expect(waiting[0]?.processes[0]?.unit).toBe("cockpit.socket");
  });

  it("may be missing: the kernel's sockets and those of other namespaces", () => {
    expect(describeListener(read(tcp("*:2049"))[0] as never)).toBe(
      "*:2049/tcp held by the kernel or another namespace",
    );
  });
});

describe("ignorance", () => {
  it.each([
    [{ exitCode: 127 }, /iproute2/u],
    [{ exitCode: 1 }, /exit code 1/u],
    [{ timedOut: true }, /in time/u],
    [{ truncated: true }, /more sockets/u],
  ])("%o", (how, reason) => {
    const fact = listeners.parse({
      stdout: answer(tcp("*:80")),
      exitCode: 0,
      truncated: false,
      timedOut: false,
      ...how,
    });
    expect(fact).toMatchObject({ state: "unknown", reason: expect.stringMatching(reason) });
  });

  it("throws on a socket that cannot be read", () => {
    expect(() => read("tcp LISTEN 0 128 nonsense")).toThrow(/cannot be read/u);
  });
});
