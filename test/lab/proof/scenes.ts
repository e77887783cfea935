import type { Answers } from "../../../src/model/plan.ts";
import { neglect } from "../bad-server.ts";
import type { FlavourName, Server } from "../harness/index.ts";
import { listening, worstIntegration } from "../workload/index.ts";
import { configurationByHand } from "./configuration.ts";
import { consoleByHand, consoleControls, consoleVariants, makeConsole } from "./console.ts";
import type { ByHand, Flaw, Variant } from "./flaw.ts";
import { failoverByHand, failoverVariants, forwardingByHand, forwardingVariants, makeReceiver } from "./network.ts";
import { osByHand, osFlaws, osVariants } from "./os.ts";
import { runtimeByHand, runtimeFlaws, runtimeVariants } from "./runtime.ts";

/** A server, what is broken on it, and the steps that are shown on it. */
export type Scene = {
  readonly id: string;
  readonly flavour: FlavourName;
  readonly steps: readonly string[];
  /** Controls of other scenes' steps that are shown here instead. */
  readonly controls?: readonly string[];
  readonly flaws: readonly Flaw[];
  readonly variants: readonly Variant[];
  readonly byHand: readonly ByHand[];
  /** Makes the server; returns the answers that this needs. */
  readonly prepare: (server: Server) => Promise<Answers>;
  /** Until everything runs again that a fix or its undo restarted. */
  readonly settled: (server: Server) => Promise<void>;
  /** Whether everything at once is tried on it in the end. */
  readonly whole: boolean;
};

/** Backups are kept when what makes them is taken back: the folder that they lie in is there before. */
const makePlace = (server: Server) => server.must(["install", "-d", "-m", "0700", "/srv/backups"]);

export const scenes: readonly Scene[] = [
  {
    id: "os",
    flavour: "fresh",
    steps: [
      "administrator",
      "ssh",
      "firewall",
      "kernel",
      "files",
      "accounts",
      "authentication",
      "software",
      "updates",
      "logging",
      "audit",
      "time",
      "integrity",
      "bootloader",
      "backups",
      "baseline",
      "firmware",
      "waivers",
    ],
    flaws: osFlaws,
    variants: osVariants,
    byHand: osByHand,
    prepare: async (server) => {
      await neglect(server);
      await makePlace(server);
      return {};
    },
    settled: async () => {},
    whole: false,
  },
  {
    id: "integration",
    flavour: "proxy",
    steps: [
      "service-user",
      "open-ports",
      "workload",
      "versions",
      "secrets",
      "stores",
      "defaults",
      "endpoints",
      "databases",
      "tls",
      "logs",
      "jvm",
      "sandbox",
      "network-logs",
      "layout",
      "values",
      "schema",
      "history",
      "pipeline",
    ],
    flaws: runtimeFlaws,
    variants: runtimeVariants,
    byHand: runtimeByHand,
    prepare: async (server) => {
      await neglect(server);
      await makePlace(server);
      const worst = await worstIntegration(server);
      return { "endpoints.control-plane-certificate": worst.controlPlaneCertificate };
    },
    settled: async (server) => {
      for (const port of [9090, 9443, 443]) await listening(server, port, 90_000);
      // A JVM leaves its folder of performance data in /tmp, also when an undo has taken its account away.
      await server.must([
        "find",
        "/tmp",
        "-maxdepth",
        "1",
        "-nouser",
        "-name",
        "hsperfdata_*",
        "-exec",
        "rm",
        "-r",
        "{}",
        "+",
      ]);
    },
    whole: true,
  },
  {
    id: "console",
    flavour: "proxy",
    steps: [],
    controls: consoleControls,
    flaws: [],
    variants: consoleVariants,
    byHand: consoleByHand,
    prepare: makeConsole,
    settled: async (server) => {
      for (const [unit, port] of [["orders", 9090] as const, ["console", 9446] as const]) {
        // A control plane that a person has stopped stays so.
        const { exitCode } = await server.exec(["systemctl", "is-active", "--quiet", unit]);
        if (exitCode === 0) await listening(server, port, 90_000);
      }
    },
    whole: false,
  },
  {
    id: "repository",
    flavour: "git",
    steps: ["repository", "delivery", "kubernetes", "containers"],
    flaws: [],
    variants: [],
    byHand: configurationByHand,
    prepare: async () => ({ "workload.expected": true }),
    settled: async () => {},
    whole: false,
  },
  {
    id: "sender",
    flavour: "receiver",
    steps: ["forwarding"],
    flaws: [],
    variants: forwardingVariants,
    byHand: forwardingByHand,
    prepare: makeReceiver,
    settled: async () => {},
    whole: false,
  },
  {
    id: "nodea",
    flavour: "failover",
    steps: ["failover"],
    flaws: [],
    variants: failoverVariants,
    byHand: failoverByHand,
    prepare: async ({ address }) => ({
      "failover.mode": "active-passive",
      "failover.nodes": [`nodea=${address}`, `nodeb=${address.replace(/\.\d+$/u, ".201")}`],
      "failover.addresses": [address.replace(/\.\d+$/u, ".200")],
      "failover.backend-port": 9090,
      "ssh.port": 22,
    }),
    settled: async () => {},
    whole: false,
  },
];
