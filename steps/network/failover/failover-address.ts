import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Failover, failover } from "../../../src/probes/failover.ts";
import { machine } from "../../../src/probes/machine.ts";
import { network } from "../../../src/probes/network.ts";
import type { Cluster, FailoverNode } from "./cluster.ts";
import { enabling, fileChange, folderChange, isAsWanted, startsByItself, type Wanted } from "./files.ts";
import { appliesToCluster, placeOf } from "./here.ts";
import { failoverList, failoverProgram, keepalivedFile, keepalivedText, listText } from "./render.ts";

export const addressFiles = (cluster: Cluster, node: FailoverNode): readonly Wanted[] => [
  {
    path: failoverProgram,
    content: template("network/failover"),
    mode: "0755",
    title: "Failover: program that asks whether this node works",
  },
  { path: failoverList, content: listText(cluster, node), mode: "0644", title: "Failover: what it asks" },
  {
    path: keepalivedFile,
    content: keepalivedText(cluster, node),
    mode: "0644",
    title: `Failover: keepalived on ${node.name}`,
  },
];

const routeNames = "/etc/iproute2/rt_addrprotos.d";

/**
 * keepalived 2.3 writes this file when it starts and does not find its name, leaves it behind, and where /etc/iproute2 is not there makes it so
 * that only root can look into it (seen with 2.3.3 on Debian 13). What stands there already it leaves alone.
 */
const routeProtocol = (seen: Failover): readonly Change[] =>
  seen.folders.includes("/etc/iproute2")
    ? []
    : [
        ...folderChange(seen, "/etc/iproute2"),
        ...folderChange(seen, routeNames),
        fileChange(seen, {
          path: `${routeNames}/keepalived.conf`,
          content: "18\tkeepalived\n",
          mode: "0644",
          title: "Failover: keepalived's name for its addresses in ip(8)",
        }),
      ];

/** keepalived.conf(5), RFC 9568. */
export const failoverAddress = control({
  id: "failover-address",
  guideline: ["NW-01"],
  title: "The shared address moves to another node when this one fails",
  failing: "The shared address does not move when this node fails",
  severity: "high",
  risk: "restart",
  rationale:
    "Callers know one address. keepalived on each node asks the integration's own endpoint every two seconds; the node that fails gives the address away, and one that vanishes loses it after three seconds of silence. Nodes talk to each other by name only, none takes the address from one that works, and a node that was taken out on purpose does not take it at all.",
  references: [
    { source: "RFC", id: "9568" },
    { source: "NIST 800-53", id: "CP-10" },
    { source: "man", id: "keepalived.conf(5)" },
  ],
  needs: { failover, machine, network },
  applies: appliesToCluster,
  inspect: (facts, answers) => {
    const place = placeOf(facts, answers);
    const { programs, files } = facts.failover;
    const keepalived = programs.get("keepalived");
    const evidence = [
      {
        asked: "systemctl is-active keepalived",
        answered: keepalived === undefined ? "not installed" : keepalived.active ? "active" : "not active",
      },
      { asked: `cat ${keepalivedFile}`, answered: files.get(keepalivedFile)?.content.slice(0, 4000) ?? "(missing)" },
    ];
    if ("missing" in place) return fail(place.missing, evidence);
    if (keepalived === undefined) return fail("keepalived is not installed", evidence);
    const different = addressFiles(place.cluster, place.node).find((wanted) => !isAsWanted(facts.failover, wanted));
    if (different !== undefined) {
      const missing = files.has(different.path) ? "is not what the answers say" : "is missing";
      return fail(`${different.path} ${missing}`, evidence);
    }
    if (!keepalived.active) return fail("keepalived does not run: journalctl -u keepalived", evidence);
    return startsByItself(facts.failover, "keepalived")
      ? pass(evidence)
      : fail("keepalived does not start with the machine", evidence);
  },
  plan: (facts, answers) => {
    const place = placeOf(facts, answers);
    if ("missing" in place) return [];
    const seen = facts.failover;
    const keepalived = seen.programs.get("keepalived");
    const verify = (path: string) => (path === keepalivedFile ? [["sh", failoverProgram, "verify"]] : []);
    return [
      ...(keepalived === undefined
        ? [
            change({
              kind: "package",
              phase: "packages",
              risk: "none",
              title: "Install keepalived",
              names: ["keepalived"],
            }),
          ]
        : []),
      ...folderChange(seen, "/usr/local/lib/drawbridge"),
      ...(keepalived === undefined ? [] : folderChange(seen, "/etc/keepalived")),
      ...addressFiles(place.cluster, place.node).map((wanted) => fileChange(seen, wanted, verify(wanted.path))),
      ...(keepalived?.active ? [] : routeProtocol(seen)),
      ...(keepalived?.active
        ? []
        : [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: "Failover: can keepalived read its file?",
              argv: ["sh", failoverProgram, "verify"],
            }),
          ]),
      change({
        kind: "unit",
        phase: "services",
        risk: "restart",
        title: keepalived?.active ? "Failover: keepalived reads its file again" : "Failover: start keepalived",
        unit: "keepalived.service",
        action: keepalived?.active ? "reloaded" : "active",
      }),
      ...enabling(seen, "keepalived"),
    ];
  },
  breaks: (_facts, answers) =>
    appliesToCluster(undefined, answers) === true
      ? ["what keepalived did on this machine before: its file is replaced (and comes back with undo)"]
      : [],
});
