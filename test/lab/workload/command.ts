/** A lab server with integrations, for trying things by hand: `node test/lab/workload/command.ts one|worst|many [bookworm|trixie]`. */
import { isRelease } from "../harness/flavours.ts";
import { hold } from "../harness/hold.ts";
import type { Server } from "../harness/index.ts";
import { installIntegration, manyIntegrations } from "./integration.ts";
import { worstIntegration } from "./worst.ts";

const usage = "usage: command.ts one|worst|many [bookworm|trixie]";

const kinds: Record<string, (server: Server) => Promise<unknown>> = {
  one: (server) => installIntegration(server, { name: "orders" }),
  worst: (server) => worstIntegration(server),
  many: (server) => manyIntegrations(server, 10),
};

const [kind = "", release = "bookworm"] = process.argv.slice(2);
const prepare = kinds[kind];
try {
  if (prepare === undefined || !isRelease(release)) throw new Error(usage);
  await hold({
    release,
    flavour: "proxy",
    prepare: async (server) => JSON.stringify(await prepare(server), undefined, 2).split("\n"),
  });
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 2;
}
