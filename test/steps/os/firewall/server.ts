/** Servers for the firewall's tests: captured answers, changed where a case needs it. */
import { readFileSync } from "node:fs";
import { answerReader, settledAnswers } from "../../../../src/core/answers.ts";
import { type Assembled, assemblePlan } from "../../../../src/core/assemble-plan.ts";
import { inspectSteps } from "../../../../src/core/inspect.ts";
import { satisfy } from "../../../../src/core/needs.ts";
import { type Fact, known, unknown } from "../../../../src/model/fact.ts";
import type { Finding } from "../../../../src/model/finding.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Facts, Probe } from "../../../../src/model/probe.ts";
import { firewall } from "../../../../src/probes/firewall.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { type Network, network } from "../../../../src/probes/network.ts";
import { firewall as step } from "../../../../steps/os/firewall/index.ts";

export const captured = (probe: string, name: string): string =>
  readFileSync(new URL(`../../../fixtures/${probe}/${name}.txt`, import.meta.url), "utf8");

export const parsed = <T>(probe: Probe<T>, stdout: string): T => {
  const fact = probe.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

export type FirewallName =
  | "bookworm-none"
  | "bookworm-drawbridge"
  | "trixie-drawbridge"
  | "bookworm-ufw"
  | "bookworm-ufw-disabled"
  | "bookworm-firewalld"
  | "trixie-firewalld"
  | "bookworm-docker"
  | "bookworm-iptables"
  | "bookworm-iptables-legacy";

export const firewallOf = (name: FirewallName) => parsed(firewall, captured("firewall", name));

/** Tables in nft's own JSON, as they would stand among the captured ones. */
export const withTables = (name: FirewallName, objects: readonly object[]) => {
  const text = captured("firewall", name);
  const more = objects.map((object) => `${JSON.stringify(object)}, `).join("");
  return parsed(firewall, text.replace('{"nftables": [', `{"nftables": [${more}`));
};

export const listen = (port: number, more: Partial<Listener> = {}): Listener => ({
  transport: "tcp",
  address: "*",
  device: "",
  port,
  families: [4, 6],
  reach: "any",
  processes: [
    {
      pid: 100 + port,
      name: "server",
      user: "server",
      uid: 999,
      unit: "server.service",
      executable: "/usr/bin/server",
    },
  ],
  ...more,
});

export const sshd = (port: number): Listener =>
  listen(port, {
    processes: [{ pid: 55, name: "sshd", user: "root", uid: 0, unit: "ssh.service", executable: "/usr/sbin/sshd" }],
  });

export type Server = {
  readonly firewall: FirewallName | ReturnType<typeof firewallOf>;
  readonly network?: Network;
  readonly listeners?: readonly Listener[];
};

export const networkOf = (release: "bookworm" | "trixie"): Network => parsed(network, captured("network", release));

export type Judged = {
  readonly findings: readonly Finding[];
  readonly assembled: Assembled;
  /** Every answer as it would be written down. */
  readonly answers: Answers;
  readonly finding: (id: string) => Finding;
  readonly breaks: (id: string) => readonly string[];
};

/** Inspects and plans with these answers, the rest by default. SSH stays on 22 unless the answers say otherwise. */
export const judged = (server: Server, given: Answers = {}): Judged => {
  const name = typeof server.firewall === "string" ? server.firewall : "bookworm";
  const release = name.startsWith("trixie") ? "trixie" : "bookworm";
  const facts: Facts = new Map<string, Fact<unknown>>([
    [firewall.id, known(typeof server.firewall === "string" ? firewallOf(server.firewall) : server.firewall)],
    [network.id, known(server.network ?? networkOf(release))],
    [listeners.id, known(server.listeners ?? parsed(listeners, captured("listeners", release)))],
    ["sshd", unknown("not asked here")],
  ]);
  const reader = answerReader(facts, { "ssh.port": 22, ...given });
  const findings = inspectSteps([step], facts, reader);
  const answers = settledAnswers(step.questions, facts, reader);
  const assembled = assemblePlan({
    steps: [step],
    facts,
    findings,
    reader,
    answers,
    excluded: {},
    host: { name: "test", machineId: "", release: "" },
    version: "0.0.0",
  });
  return {
    findings,
    assembled,
    answers,
    breaks: (id) => {
      const control = step.controls.find((one) => one.id === id);
      const needs = control && satisfy(facts, control.needs);
      return needs?.state === "known" ? (control?.breaks?.(needs.facts, reader) ?? []) : [];
    },
    finding: (id) => {
      const found = findings.find(({ controlId }) => controlId === id);
      if (found === undefined) throw new Error(`no control ${id}`);
      return found;
    },
  };
};

export const results = (server: Server, given: Answers = {}): Readonly<Record<string, string>> =>
  Object.fromEntries(judged(server, given).findings.map(({ controlId, result }) => [controlId, result]));
