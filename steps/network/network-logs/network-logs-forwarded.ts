import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { agentsOf, type Forwarding, forwarding, pathsOf } from "../../../src/probes/forwarding.ts";
import { type Proxies, proxies } from "../../../src/probes/proxies.ts";
import { readHaproxy } from "../../../src/tls/haproxy.ts";
import { runningProxies } from "./written.ts";

/** Receivers that the proxies themselves name: `log 192.0.2.7:514` of haproxy, `access_log syslog:server=…` of nginx. */
const ownReceivers = ({ nginx, haproxy }: Proxies): { readonly nginx: boolean; readonly haproxy: boolean } => ({
  nginx:
    nginx?.tree?.places.some(
      ({ directive }) =>
        directive.name === "access_log" &&
        /^syslog:server=(?!unix:|127\.|localhost|\[::1\])/u.test(directive.words[0]?.text ?? ""),
    ) ?? false,
  haproxy: (haproxy?.files ?? [])
    .flatMap(({ content }) => readHaproxy(content))
    .some(
      ({ words }) =>
        words[0]?.text === "log" &&
        words[1] !== undefined &&
        !/^(?:global|stdout|stderr|ring@.*|\/.*|127\..*|localhost.*)$/u.test(words[1].text),
    ),
});

/** What is left on this machine alone, in words. nginx writes files: the journal's way out does not take them along. */
const left = (seen: Forwarding, found: Proxies): readonly string[] => {
  const general = pathsOf(seen);
  const own = ownReceivers(found);
  const syslog = general.length > 0;
  return runningProxies(found).flatMap((proxy) => {
    if (own[proxy]) return [];
    if (proxy === "haproxy") return syslog ? [] : ["haproxy's log stays here"];
    return [
      syslog
        ? "nginx writes files, and only the journal is sent on (access_log syslog:server=unix:/dev/log)"
        : "nginx's logs stay here",
    ];
  });
};

/** NIST AU-4(1): whoever breaks in deletes what is there. The way out itself is built in the step for forwarding. */
export const networkLogsForwarded = control({
  id: "network-logs-forwarded",
  guideline: ["NW-02"],
  title: "The proxies' logs go to another machine as well",
  failing: "The proxies' logs are on this machine only",
  severity: "medium",
  risk: "none",
  rationale:
    "Whoever takes the machine over wipes its logs first, and a disk that dies takes them along. A copy elsewhere survives both. The way out is set up with the system's logs; nginx writes files of its own, which have to be sent into that way.",
  references: [
    { source: "NIST 800-53", id: "AU-4(1)" },
    { source: "NIST 800-53", id: "AU-9(2)" },
  ],
  needs: { forwarding, proxies },
  applies: (facts) => runningProxies(facts.proxies).length > 0 || "no nginx or haproxy runs here",
  inspect: ({ forwarding: seen, proxies: found }) => {
    const agents = agentsOf(seen);
    const stays = left(seen, found);
    const evidence = [
      {
        asked: "rsyslog.conf, journal-upload.conf, log and access_log of the proxies",
        answered:
          [
            ...pathsOf(seen).map(({ by, receiver }) => `${by}: ${receiver}`),
            ...agents.map((name) => `${name} runs`),
          ].join("\n") || "nothing is sent to another machine",
      },
    ];
    if (stays.length === 0) return pass(evidence);
    return agents.length > 0
      ? unknownVerdict(`${agents.join(", ")} runs here, and what it sends is not read`, evidence)
      : fail(stays.join("; "), evidence);
  },
  plan: () => [],
});
