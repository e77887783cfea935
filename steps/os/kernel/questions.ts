import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { type Kernel, kernel, needlessModules } from "../../../src/probes/kernel.ts";

const forwardsNow = ({ keys }: Kernel): boolean =>
  keys.get("net.ipv4.ip_forward")?.value === "1" || keys.get("net.ipv6.conf.all.forwarding")?.value === "1";

export const forwarding = question({
  id: "kernel.forwarding",
  kind: "confirm",
  label: "Forwards packets",
  title: "Does this machine pass packets on for others (containers, virtual machines, a VPN, a router)?",
  why: "A server that is no router should not pass packets between networks. Containers, virtual machines and tunnels need it: switched off, they lose their network at once. The default follows what is there: interfaces that forward, and forwarding that is switched on now.",
  schema: z.boolean(),
  needs: { kernel },
  default: (facts) => {
    const known = knownValue(facts.kernel);
    return known === undefined || (forwardsNow(known) && known.forwardingFor.length > 0);
  },
  current: (facts) => {
    const known = knownValue(facts.kernel);
    if (known === undefined) return "not known";
    const whom = known.forwardingFor.slice(0, 4).join(", ");
    return `${forwardsNow(known) ? "on" : "off"}${whom === "" ? "" : `, interfaces: ${whom}`}`;
  },
});

export const routerAdvertisements = question({
  id: "kernel.router-advertisements",
  kind: "confirm",
  label: "Listens to routers (IPv6)",
  title: "Does this machine get its IPv6 address or route from router advertisements?",
  why: "Anyone on the same network can send router advertisements and become the machine's way out. Where addresses or routes come that way (SLAAC, most clouds), refusing them takes IPv6 away. The default is yes only if one did.",
  schema: z.boolean(),
  needs: { kernel },
  default: (facts) => knownValue(facts.kernel)?.advertised ?? true,
  current: (facts) => {
    const known = knownValue(facts.kernel);
    return known === undefined ? "not known" : known.advertised ? "yes: an address or route came so" : "no";
  },
});

export const reversePath = question({
  id: "kernel.reverse-path",
  kind: "select",
  label: "Source check",
  title: "How strictly should the kernel check where packets come from?",
  why: "Strict drops a packet whose answer would leave by another interface: right for one way in and out. With several default routes or routing rules answers may well leave elsewhere; loose then only drops what could not come from anywhere.",
  schema: z.enum(["strict", "loose"]),
  needs: { kernel },
  choices: () => [
    { value: "strict", label: "strict", hint: "one way in and out" },
    { value: "loose", label: "loose", hint: "several ways, asymmetric routes" },
  ],
  default: (facts) => (knownValue(facts.kernel)?.manyWays === false ? "strict" : "loose"),
  current: (facts) => {
    const value = knownValue(facts.kernel)?.keys.get("net.ipv4.conf.all.rp_filter")?.value;
    return value === undefined ? "not known" : (["off", "strict", "loose"][Number(value)] ?? value);
  },
});

export const modules = question({
  id: "kernel.modules",
  kind: "multiselect",
  label: "Modules kept out",
  title: "Which kernel modules should never be loaded?",
  why: "File systems and protocols that a server does not use are code that anyone who may mount a disk or open a socket can reach. Chosen are those that are not loaded now: snap packages need squashfs, DVDs need udf.",
  schema: z.array(z.enum(needlessModules)),
  needs: { kernel },
  choices: (facts) =>
    needlessModules.map((name) => {
      const found = knownValue(facts.kernel)?.modules.find((module) => module.name === name);
      return { value: name, label: name, hint: found?.loaded ? "loaded now" : "not loaded" };
    }),
  default: (facts) => {
    const known = knownValue(facts.kernel);
    return needlessModules.filter((name) => !known?.modules.find((module) => module.name === name)?.loaded);
  },
  current: (facts) => {
    const kept = knownValue(facts.kernel)?.modules.filter(({ instead }) => instead !== undefined) ?? [];
    return kept.length === 0 ? "none" : kept.map(({ name }) => name).join(", ");
  },
});
