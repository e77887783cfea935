import { compared } from "./record.ts";

/** Who answers for names decides whom this machine talks to. resolv.conf(5). */
export const baselineNameServers = compared({
  id: "baseline-name-servers",
  kinds: ["dns"],
  title: "The name servers are the agreed ones",
  failing: "The name servers are not the agreed ones",
  severity: "medium",
  rationale:
    "Whoever answers for names sends this machine wherever they like, and a new line in resolv.conf is all it takes. A network that hands out its name servers by itself changes them as well: then agree to the new ones.",
  references: [
    { source: "NIST 800-53", id: "SC-20" },
    { source: "man", id: "resolv.conf(5)" },
  ],
});
