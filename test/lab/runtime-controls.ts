import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import type { Lab, Server } from "./harness/index.ts";

/** What the lab tests of the runtime category ask a server again and again. */
export const asking = (lab: Lab, server: Server, ids: readonly string[]) => {
  const cli: Drawbridge = drawbridgeOver(lab, server, { user: "root" });
  const only = ids.flatMap((id) => ["--control", id]);
  const findings = async () => {
    const found = document<InspectionDocument>(await cli("inspect", "--format", "json", ...only)).findings;
    return {
      results: Object.fromEntries(found.map(({ controlId, result }) => [controlId, result])),
      details: Object.fromEntries(found.map(({ controlId, detail }) => [controlId, detail])),
    };
  };
  return {
    cli,
    only,
    findings,
    results: async () => (await findings()).results,
    apply: async (...words: readonly string[]) => {
      const result = await cli("apply", "--recommended", "--yes", "--format", "json", ...only, ...words);
      return { ...result, document: document<AppliedDocument>(result) };
    },
    planned: async () =>
      document<PlanDocument>(await cli("plan", "--recommended", "--format", "json", ...only)).changes,
    sh: (text: string) => server.must(["sh", "-euc", text]),
  };
};
