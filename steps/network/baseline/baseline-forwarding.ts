import { compared } from "./record.ts";

/** A server that forwards has become a router. ip-sysctl (kernel.org). */
export const baselineForwarding = compared({
  id: "baseline-forwarding",
  kinds: ["forwarding"],
  title: "Forwarding between networks is as agreed",
  failing: "Forwarding between networks is not as agreed",
  severity: "medium",
  rationale:
    "A machine that begins to forward packets joins two networks that somebody meant to keep apart. Container programs turn it on, and so do intruders.",
  references: [
    { source: "CIS Debian 12", id: "3.3.1" },
    { source: "NIST 800-53", id: "CM-3" },
  ],
});
