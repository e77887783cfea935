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
  releases,
  run,
  type Server,
  snapshotTree,
  until,
} from "./harness/index.ts";
import {
  findMarks,
  installIntegration,
  manyIntegrations,
  marksIn,
  requestCounter,
  type WorstIntegration,
  worstIntegration,
} from "./workload/index.ts";

const reason = labOrSkip();
const title = (text: string): string => `${text}${reason ? ` (skipped: ${reason})` : ""}`;

type Control = {
  readonly id: string;
  readonly category: string;
  readonly step: string;
  readonly guideline: readonly string[];
};

/** The runtime category, and the account that its services run as. */
async function runtimeControls(): Promise<readonly Control[]> {
  const listed = await run([process.execPath, "src/cli.ts", "list", "--format", "json"]);
  return document<{ readonly controls: readonly Control[] }>(listed).controls.filter(
    ({ category, step }) => category === "runtime" || step === "service-user",
  );
}

const runtimeRows = Array.from({ length: 14 }, (_, index) => `RT-${String(index + 1).padStart(2, "0")}`);

/** What no machine can show; somebody vouches for it in an answer. */
const attested = [
  "versions.workstations",
  "pipeline.scanned",
  "pipeline.updates",
  "pipeline.staging",
  "pipeline.rollback",
  "pipeline.advisories",
  "databases.rotation",
].flatMap((question) => ["--set", `${question}=platform team; reviewed; ${new Date().toISOString().slice(0, 10)}`]);

/** What stays after an apply because somebody has to build, decide or ask elsewhere. */
const leftToPeople: Readonly<Record<string, string>> = {
  "versions-ballerina": "the program has to be built again",
  "versions-java-bundled": "it comes with the distribution",
  "versions-base-image": "the image has to be built again",
  "versions-netty": "the program has to be built again",
  "tools-development": "removing packages is a decision",
  "default-ports": "callers have to follow",
  "endpoint-encrypted": "the other side speaks plain HTTP only",
  "endpoint-handshake": "its host does not exist in the lab",
  "database-administrative-account": "the database's administrator runs the generated script",
  "database-connection-encrypted": "whether the database speaks TLS cannot be seen: it does not exist in the lab",
};

/** What an apply and its undo may leave: transactions, and what the programs themselves write. */
const bookkeeping = [
  "/var/lib/drawbridge",
  "/opt/orders/logs",
  "/var/log/nginx",
  // The machine's key for credentials: systemd makes it when it is asked for the first time, and it stays (docs/adr/0013).
  "/var/lib/systemd/credential.secret",
];

/** Units without those that the bus starts for a question (timedatectl, hostnamectl) and that end by themselves soon after. */
const lastingUnits = async (server: Server): Promise<Awaited<ReturnType<typeof unitsOf>>> =>
  new Map(
    [...(await unitsOf(server))].filter(([name]) => !/^systemd-(?:timedate|hostname|locale)d\.service$/u.test(name)),
  );

/** How often systemd started a unit since the journal's cursor. */
async function startsSince(server: Server, unit: string, cursor: string): Promise<number> {
  const words = ["journalctl", "--quiet", "--output=cat", `--after-cursor=${cursor}`, `UNIT=${unit}`];
  const text = await server.must([...words, "JOB_TYPE=start", "JOB_TYPE=restart"]);
  return text.split("\n").filter((line) => line.startsWith("Started ")).length;
}

const cursorNow = async (server: Server): Promise<string> =>
  /-- cursor: (.*)/.exec(await server.must(["journalctl", "--quiet", "--lines=0", "--show-cursor"]))?.[1] ?? "";

describe.skipIf(reason !== undefined).each([...releases])(title("the worst integration on %s"), (release) => {
  let lab: Lab;
  let server: Server;
  let worst: WorstIntegration;
  let cli: Drawbridge;
  let controls: readonly Control[];
  let before: { tree: Awaited<ReturnType<typeof snapshotTree>>; units: Awaited<ReturnType<typeof unitsOf>> };
  let applied: AppliedDocument;
  /** Everything that the program printed. */
  const printed: string[] = [];

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "proxy", name: "worst" });
    worst = await worstIntegration(server, await lab.server({ release, flavour: "proxy", name: "stock" }));
    const plain = drawbridgeOver(lab, server);
    controls = await runtimeControls();
    const chosen = controls.flatMap(({ id }) => ["--control", id]);
    const answered = ["--set", `endpoints.control-plane-certificate=${worst.controlPlaneCertificate}`];
    cli = async (command, ...words) => {
      const result = await plain(
        command ?? "",
        ...(command === "undo" ? [] : [...chosen, ...attested, ...answered]),
        ...words,
      );
      printed.push(result.stdout, result.stderr);
      return result;
    };
    await lab.client.ssh(server, "sudo -n true");
    before = { tree: await snapshotTree(server.root, { exclude: bookkeeping }), units: await lastingUnits(server) };
  });
  afterAll(() => lab?.close());

  /** A JVM that was just started needs its time. */
  const answers = (url: string, text: string): Promise<true> =>
    until(`an answer with "${text}" from ${url}`, async () =>
      (await server.exec(["curl", "-sk", "--max-time", "5", url])).stdout.includes(text) ? true : undefined,
    );
  const findings = async () => document<InspectionDocument>(await cli("inspect", "--format", "json")).findings;

  it("fails every row of the runtime guidelines", async () => {
    const found = await findings();
    expect(found.filter(({ result }) => result === "error")).toEqual([]);
    const failing = new Set(found.filter(({ result }) => result === "fail").map(({ controlId }) => controlId));
    const rows = new Set(controls.filter(({ id }) => failing.has(id)).flatMap(({ guideline }) => guideline));
    expect(runtimeRows.filter((row) => !rows.has(row))).toEqual([]);
  });

  it("is not changed by inspect and plan", async () => {
    for (const format of ["text", "json"]) {
      const plan = await cli("plan", "--recommended", "--format", format);
      expect(plan.exitCode, plan.stderr).toBe(0);
    }
    expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
  });

  it("takes one apply, and its customers notice one restart at most", async () => {
    const cursor = await cursorNow(server);
    const counter = await requestCounter(lab, worst.urls.proxy);
    const result = await cli("apply", "--recommended", "--yes", "--format", "json");
    const counts = await counter.stop();
    expect(result.exitCode, result.stderr.slice(-2000)).toBe(0);
    applied = document<AppliedDocument>(result);
    expect(applied.state, applied.reason).toBe("confirmed");
    const starts = {
      orders: await startsSince(server, worst.unit, cursor),
      nginx: await startsSince(server, "nginx.service", cursor),
    };
    process.stdout.write(
      `apply on ${release}, seen by customers: ${JSON.stringify(counts)} ${JSON.stringify(starts)}\n`,
    );
    expect(starts).toEqual({ orders: 1, nginx: 0 });
  });

  it("passes every control that this host can decide", async () => {
    const good = ["pass", "notapplicable", "attested"];
    const left = (await findings()).filter(({ result }) => !good.includes(result));
    expect(
      left
        .filter(({ controlId }) => leftToPeople[controlId] === undefined)
        .map(({ controlId, result, detail }) => `${controlId} ${result}: ${detail}`),
    ).toEqual([]);
  });

  it("needs no second apply", async () => {
    const plan = await cli("plan", "--recommended", "--format", "json");
    expect(document<PlanDocument>(plan).changes.map(({ title: text }) => text)).toEqual([]);
  });

  it("answers where it answered, through nginx and by itself, and still calls its upstream", async () => {
    for (const url of Object.values(worst.urls)) await answers(url, "UP");
    await answers(worst.urls.proxy.replace("health", "upstream"), "in stock");
  });

  it("shows no secret to anybody but root, nor in a command line, nor in an output", async () => {
    expect(marksIn(printed.join("\n"))).toEqual([]);
    const found = await findMarks(server);
    expect(found.filter(({ readers }) => readers.includes("anyone"))).toEqual([]);
    expect(found.filter(({ place }) => place.endsWith("/cmdline"))).toEqual([]);
  });

  it("is brought back to the byte by undo, and answers", async () => {
    const result = await cli("undo", applied.transactionId, "--yes");
    expect(result.exitCode, result.stderr).toBe(0);
    expect(compareTrees(before.tree, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    expect(compareUnits(before.units, await lastingUnits(server))).toEqual([]);
    for (const url of Object.values(worst.urls)) await answers(url, "UP");
    expect(marksIn(printed.join("\n"))).toEqual([]);
  });
});

/** Those that write into Config.toml of every program. */
const logControls = ["log-level", "log-format", "log-masking", "log-access"].flatMap((id) => ["--control", id]);

describe.skipIf(reason !== undefined)(title("other hosts"), () => {
  let lab: Lab;

  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  it("a program of an older distribution gets no key that it does not know", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java", name: "older" });
    const config = '[ballerina.log]\nlevel = "DEBUG"\n';
    const { unit } = await installIntegration(server, { name: "older", program: { distribution: "2201.10" }, config });
    const cli = drawbridgeOver(lab, server);
    const result = await cli("apply", ...logControls, "--recommended", "--yes", "--format", "json");
    expect(result.exitCode, result.stderr.slice(-2000)).toBe(0);
    const text = await server.readFile("/opt/older/Config.toml");
    expect(text).toContain('format = "json"');
    expect(text).not.toMatch(/enableSensitiveDataMasking|destinations|\.file/u);
    expect((await server.exec(["systemctl", "is-active", unit])).stdout).toBe("active\n");
    await server.destroy();
  });

  it("a key that stops the program is taken back: the operator was wrong about its distribution", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java", name: "mistaken" });
    const config = '[ballerina.log]\nlevel = "DEBUG"\n';
    const program = { distribution: "2201.10", telling: false } as const;
    await installIntegration(server, { name: "mistaken", program, config });
    const cli = drawbridgeOver(lab, server);
    await lab.client.ssh(server, "sudo -n true");
    const before = await snapshotTree(server.root, { exclude: bookkeeping });
    const stated = ["--set", "workload.distribution=2201.13.2"];
    const result = await cli("apply", ...logControls, ...stated, "--recommended", "--yes", "--format", "json");
    expect(result.exitCode, result.stderr.slice(-2000)).toBe(4);
    const { state, reason: why } = document<AppliedDocument>(result);
    expect(state).toBe("reverted");
    expect(why).toContain("mistaken");
    expect(compareTrees(before, await snapshotTree(server.root, { exclude: bookkeeping }))).toEqual([]);
    await until("the program's answer", async () =>
      (await fetch(`http://${server.address}:9090/health`).catch(() => undefined))?.ok ? true : undefined,
    );
    await server.destroy();
  });

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
    const asked = document<Questions>(
      await cli("questions", "--category", "runtime", "--set", "workload.expected=true", "--format", "json"),
    ).questions;
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
