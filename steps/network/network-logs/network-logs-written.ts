import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { proxies } from "../../../src/probes/proxies.ts";
import { runningProxies, unwritten } from "./written.ts";

/** ngx_http_log_module, haproxy configuration manual 8. Nothing is switched on from here: whoever switched it off had a reason. */
export const networkLogsWritten = control({
  id: "network-logs-written",
  guideline: ["NW-02"],
  title: "The proxies write down who called and what went wrong",
  failing: "A proxy does not write down who called or what went wrong",
  severity: "medium",
  risk: "none",
  rationale:
    "What a caller sent first reaches the proxy; the integration sees what is left of it. Without the proxy's log nobody can say later who tried what, or which requests were never answered. A single location may stay out of the log, a whole server may not.",
  references: [
    { source: "NIST 800-53", id: "AU-2" },
    { source: "man", id: "nginx(8)" },
  ],
  needs: { proxies },
  applies: (facts) => runningProxies(facts.proxies).length > 0 || "no nginx or haproxy runs here",
  inspect: (facts) => {
    const faults = unwritten(facts.proxies);
    const evidence = [
      { asked: "nginx -T; haproxy.cfg", answered: faults.join("\n") || "access and error logs are written" },
    ];
    if (faults.length > 0) return fail(faults.join("; "), evidence);
    const { nginx } = facts.proxies;
    return nginx?.active && nginx.tree === undefined
      ? unknownVerdict(`nginx's configuration cannot be read: ${nginx.problem}`, evidence)
      : pass(evidence);
  },
  plan: () => [],
});
