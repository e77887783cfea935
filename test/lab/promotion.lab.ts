/**
 * CF-06, CF-07 and CF-12 on a running service: what is promoted to its folder is checked with its own JAR and from its own
 * machine, the target keeps its secrets, everything goes back to the byte, and the machine's log cannot be edited unseen.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { documents } from "../../src/model/documents.ts";
import { document, drawbridgeOver } from "./drawbridge.ts";
import {
  compareTrees,
  type Lab,
  labOrSkip,
  openLab,
  type RunResult,
  type Server,
  snapshotTree,
  type Tree,
} from "./harness/index.ts";
import { installIntegration, listening, mark, marksIn, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

/** Its service is called by itself: an endpoint that answers without another machine. */
const production = `# production
dbUser = "orders"
dbPassword = "${mark("production")}"
upstreamUrl = "http://127.0.0.1:9090/orders"

[ballerina.http]
defaultListenerPort = 9090
`;

const staging = (more = ""): string => `# staging
dbUser = "orders_app"
dbPassword = "${mark("staging")}"
upstreamUrl = "http://staging.internal.example:9090/orders"
${more}
[ballerina.http]
defaultListenerPort = 9090

[ballerina.log]
level = "DEBUG"
`;

type LogDocument = {
  entries: { what: string; who: string; id: string; from: string; to: string }[];
  problems: string[];
};

describe.skipIf(reason !== undefined)(`promotion to a running service${note}`, () => {
  let lab: Lab;
  let server: Server;
  let before: Tree;
  let folder: string;
  const printed: RunResult[] = [];

  const drawbridge = async (...words: readonly string[]): Promise<RunResult> => {
    const result = await drawbridgeOver(lab, server)(...words);
    printed.push(result);
    return result;
  };
  const stage = (text: string): string => {
    const source = join(folder, "staging");
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "Config.toml"), text);
    return source;
  };
  const rules = (hosts: string): string => {
    const path = join(folder, "rules.toml");
    writeFileSync(
      path,
      `from = "staging"\nto = "production"\nlogLevel = "INFO"\nforbid = []\n[hosts]\n"staging.internal.example" = "${hosts}"\n`,
    );
    return path;
  };
  const files = () => snapshotTree(server.root, { paths: ["/etc", "/opt"] });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "drawbridge-promotion-"));
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    await installIntegration(server, {
      name: "orders",
      program: { required: ["dbPassword"] },
      config: production,
      unit: { jvm: smallJvm },
    });
    before = await files();
  }, 600_000);
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each([
    [
      "a key that the JAR does not know, and a number where it wants a text",
      staging("maxPaylaod = 10.0\ndbName = 7"),
      "127.0.0.1",
      ["maxPaylaod is not known", "dbName is an integer"],
    ],
    ["an endpoint that does not answer from there", staging(), "production.invalid", ["does not answer from"]],
  ])(
    "stops before the target changes: %s",
    async (_what, text, host, said) => {
      const result = await drawbridge("promote", stage(text), "/opt/orders", "--rules", rules(host), "--yes");
      expect(result.exitCode, result.stderr).toBe(3);
      for (const words of said) expect(result.stderr).toContain(words);
      expect(compareTrees(before, await files())).toEqual([]);
    },
    600_000,
  );

  test("promotes, the service starts with it, and the target keeps its secret", async () => {
    const words = ["promote", stage(staging()), "/opt/orders", "--rules", rules("127.0.0.1"), "--yes"];
    const result = await drawbridge(...words, "--format", "json");
    expect(result.exitCode, result.stderr).toBe(0);
    const said = documents.promote.parse(JSON.parse(result.stdout));
    expect(said).toMatchObject({ state: "promoted", from: "staging", to: "production", problems: [] });
    expect(said.files.map(({ path }) => path)).toEqual(["/opt/orders/Config.toml"]);
    await listening(server, 9090);
    expect(await server.readFile("/opt/orders/Config.toml")).toBe(
      staging()
        .replace(mark("staging"), mark("production"))
        .replace("staging.internal.example", "127.0.0.1")
        .replace("DEBUG", "INFO"),
    );
    expect(marksIn(printed.map(({ stdout, stderr }) => stdout + stderr).join("\n"))).toEqual([]);
  }, 600_000);

  test("the machine's log says who, what, from where to where, and the way back takes it back to the byte", async () => {
    const { entries, problems } = document<LogDocument>(await drawbridge("log", "--verify", "--format", "json"));
    expect(problems).toEqual([]);
    expect(entries).toMatchObject([{ what: "promoted", from: "staging", to: "production" }]);
    const back = await drawbridge("promote", "--rollback", entries[0]?.id ?? "", "--yes");
    expect(back.exitCode, back.stderr).toBe(0);
    expect(compareTrees(before, await files())).toEqual([]);
    await listening(server, 9090);
    const after = document<LogDocument>(await drawbridge("log", "--verify", "--format", "json"));
    expect(after.entries.map(({ what }) => what)).toEqual(["promoted", "undone"]);
    expect(after.entries.every(({ who }) => who.includes("@"))).toBe(true);
  }, 600_000);

  test("an edited line of the log is found", async () => {
    await server.must(["sed", "-i", "1s/production/somewhere/", "/var/lib/drawbridge/log/changes.jsonl"]);
    const result = await drawbridge("log", "--verify", "--format", "json");
    expect(result.exitCode).toBe(1);
    expect(document<LogDocument>(result).problems).toEqual(["line 1: it was changed after it was written"]);
  }, 600_000);
});
