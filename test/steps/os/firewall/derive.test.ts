import { expect, it } from "vitest";
import type { Sight } from "../../../../steps/os/firewall/admitted.ts";
import { outboundAllowed } from "../../../../steps/os/firewall/derive.ts";

const sight = {
  firewall: { own: undefined },
  network: { resolvers: [], archives: [], connections: [] },
  listeners: [],
} as unknown as Sight;

it("the outgoing list holds whom integrations call: names by port, addresses by themselves, this machine not at all", () => {
  const called = [
    { host: "198.51.100.20", port: 5432 },
    { host: "partner.example", port: 443 },
    { host: "198.51.100.21", port: 443 },
    { host: "localhost", port: 9000 },
    { host: "127.0.0.1", port: 9001 },
  ];
  expect(outboundAllowed(sight, called)).toEqual(["123/udp", "198.51.100.20 5432/tcp", "443/tcp"]);
});
