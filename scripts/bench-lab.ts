import { readFileSync } from "node:fs";
import { type Lab, missingPrerequisites, openLab, type Server } from "../test/lab/harness/index.ts";
import { manyIntegrations } from "../test/lab/workload/index.ts";
import { repeat, runTime, type Sample, type Summary } from "./measure.ts";

/** One line of the table: what is promised about it, and how it is measured. */
export type TimedCase = { readonly title: string; readonly promise: string; readonly time: () => Promise<Summary> };

/**
 * Inspection of a fresh Debian 12, from outside and from within, beside the established auditor on the same server; and of one with ten
 * integrations. Throws the reason in one line when no lab can be opened here.
 */
export async function labCases(
  executable: string,
): Promise<{ cases: readonly TimedCase[]; close: () => Promise<void> }> {
  const missing = missingPrerequisites();
  if (missing !== undefined) throw new Error(missing);
  const lab = await openLab();
  try {
    return { cases: await prepare(lab, executable), close: lab.close };
  } catch (error) {
    await lab.close();
    throw error;
  }
}

async function prepare(lab: Lab, executable: string): Promise<readonly TimedCase[]> {
  const server = await lab.server({ release: "bookworm", flavour: "fresh" });
  await server.writeFile("/usr/local/bin/drawbridge", readFileSync(executable), { mode: "0755" });
  await server.must(["apt-get", "install", "--quiet", "--yes", "lynis"], { timeoutMs: 300_000 });
  const inspect = ["inspect", "--format", "json", "--fail-on", "none"] as const;
  const overSsh = (on: Server) => () =>
    repeat(10, () => runTime([executable, ...inspect, "--host", on.name, "--ssh-config", lab.sshConfig(on)]));
  const inside = (...argv: string[]) => repeat(5, () => timeInside(server, argv));
  return [
    {
      title: "Full inspection over ssh",
      promise: "≤ 1000 ms, ≤ 150 MB",
      time: overSsh(server),
    },
    {
      title: "Full inspection on the server itself",
      promise: "≤ 700 ms",
      time: () => inside("drawbridge", ...inspect),
    },
    {
      title: "`lynis audit system --quick` on the same server",
      promise: "",
      time: () => inside("lynis", "audit", "system", "--quick", "--quiet", "--no-colors"),
    },
    {
      title: "Full inspection over ssh, ten integrations on the server",
      promise: "≤ 1500 ms, ≤ 150 MB",
      time: async () => {
        const busy = await lab.server({ release: "bookworm", flavour: "proxy" });
        await manyIntegrations(busy, 10);
        // The first run waits until the services had time to fail, and does not count.
        return overSsh(busy)();
      },
    },
  ];
}

/** Its memory is not known: the process is the server's. */
async function timeInside(server: Server, argv: readonly string[]): Promise<Sample> {
  const started = performance.now();
  const { exitCode, stderr } = await server.exec(argv, { timeoutMs: 600_000 });
  const wall = performance.now() - started;
  if (exitCode !== 0) throw new Error(`${argv.join(" ")} ended with ${exitCode}: ${stderr.trim()}`);
  return { wall, peakMemory: Number.NaN };
}
