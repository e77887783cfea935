/**
 * CF-01 and CF-02 on a running service: one Config.toml becomes a layout with the same effective values, the service answers
 * as before, a second plan is empty, and undo brings every byte back.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AppliedDocument,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
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

const config = `# orders: production
dbHost = "db.internal.example"
dbUser = "orders"            # asked for a better one in March
dbPassword = "${mark("layout-database")}"
maxPayload = 10.0
upstreamUrl = "https://api.internal.example/v1"

# where they are told
[notifications]
endpoint = "https://hooks.internal.example/orders"
token = '${mark("layout-token")}'

[ballerina.log]
level = "INFO"

[ballerina.http]
defaultListenerPort = 9090
`;

describe.skipIf(reason !== undefined)(`layouts of a running service${note}`, () => {
  let lab: Lab;
  let server: Server;
  let before: Tree;
  const printed: RunResult[] = [];

  const drawbridge = async (...words: readonly string[]): Promise<RunResult> => {
    const result = await drawbridgeOver(lab, server)(...words);
    printed.push(result);
    return result;
  };
  const files = () => snapshotTree(server.root, { paths: ["/etc", "/opt"] });
  const answer = async () =>
    (
      await server.must("curl -sf --retry 5 --retry-all-errors --retry-delay 1 http://127.0.0.1:9090/orders".split(" "))
    ).trim();
  const verdicts = async (): Promise<Record<string, string>> => {
    const { findings } = document<InspectionDocument>(
      await drawbridge("inspect", "--step", "layout", "--format", "json"),
    );
    return Object.fromEntries(findings.map(({ controlId, result }) => [controlId, result]));
  };

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    await installIntegration(server, {
      name: "orders",
      program: { required: ["dbPassword"] },
      config,
      unit: { jvm: smallJvm },
    });
    before = await files();
  }, 600_000);
  afterAll(() => lab?.close());

  test("one file is a finding with its facts", async () => {
    expect(await verdicts()).toEqual({
      "layout-files": "fail",
      "layout-loader": "notapplicable",
      "layout-order": "notapplicable",
    });
  }, 600_000);

  test.each([
    ["centralised", "/etc/integrations/orders", []],
    // Secrets in the one file are that step's matter, too: the split moves them, and one plan does both.
    ["decentralised", "/etc/opt/orders", ["--step", "secrets"]],
  ])(
    "%s: the same values from files in %s, and back",
    async (form, folder, others) => {
      const was = await answer();
      const words = ["--step", "layout", ...others, "--set", `layout.form=${form}`];
      const applied = document<AppliedDocument>(await drawbridge("apply", ...words, "--yes", "--format", "json"));
      expect(applied.state, applied.reason).toBe("confirmed");
      await listening(server, 9090);
      expect(await answer()).toBe(was);

      const parts = await server.must(["sh", "-c", `cd ${folder} && head -n 99 *.toml`]);
      expect(parts).toContain('dbHost = "db.internal.example"');
      expect(parts).toContain('dbUser = "orders"            # asked for a better one in March');
      expect(marksIn(parts)).toEqual([]);
      expect((await server.exec(["test", "-e", "/opt/orders/Config.toml"])).exitCode).toBe(1);
      const pid = (await server.must(["systemctl", "show", "-p", "MainPID", "--value", "orders.service"])).trim();
      const environment = await server.must(["cat", `/proc/${pid}/environ`]);
      const listed = /BAL_CONFIG_FILES=([^\0]*)/u.exec(environment)?.[1] ?? "";
      expect(listed).toBe(
        [
          "/run/credentials/orders.service/secrets.toml",
          ...["endpoints", "environment", "base"].map((part) => `${folder}/${part}.toml`),
        ].join(":"),
      );
      expect(applied.verified.map(({ controlId, result }) => [controlId, result])).toContainEqual([
        "layout-files",
        "pass",
      ]);
      expect(applied.verified.filter(({ result }) => result === "fail")).toEqual([]);
      if (form === "centralised") {
        const printedFiles = await server.must(["/etc/integrations/load", "--print", "orders"]);
        expect(printedFiles.trim()).toBe(
          ["endpoints", "environment", "base"].map((part) => `${folder}/${part}.toml`).join(":"),
        );
      }
      const { changes } = document<PlanDocument>(await drawbridge("plan", ...words, "--format", "json"));
      expect(changes).toEqual([]);

      const undone = await drawbridge("undo", "--yes");
      expect(undone.exitCode, undone.stderr).toBe(0);
      expect(compareTrees(before, await files())).toEqual([]);
      await listening(server, 9090);
      expect(await answer()).toBe(was);
    },
    600_000,
  );

  test("what is configured is recorded and written down; an edit by hand is found until it is taken over", async () => {
    const words = ["--recommended", ...["values", "schema", "history"].flatMap((step) => ["--step", step])];
    const applied = document<AppliedDocument>(await drawbridge("apply", ...words, "--yes", "--format", "json"));
    expect(applied.state, applied.reason).toBe("confirmed");
    const example = await server.readFile("/etc/integrations/orders.Config.toml.example");
    expect(example).toContain('# string, required, secret: belongs into the file of secrets\ndbPassword = "<secret>"');
    expect(example).toContain("# decimal\nmaxPayload = 10.0");
    expect(await server.readFile("/etc/integrations/endpoints.md")).toContain("https://hooks.internal.example:443");
    const { changes } = document<PlanDocument>(await drawbridge("plan", ...words, "--format", "json"));
    expect(changes).toEqual([]);

    await server.must(["sed", "-i", "s/asked for a better one/nobody asked/", "/opt/orders/Config.toml"]);
    const { findings } = document<InspectionDocument>(
      await drawbridge("inspect", "--step", "history", "--format", "json"),
    );
    expect(findings.find(({ controlId }) => controlId === "history-recorded")).toMatchObject({
      result: "fail",
      detail: "changed by other means since the last record: /opt/orders/Config.toml",
    });
    expect(findings.find(({ controlId }) => controlId === "history-intact")?.result).toBe("pass");
    const sum = (await server.must(["sha256sum", "/opt/orders/Config.toml"])).slice(0, 12);
    const taken = document<AppliedDocument>(
      await drawbridge(
        ...["apply", "--step", "history", "--set", `history.accept=/opt/orders/Config.toml@${sum}`],
        ...["--yes", "--format", "json"],
      ),
    );
    expect(taken.state, taken.reason).toBe("confirmed");
    expect(taken.verified).toMatchObject([{ controlId: "history-recorded", result: "pass" }]);
  }, 600_000);

  test("a trial start tells what the running service would stumble over, and does not touch it", async () => {
    const pid = () => server.must(["systemctl", "show", "-p", "MainPID", "--value", "orders.service"]);
    const running = await pid();
    const trial = async (): Promise<InspectionDocument["findings"][number] | undefined> =>
      document<InspectionDocument>(
        await drawbridge("inspect", "--step", "schema", "--set", "schema.trial=true", "--format", "json"),
      ).findings.find(({ controlId }) => controlId === "schema-trial-start");
    await server.must(["sed", "-i", "s/^maxPayload/maxPaylaod/", "/opt/orders/Config.toml"]);
    expect(await trial()).toMatchObject({ result: "fail", detail: expect.stringContaining("maxPaylaod") });
    await server.must(["sed", "-i", "s/^maxPaylaod/maxPayload/", "/opt/orders/Config.toml"]);
    expect(await trial()).toMatchObject({ result: "pass" });
    expect(await pid()).toBe(running);
    expect(await answer()).not.toBe("");
  }, 600_000);

  test("no secret was printed", () => {
    expect(marksIn(printed.map(({ stdout, stderr }) => stdout + stderr).join("\n"))).toEqual([]);
  });
});
