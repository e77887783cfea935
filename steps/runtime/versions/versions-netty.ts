import { control } from "../../../src/model/control.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { versions } from "../../../src/probes/versions.ts";
import { compareVersions, type VersionTable } from "../../../src/versions/table.ts";
import { tableEvidence } from "./evidence.ts";
import { collect, fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

const httpOf = ({ jar }: Integration) =>
  jar?.modules.find(({ organisation, name }) => organisation === "ballerina" && name === "http");

/** The Netty inside the JAR, by its own word. A module's version is only a lower bound, so it is not counted back from. */
const nettyOf = ({ jar }: Integration): string | undefined => jar?.netty;

/** The newest Netty that some version of ballerina/http brings along: all that a new build can give. */
const attainable = (table: VersionTable) =>
  Object.entries(table.netty.byHttpModule)
    .sort(([, a], [, b]) => compareVersions(a, b))
    .at(-1);

const judgeNetty = (table: VersionTable, one: Integration): Judged => {
  const netty = nettyOf(one);
  if (netty === undefined) return open(`${one.id}: its JAR does not say which Netty it carries`);
  const missing = table.netty.fixes.filter(({ version }) => compareVersions(netty, version) < 0);
  if (missing.length === 0) return fine();
  const [module, best] = attainable(table) ?? [];
  const names = (fixes: typeof missing) => fixes.flatMap(({ advisories }) => advisories);
  const remaining = best === undefined ? missing : missing.filter(({ version }) => compareVersions(best, version) < 0);
  const closed = missing.filter((fix) => !remaining.includes(fix));
  const rest =
    remaining.length === 0
      ? ""
      : `${names(remaining).length} more wait for a ballerina/http with Netty ${table.netty.latest}`;
  if (closed.length === 0) return fine(`${one.id}: Netty ${netty}; ${rest}`);
  return wrong(
    `${one.id}: Netty ${netty} lacks the fixes of ${names(closed).join(", ")}: build it again with ballerina/http ${module} or newer (Netty ${best})${rest === "" ? "" : `; ${rest}`}`,
  );
};

/** Netty reads every byte that strangers send to a Ballerina listener. */
export const versionsNetty = control({
  id: "versions-netty",
  guideline: ["RT-01"],
  title: "The network library inside the programs has its known holes closed",
  failing: "The network library inside a program has known holes",
  severity: "high",
  risk: "none",
  rationale:
    "Every request to a Ballerina service is parsed by Netty, which is inside the JAR: no package manager updates it. In 2026 it had several series of holes, request smuggling and memory exhaustion among them. Only a new build with a newer http module closes them.",
  references: [
    { source: "CVE", id: "CVE-2026-33870" },
    { source: "CVE", id: "CVE-2026-33871" },
    { source: "NIST 800-53", id: "SI-2" },
  ],
  needs: { here: integrations, versions },
  applies: ({ here }) =>
    here.integrations.some((one) => httpOf(one) !== undefined || nettyOf(one) !== undefined) ||
    "no program here is seen to carry Netty",
  inspect: ({ here, versions }) => {
    const carriers = here.integrations.filter((one) => httpOf(one) !== undefined || nettyOf(one) !== undefined);
    return verdictOf(collect(carriers.map((one) => judgeNetty(versions.table, one))), [
      {
        asked: "unzip -p JAR META-INF/io.netty.versions.properties",
        answered: carriers.map((one) => `${one.id}: ${nettyOf(one) ?? "not there"}`).join("; "),
      },
      tableEvidence(versions),
    ]);
  },
  plan: () => [],
});
