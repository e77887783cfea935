/** The runtime category on real servers: from the worst integration there could be to one that passes, and back to the byte. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
  unitsOf,
} from "./drawbridge.ts";
import {
  compareTrees,
  compareUnits,
  type Lab,
  labOrSkip,
  openLab,
  run,
  type Server,
  snapshotTree,
} from "./harness/index.ts";
import {
  type Counts,
  findMarks,
  manyIntegrations,
  marksIn,
  requestCounter,
  type WorstIntegration,
  worstIntegration,
} from "./workload/index.ts";

const reason = labOrSkip();
const title = (text: string): string => `${text}${reason ? ` (skipped: ${reason})` : ""}`;

type Listed = { readonly controls: readonly { readonly id: string; readonly guideline: readonly string[] }[] };

/** Rows of the runtime guidelines, by control. */
async function rowsByControl(): Promise<ReadonlyMap<string, readonly string[]>> {
  const { controls } = document<Listed>(await run([process.execPath, "src/cli.ts", "list", "--format", "json"]));
  return new Map(controls.map(({ id, guideline }) => [id, guideline.filter((row) => row.startsWith("RT-"))]));
}

const runtimeRows = Array.from({ length: 14 }, (_, index) => `RT-${String(index + 1).padStart(2, "0")}`);

/** What an apply and its undo may leave: transactions, and what the programs themselves write. */
const bookkeeping = ["/var/lib/drawbridge", "/opt/orders/logs", "/var/log/nginx"];

/** Starts of a unit since the journal's cursor. */
async function startsSince(server: Server, unit: string, cursor: string): Promise<number> {
  const words = ["journalctl", "--quiet", "--output=cat", `--after-cursor=${cursor}`, `UNIT=${unit}`];
  const text = await server.must([...words, "JOB_TYPE=start", "JOB_TYPE=restart"]);
  return text.split("\n").filter((line) => line.startsWith("Started ")).length;
}

const cursorNow = async (server: Server): Promise<string> =>
  /-- cursor: (.*)/.exec(await server.must(["journalctl", "--quiet", "--lines=0", "--show-cursor"]))?.[1] ?? "";

describe.skipIf(reason !== undefined)(title("the worst integration"), () => {
  let lab: Lab;
  let server: Server;
  let worst: WorstIntegration;
  let cli: Drawbridge;
  let rows: ReadonlyMap<string, readonly string[]>;
  let before: { tree: Awaited<ReturnType<typeof snapshotTree>>; units: Awaited<ReturnType<typeof unitsOf>> };
  let applied: AppliedDocument;
  let counts: Record<string, Counts>;
  let starts: Record<string, number>;
  /** Everything that the program printed. */
  const printed: string[] = [];

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy", name: "worst" });
    worst = await worstIntegration(server);
    const plain = drawbridgeOver(lab, server);
    cli = async (...words) => {
      const result = await plain(...words);
      printed.push(result.stdout, result.stderr);
      return result;
    };
    rows = await rowsByControl();
    await lab.client.ssh(server, "sudo -n true");
    before = { tree: await snapshotTree(server.root, { exclude: bookkeeping }), units: await unitsOf(server) };
  });
  afterAll(() => lab?.close());

  const findings = async () =>
    document<InspectionDocument>(await cli("inspect", "--category", "runtime", "--format", "json")).findings;
  const rowsOf = (controls: readonly { readonly controlId: string }[]): string[] =>
    [...new Set(controls.flatMap(({ controlId }) => rows.get(controlId) ?? []))].sort();

  it("fails every row of the runtime guidelines", async () => {
    const found = await findings();
    expect(rowsOf(found.filter(({ result }) => result === "fail"))).toEqual(runtimeRows);
    expect(found.filter(({ result }) => result === "error")).toEqual([]);
  });

  it("is not changed by inspect and plan", async () => {
    for (const format of ["text", "json"])
      expect((await cli("plan", "--category", "runtime", "--recommended", "--format", format)).exitCode).toBe(0);
    expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
  });

  it("takes one apply, and its customers notice one restart at most", async () => {
    const cursor = await cursorNow(server);
    const counter = await requestCounter(lab, worst.urls.proxy);
    const result = await cli("apply", "--category", "runtime", "--recommended", "--yes", "--format", "json");
    counts = await counter.stop();
    expect(result.exitCode, result.stderr).toBe(0);
    applied = document<AppliedDocument>(result);
    expect(applied.state, applied.reason).toBe("confirmed");
    starts = {
      orders: await startsSince(server, worst.unit, cursor),
      nginx: await startsSince(server, "nginx.service", cursor),
    };
    process.stdout.write(`apply, seen by customers: ${JSON.stringify(counts)}, starts: ${JSON.stringify(starts)}\n`);
    expect(starts).toEqual({ orders: 1, nginx: 0 });
  });

  it("passes every control that this host can decide", async () => {
    const found = await findings();
    const left = found.filter(({ result }) => result !== "pass" && result !== "notApplicable");
    expect(left.map(({ controlId, result, detail }) => `${controlId} ${result}: ${detail}`)).toEqual([]);
  });

  it("needs no second apply", async () => {
    const plan = await cli("plan", "--category", "runtime", "--recommended", "--format", "json");
    expect(document<PlanDocument>(plan).changes.map(({ title: text }) => text)).toEqual([]);
  });

  it("answers where it answered", async () => {
    const { stdout } = await server.exec(["curl", "-sk", "--max-time", "5", worst.urls.proxy]);
    expect(stdout).toContain("UP");
  });

  it("shows no secret to anybody but root, nor in a command line, a log or an output", async () => {
    expect(marksIn(printed.join("\n"))).toEqual([]);
    const found = await findMarks(server, ["/etc", "/opt", "/var", "/run", "/tmp", "/home", "/root"]);
    expect(found.filter(({ readers }) => readers.includes("anyone"))).toEqual([]);
    expect(found.filter(({ place }) => place.endsWith("/cmdline"))).toEqual([]);
  });

  it("is brought back to the byte by undo, and answers", async () => {
    const result = await cli("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    expect(compareUnits(before.units, await unitsOf(server))).toEqual([]);
    for (const url of Object.values(worst.urls))
      expect((await server.exec(["curl", "-sk", "--max-time", "5", url])).stdout, url).toContain("UP");
    expect(marksIn(printed.join("\n"))).toEqual([]);
  });
});

describe.skipIf(reason !== undefined)(title("other hosts"), () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  it("ten integrations are inspected over ssh", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java", name: "ten" });
    await manyIntegrations(server, 10);
    const cli = drawbridgeOver(lab, server);
    const durations: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      const inspected = document<InspectionDocument>(await cli("inspect", "--format", "json"));
      expect(inspected.findings.filter(({ result }) => result === "error")).toEqual([]);
      durations.push(inspected.durationMs);
    }
    process.stdout.write(`inspection of ten integrations over ssh: ${durations.join(", ")} ms\n`);
    await server.destroy();
  });

  it("a host without an integration is asked and gets files", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "fresh", name: "empty" });
    const cli = drawbridgeOver(lab, server);
    const inspected = document<InspectionDocument>(await cli("inspect", "--category", "runtime", "--format", "json"));
    expect(inspected.findings.filter(({ result }) => result === "error")).toEqual([]);
    type Questions = { readonly questions: readonly { readonly id: string }[] };
    const asked = document<Questions>(await cli("questions", "--category", "runtime", "--format", "json")).questions;
    expect(asked.map(({ id }) => id)).toContain("workload.distribution");
    const folder = mkdtempSync(join(tmpdir(), "drawbridge-generated-"));
    try {
      const made = await run([
        process.execPath,
        "src/cli.ts",
        "generate",
        folder,
        "--category",
        "runtime",
        "--recommended",
      ]);
      expect(made.exitCode, made.stderr).toBe(0);
      const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      expect(files.length).toBeGreaterThan(5);
      for (const file of files) expect(readFileSync(join(file.parentPath, file.name)).length).toBeGreaterThan(0);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    await server.destroy();
  });
});
