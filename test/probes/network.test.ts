import { describe, expect, it } from "vitest";
import { formatRange } from "../../src/core/address.ts";
import { network, outsideOf } from "../../src/probes/network.ts";
import { captured, networkOf, parsed } from "../steps/os/firewall/server.ts";

const text = captured("network", "bookworm");

describe("captured servers", () => {
  it("interfaces, resolvers, archives, the own session", () => {
    const facts = networkOf("bookworm");
    expect(facts.interfaces.map(({ name, loopback }) => [name, loopback])).toEqual([
      ["lo", true],
      ["eth0", false],
    ]);
    expect(facts.defaultDevices).toEqual(["eth0"]);
    expect(facts.resolvers).toEqual(["192.0.2.53"]);
    expect(facts.archives).toEqual([{ scheme: "http", host: "deb.debian.org", port: 80 }]);
    expect(facts.session).toMatchObject({ remoteAddress: "10.213.6.1", localPort: 22 });
    expect(facts.ephemeral).toEqual({ low: 32768, high: 60999 });
  });

  it("what leads outside: neither loopback nor the bridges of containers", () => {
    const facts = networkOf("trixie");
    const bridge = {
      name: "docker0",
      up: true,
      loopback: false,
      kind: "bridge",
      addresses: facts.interfaces[1]?.addresses ?? [],
    };
    const outside = outsideOf({ ...facts, interfaces: [...facts.interfaces, bridge] });
    expect(outside.map(({ device, addresses }) => [device, addresses.map(formatRange)])).toEqual([
      ["eth0", ["10.213.11.11", "fdd8:1ab0:11::b", "fe80::db:1aff:feb0:b"]],
    ]);
    expect(outside[0]?.anyone).toBe(true);
  });
});

describe("details", () => {
  const changed = (from: string | RegExp, to: string) => parsed(network, text.replace(from, to));

  it("asks systemd-resolved's upstreams, not its stub", () => {
    const facts = parsed(
      network,
      text
        .replace("nameserver 192.0.2.53", "nameserver 127.0.0.53")
        .replace("== upstream\n", "== upstream\nnameserver 192.0.2.1\nnameserver 2001:db8::1\n"),
    );
    expect(facts.resolvers).toEqual(["192.0.2.1", "2001:db8::1"]);
  });

  it("archives with ports and passwords in their addresses: never the password", () => {
    const facts = changed(
      "== archives\n",
      "== archives\ndeb https://me:secret@packages.example.net:8443/debian stable main\n",
    );
    expect(facts.archives[0]).toEqual({ scheme: "https", host: "packages.example.net", port: 8443 });
    expect(JSON.stringify(facts)).not.toContain("secret");
  });

  it("the session from the environment where no ancestor holds it, else none", () => {
    const [lines = "", told = ""] = /== session\n.*\n(environment .*)\n/u.exec(text) ?? [];
    expect(changed(lines, `== session\n${told}\n`).session).toMatchObject({ remoteAddress: "10.213.6.1", pids: [] });
    expect(changed(lines, "== session\nenvironment \n").session).toBeUndefined();
  });

  it("connections of IPv4 in IPv6 clothes are IPv4's", () => {
    const line = 'tcp 0 0 [::ffff:10.0.0.1]:80 [::ffff:10.0.0.2]:4711 users:(("java",pid=9,fd=4))';
    expect(changed("== connections\n", `== connections\n${line}\n`).connections[0]).toEqual({
      transport: "tcp",
      localAddress: "10.0.0.1",
      localPort: 80,
      remoteAddress: "10.0.0.2",
      remotePort: 4711,
      pids: [9],
    });
  });

  it("unknown without ip and ss", () => {
    expect(network.parse({ stdout: "", exitCode: 127, truncated: false, timedOut: false })).toMatchObject({
      state: "unknown",
    });
  });
});
