import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { inspectControl } from "../../../../src/core/inspect.ts";
import { type Fact, known, unknown } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { network } from "../../../../src/probes/network.ts";
import { type OutsidePort, outside } from "../../../../src/probes/outside.ts";
import { openPorts } from "../../../../steps/network/open-ports/index.ts";
import { judge, sshListeningPorts } from "../../../../steps/network/open-ports/judgement.ts";
import { allowedPorts } from "../../../../steps/network/open-ports/questions.ts";
import { listen, networkOf, sshd } from "../../os/firewall/server.ts";

const factsOf = (sockets: readonly Listener[]) =>
  new Map<string, Fact<unknown>>([
    [listeners.id, known(sockets)],
    [network.id, known(networkOf("bookworm"))],
  ]);

const verdict = (id: string, sockets: readonly Listener[], given: Answers = {}) => {
  const control = openPorts.controls.find((one) => one.id === id);
  if (control === undefined) throw new Error(`no control ${id}`);
  const facts = factsOf(sockets);
  return inspectControl(openPorts, control, facts, answerReader(facts, given));
};

const program = (port: number, executable: string, unit: string, more: Partial<Listener> = {}) =>
  listen(port, { processes: [{ pid: 9, name: "x", user: "orders", uid: 990, unit, executable }], ...more });
const java = program(9090, "/usr/lib/jvm/java-17/bin/java", "orders.service");
const nginx = program(443, "/usr/sbin/nginx", "nginx.service");
const local = listen(5432, { address: "127.0.0.1", reach: "loopback", families: [4] });

describe("what a listener is for", () => {
  const context = { sshPorts: [22], ephemeral: { low: 32768, high: 60999 } };
  it.each([
    [sshd(22), "ssh"],
    [local, "loopback"],
    [java, "workload"],
    [program(9090, "/usr/bin/java", "session-3.scope"), "unexplained"],
    [nginx, "web"],
    [program(8443, "/usr/sbin/nginx", "nginx.service"), "unexplained"],
    [program(9797, "/usr/bin/java", "orders.service"), "management"],
    [listen(5701), "cluster"],
    [listen(5432), "data"],
    [listen(23), "legacy"],
    [listen(111, { transport: "udp" }), "legacy"],
    [listen(5353, { transport: "udp" }), "discovery"],
    [listen(68, { transport: "udp" }), "client"],
    [listen(45_000, { transport: "udp" }), "client"],
    [listen(45_000), "unexplained"],
    [program(123, "/usr/sbin/chronyd", "chrony.service", { transport: "udp" }), "time"],
  ] as const)("%o", (listener, kind) => {
    expect(judge(listener, context).kind).toBe(kind);
  });

  it("ports that a login forwards are not the daemon's", () => {
    const forwarded = program(2222, "/usr/sbin/sshd", "session-3.scope");
    const bySocket = program(22022, "/usr/lib/systemd/systemd", "ssh.socket");
    expect(sshListeningPorts([sshd(22), forwarded, bySocket])).toEqual([22, 22022]);
  });
});

describe("open-ports-declared", () => {
  it("passes over SSH, loopback, clients, and what explains itself", () => {
    const finding = verdict("open-ports-declared", [sshd(22), java, nginx, local, listen(68, { transport: "udp" })]);
    expect(finding.result).toBe("pass");
    expect(finding.evidence[1]?.answered).toContain("127.0.0.1:5432");
  });

  it("names what nobody has agreed to, with who holds it", () => {
    const { result, detail } = verdict("open-ports-declared", [sshd(22), listen(8080), listen(5432)]);
    expect(result).toBe("fail");
    expect(detail).toContain("*:8080/tcp server (server.service, server): nothing here says what for");
    expect(detail).toContain("PostgreSQL");
  });

  it("takes the operator's word, also as a range", () => {
    const given = { "open-ports.allowed": ["8000-8100/tcp", "5432/tcp"] };
    expect(verdict("open-ports-declared", [sshd(22), listen(8080), listen(5432)], given).result).toBe("pass");
    expect(verdict("open-ports-declared", [listen(8080, { transport: "udp" })], given).result).toBe("fail");
  });
});

describe("open-ports-legacy-services", () => {
  it("fails for telnet, also when it is on the list, and not for loopback", () => {
    expect(verdict("open-ports-legacy-services", [listen(23)], { "open-ports.allowed": ["23/tcp"] }).detail).toContain(
      "telnet",
    );
    expect(verdict("open-ports-legacy-services", [listen(111, { transport: "udp" })]).result).toBe("fail");
    expect(
      verdict("open-ports-legacy-services", [listen(23, { reach: "loopback", address: "127.0.0.1" })]).result,
    ).toBe("pass");
    expect(verdict("open-ports-legacy-services", [sshd(22), java]).result).toBe("pass");
  });
});

describe("open-ports-outside", () => {
  const port = (number: number, state: OutsidePort["state"]): OutsidePort => ({
    transport: "tcp",
    port: number,
    state,
  });
  const seen = (...ports: readonly OutsidePort[]) => seenFrom(undefined, ...ports);
  const seenFrom = (address: string | undefined, ...ports: readonly OutsidePort[]) => {
    const control = openPorts.controls.find(({ id }) => id === "open-ports-outside");
    if (control === undefined) throw new Error("no control open-ports-outside");
    const session = address === undefined ? undefined : { remoteAddress: address };
    const facts = new Map<string, Fact<unknown>>([
      [outside.id, known({ address: "192.0.2.1", ports })],
      [network.id, known({ ...networkOf("bookworm"), session })],
    ]);
    const given = {
      "ssh.port": 22022,
      "firewall.public": ["443/tcp"],
      "firewall.peer-ports": ["5701/tcp"],
      "firewall.peers": ["192.0.2.9"],
    };
    return inspectControl(openPorts, control, facts, answerReader(facts, given));
  };

  it("passes when the agreed ports answer, and one for peers does because a peer asks", () => {
    expect(seen(port(22022, "open"), port(443, "open"), port(80, "closed")).result).toBe("pass");
    expect(seen(port(22022, "open"), port(443, "open"), port(5701, "open")).result).toBe("pass");
  });

  it("takes a port for peers that answers somebody else for open", () => {
    const ports = [port(22022, "open"), port(443, "open"), port(5701, "open")];
    expect(seenFrom("192.0.2.9", ...ports).result).toBe("pass");
    expect(seenFrom("198.51.100.7", ...ports).detail).toBe("5701/tcp answers and is not agreed");
  });

  it("names what answers without being agreed, and what is agreed and does not answer", () => {
    expect(seen(port(22022, "open"), port(443, "filtered"), port(8080, "open")).detail).toBe(
      "8080/tcp answers and is not agreed; 443/tcp is agreed and filtered",
    );
  });

  it("does not apply as long as nobody has looked", () => {
    const fact = outside.parse({ stdout: "", exitCode: 0, truncated: false, timedOut: false });
    expect(fact.state).toBe("absent");
  });
});

describe("the question", () => {
  const facts = {
    listeners: known([sshd(22), java, nginx, listen(8080), local]),
    network: known(networkOf("bookworm")),
    here: unknown("nobody looked"),
  } as const;
  const none = answerReader(new Map(), {});
  it("ticks what explains itself, and offers the rest with what is known of it", () => {
    expect(allowedPorts.default(facts, none)).toEqual(["443/tcp", "9090/tcp"]);
    expect(allowedPorts.choices?.(facts, none)).toEqual([
      { value: "443/tcp", label: "443/tcp", hint: "a web server or proxy, x (nginx.service, orders)" },
      { value: "8080/tcp", label: "8080/tcp", hint: "nothing here says what for, server (server.service, server)" },
      { value: "9090/tcp", label: "9090/tcp", hint: "the integration in orders.service, x (orders.service, orders)" },
    ]);
  });

  it("no control here changes anything by itself", () => {
    const judging = openPorts.controls.filter(({ id }) => id !== "open-ports-watched");
    expect(judging.flatMap((control) => control.plan({} as never, none))).toEqual([]);
  });
});
