import { compared } from "./record.ts";

/** Somebody who answers in the gateway's place reads and changes what passes. ip-neighbour(8). */
export const baselineGateways = compared({
  id: "baseline-gateways",
  kinds: ["neighbour"],
  title: "The gateways are the agreed hardware",
  failing: "A gateway is other hardware than was agreed",
  severity: "medium",
  rationale:
    "In the same network anybody can claim the gateway's address and read what passes. Another hardware address is the sign of that, or of a router that was replaced. Routers in pairs keep one address for both (VRRP, HSRP); where they do not, leave this control out.",
  references: [
    { source: "NIST 800-53", id: "SC-7" },
    { source: "man", id: "ip-neighbour(8)" },
  ],
});
