import { compared } from "./record.ts";

/** Whoever changes a route reads the traffic. ip-route(8), ip-rule(8). */
export const baselineRoutes = compared({
  id: "baseline-routes",
  kinds: ["route", "rule"],
  title: "Routes are the agreed ones",
  failing: "Routes are not the agreed ones",
  severity: "medium",
  rationale:
    "A route that appears sends traffic past the firewall or through somebody else's machine, and nothing else looks wrong. Compared with what was agreed to, such a change is seen the next day. Nothing is put back from here: whoever changed it may have had a reason.",
  references: [
    { source: "NIST 800-53", id: "CM-3" },
    { source: "man", id: "ip-route(8)" },
  ],
});
