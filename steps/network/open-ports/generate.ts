import type { Ports } from "../../../src/core/ports.ts";
import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { policyOf } from "../../os/firewall/questions.ts";
import { openingsOf } from "../../os/firewall/wanted.ts";
import { clusterOf } from "../failover/here.ts";
import { type PortOwner, parsePortOwner } from "./owners.ts";
import { portOwners } from "./questions.ts";

const list = "/etc/drawbridge-outside.list";
const program = "/usr/local/lib/drawbridge/outside-look";

const purposes = { SSH: "SSH", public: "nobody has said whose", peers: "for the other nodes and peers" } as const;

const covers = (outer: Ports, inner: Ports): boolean =>
  outer.transport === inner.transport && outer.low <= inner.low && inner.high <= outer.high;

/**
 * Who is asked and what is agreed, TAB-separated: `node` with name and address; `agreed` (for anyone) and `limited` (for some) with
 * first and last TCP port and whose they are. The agreed ports are those that the firewall's answers let in.
 */
const listText = (answers: AnswerReader): string | undefined => {
  const cluster = clusterOf(answers);
  if (cluster === undefined) return undefined;
  const owners = answers.get(portOwners).flatMap((text) => parsePortOwner(text) ?? []);
  const said = (ports: Ports): PortOwner | undefined => owners.find((one) => covers(one.ports, ports));
  const lines = openingsOf(policyOf(answers))
    .filter(({ ports }) => ports.transport === "tcp")
    .map(({ ports, from, purpose }) => {
      const owner = said(ports);
      const why = owner === undefined ? purposes[purpose] : `${owner.owner}, ${owner.reason}`;
      return [from === undefined ? "agreed" : "limited", String(ports.low), String(ports.high), why];
    });
  const nodes = [
    ...cluster.nodes.map(({ name, address }) => ["node", name, address]),
    ...cluster.shared.map(({ address }) => ["node", address, address]),
  ];
  return [...new Set([...nodes, ...lines].map((fields) => `${fields.join("\t")}\n`))].join("");
};

/** For a machine that is none of the nodes: a look at all of them from outside, every day. NIST CM-7(1), nmap(1). */
export const generateOutsideLook = (answers: AnswerReader): readonly RenderedFile[] => {
  const text = listText(answers);
  if (text === undefined) return [];
  const about = (path: string, more: string) => `For a machine that is none of the nodes, to ${path}; ${more}`;
  const file = (path: string, content: string, mode: string, more: string): RenderedFile => ({
    path: `/outside${path}`,
    content,
    mode,
    about: about(path, more),
  });
  const unit = (name: string, more: string) =>
    file(`/etc/systemd/system/${name}`, template(`network/${name}`), "0644", more);
  return [
    file(program, template("network/outside-look"), "0755", "it needs sh, awk and nmap."),
    file(list, text, "0644", "who is asked, and which ports are agreed."),
    unit("drawbridge-outside.service", "it fails when something is not as agreed: journalctl -u drawbridge-outside."),
    unit("drawbridge-outside.timer", "then: systemctl enable --now drawbridge-outside.timer."),
  ];
};
