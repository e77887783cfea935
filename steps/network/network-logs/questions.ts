import { z } from "zod";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { raw } from "../../../src/model/probe.ts";
import { question } from "../../../src/model/question.ts";
import { daysOf, type NetworkLogs, networkLogs } from "../../../src/probes/network-logs.ts";
import { stanzas } from "./written.ts";

const found = (fact: Fact<NetworkLogs>): readonly number[] => {
  const seen = knownValue(fact);
  return seen === undefined ? [] : stanzas(seen).flatMap((stanza) => daysOf(stanza) ?? []);
};

export const networkLogsDays = question({
  id: "network-logs.days",
  kind: "text",
  label: "How long proxy logs are kept",
  title: "For how many days are the proxies' logs kept on this machine?",
  why: "Long enough to look into what is noticed late, no longer than your rules on personal data allow: addresses of callers are in them. The default is what is kept now, and 30 days where nothing is. For the firewall's log the journal's age counts (logging.journal-days).",
  schema: z.coerce.number("wants a number of days").int().min(1).max(3650),
  needs: { logs: raw(networkLogs) },
  when: ({ logs }) => (knownValue(logs)?.files.length ?? 0) > 0,
  default: ({ logs }): number => {
    const days = found(logs);
    return days.length === 0 ? 30 : Math.max(1, Math.min(...days));
  },
  current: ({ logs }) => {
    const days = found(logs);
    return days.length === 0 ? "not limited by days" : `${Math.min(...days)} days`;
  },
  describe: (days) => `${days} days`,
});
