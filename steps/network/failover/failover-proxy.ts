import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { failover } from "../../../src/probes/failover.ts";
import { machine } from "../../../src/probes/machine.ts";
import { network } from "../../../src/probes/network.ts";
import { type Proxies, proxies } from "../../../src/probes/proxies.ts";
import { shippedGuideline } from "../../../src/tls/guideline.ts";
import { tlsProfile } from "../../runtime/tls/questions.ts";
import type { Cluster, FailoverNode } from "./cluster.ts";
import { enabling, fileChange, folderChange, isAsWanted, startsByItself, type Wanted } from "./files.ts";
import { appliesToCluster, placeOf } from "./here.ts";
import {
  haproxyDropIn,
  haproxyDropInText,
  haproxyFile,
  haproxyText,
  nginxFile,
  nginxText,
  withoutTlsSettings,
} from "./render.ts";

/** Their unit reads /etc/haproxy/conf.d by itself (CFGDIR), and twice is refused. */
const readsFolder = /^(?:rhel|centos|rocky|almalinux|fedora|ol|amzn)$/u;

const wantedFiles = (
  cluster: Cluster,
  node: FailoverNode,
  answers: AnswerReader,
  installed: Proxies | undefined,
  distribution: string,
): readonly Wanted[] => {
  const profile = shippedGuideline().profiles[answers.get(tlsProfile)];
  return cluster.proxy === "haproxy"
    ? [
        {
          path: haproxyFile,
          content: haproxyText(cluster, node, profile, installed?.haproxy),
          mode: "0644",
          title: `Failover: haproxy on ${node.name}`,
        },
        ...(readsFolder.test(distribution)
          ? []
          : [{ path: haproxyDropIn, content: haproxyDropInText, mode: "0644", title: "Failover: haproxy reads it" }]),
      ]
    : [
        {
          path: nginxFile,
          content: nginxText(cluster, node, profile, installed?.nginx),
          mode: "0644",
          title: `Failover: nginx on ${node.name}`,
        },
      ];
};

/** What is listening already may not be what was agreed: the proxy's own checker says so before anything is reloaded. */
const checker = {
  haproxy: ["haproxy", "-c", "-q", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/etc/haproxy/conf.d"],
  nginx: ["nginx", "-t", "-q"],
} as const;

/** haproxy configuration manual 4.2 (redispatch, httpchk), ngx_http_upstream_module. */
export const failoverProxyControl = control({
  id: "failover-proxy",
  guideline: ["NW-01"],
  title: "A proxy on each node sends requests to an integration that works",
  failing: "No proxy sends requests to an integration that works",
  severity: "high",
  risk: "restart",
  rationale:
    "Between the failure of an integration and the move of the address lie seconds. A proxy on the same node notices at the first request and hands it to another node. It also ends TLS by the shared guideline, and lets requests that are under way end before it restarts.",
  references: [
    { source: "NIST 800-53", id: "CP-10" },
    { source: "NIST 800-53", id: "SC-24" },
  ],
  needs: { failover, machine, network, proxies: raw(proxies) },
  applies: appliesToCluster,
  inspect: (facts, answers) => {
    const place = placeOf(facts, answers);
    if ("missing" in place) return fail(place.missing, []);
    const { proxy } = place.cluster;
    const found = facts.failover.programs.get(proxy);
    const installed = facts.proxies.state === "known" ? facts.proxies.value : undefined;
    const wanted = wantedFiles(place.cluster, place.node, answers, installed, facts.machine.distribution);
    const evidence = [
      {
        asked: `systemctl is-active ${proxy}`,
        answered: found === undefined ? "not installed" : found.active ? "active" : "not active",
      },
      ...wanted.map(({ path }) => ({
        asked: `cat ${path}`,
        answered: facts.failover.files.get(path)?.content.slice(0, 4000) ?? "(missing)",
      })),
    ];
    if (found === undefined) return fail(`${proxy} is not installed`, evidence);
    const different = wanted.find((one) => !isAsWanted(facts.failover, one, withoutTlsSettings));
    if (different !== undefined) {
      const how = facts.failover.files.has(different.path) ? "is not what the answers say" : "is missing";
      return fail(`${different.path} ${how}`, evidence);
    }
    if (!found.active) return fail(`${proxy} does not run: journalctl -u ${proxy}`, evidence);
    return startsByItself(facts.failover, proxy)
      ? pass(evidence)
      : fail(`${proxy} does not start with the machine`, evidence);
  },
  plan: (facts, answers) => {
    const place = placeOf(facts, answers);
    if ("missing" in place) return [];
    const { cluster, node } = place;
    const { proxy, certificate, backendCa } = cluster;
    const seen = facts.failover;
    const found = seen.programs.get(proxy);
    const installed = facts.proxies.state === "known" ? facts.proxies.value : undefined;
    const wanted = wantedFiles(cluster, node, answers, installed, facts.machine.distribution);
    const needed = [certificate, backendCa].filter((path) => path !== "");
    // Its command line changes with the drop-in, and a reload keeps the old one.
    const anew = wanted.some(({ path }) => path === haproxyDropIn && !seen.files.has(path));
    return [
      ...(found === undefined
        ? [
            change({
              kind: "package",
              phase: "packages",
              risk: "none",
              title: `Install ${proxy}`,
              names: [proxy],
            }),
          ]
        : []),
      ...(proxy === "haproxy"
        ? [
            // The package brings the folder above, with its own rights.
            ...folderChange(seen, "/etc/haproxy/conf.d"),
            ...(wanted.some(({ path }) => path === haproxyDropIn)
              ? folderChange(seen, "/etc/systemd/system/haproxy.service.d")
              : []),
          ]
        : []),
      ...wanted.map((one) => {
        const made = fileChange(seen, one, one.path === haproxyDropIn ? [] : [[...checker[proxy]]]);
        return change({
          ...made,
          checks: needed.map((path) => ({ argv: ["test", "-r", path], files: {} })),
        });
      }),
      change({
        kind: "unit",
        phase: "services",
        risk: "restart",
        title: `Failover: ${proxy} with its new file`,
        unit: `${proxy}.service`,
        action: anew ? "restarted" : found?.active ? "reloaded" : "active",
      }),
      ...enabling(seen, proxy),
    ];
  },
});
