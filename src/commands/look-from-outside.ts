import { type Fact, knownValue, unknown } from "../model/fact.ts";
import { type Facts, factOf } from "../model/probe.ts";
import { listeners } from "../probes/listeners.ts";
import { type OutsideScan, type ScannerExec, scanFromOutside } from "../probes/outside.ts";
import { runDetached } from "../targets/run.ts";
import type { Target } from "../targets/target.ts";

/** Longer than nmap's own limit for the host. */
const timeoutSeconds = 330;

const scanner: ScannerExec = async (argv) => {
  const result = await runDetached(argv as [string, ...string[]], Buffer.alloc(0), { timeoutSeconds });
  if (result.exitCode === 127) throw new Error(`${argv[0]} is not installed`);
  return result;
};

/**
 * Ports above 1024 that databases, brokers, clusters, consoles and integrations are found on. Every one of 65535 would take
 * minutes where a firewall stays silent; these, the system's own range and what listens take seconds.
 */
const wellKnown =
  "1433,1521,2049,2375-2380,3000,3306,3389,4369,5000,5005,5432,5601,5671,5672,5701,5900,6379,6443,7000,7800,7946,8000,8008,8080,8081,8086,8088,8243,8280,8443,8888,9000,9042,9090-9100,9200,9300,9443-9446,9743,9797,10250,11211,15672,22022,25672,27017";

const portsToLookAt = (facts: Facts): string => {
  const known = knownValue(factOf(facts, listeners)) ?? [];
  const listening = known.filter(({ transport }) => transport === "tcp").map(({ port }) => String(port));
  return [...new Set(["1-1024", wellKnown, ...listening])].join(",");
};

/** The target's ports as this machine sees them from outside: nmap's word, or why there is none. */
export const lookFromOutside = async ({ outsideAddress }: Target, facts: Facts): Promise<Fact<OutsideScan>> => {
  if (outsideAddress === undefined) {
    return unknown("a machine cannot be seen from outside by itself: use --host from another one");
  }
  const address = await outsideAddress();
  if (address === undefined) return unknown("a jump host or proxy stands between here and the machine");
  return scanFromOutside(scanner, address, portsToLookAt(facts));
};
