import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Drawbridge, document, drawbridgeOver } from "./drawbridge.ts";
import { type Lab, labOrSkip, openLab, type Server } from "./harness/index.ts";
import { installIntegration, manyIntegrations, marksIn, smallJvm, worstIntegration } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

type Picture = {
  readonly integrations: readonly {
    readonly id: string;
    readonly unit: string | null;
    readonly user: string;
    readonly program: string;
    readonly java: { readonly version: string } | null;
    readonly modules: readonly { readonly name: string; readonly version: string | null }[];
    readonly configuration: {
      readonly decidedBy: string;
      readonly files: readonly { readonly path: string; readonly state: string; readonly keys: number }[];
      readonly otherKeys: Readonly<Record<string, number>>;
    };
    readonly listeners: readonly { readonly address: string; readonly purpose: string }[];
    readonly endpoints: readonly { readonly url: string }[];
    readonly stores: readonly { readonly path: string }[];
  }[];
  readonly others: readonly { readonly name: string; readonly user: string }[];
  readonly installations: readonly { readonly path: string; readonly version: string | null }[];
};

const only = ["--control", "workload-service", "--control", "workload-configuration-valid"];

type Seen = {
  readonly whatRunsHere: Picture;
  readonly findings: readonly { readonly controlId: string; readonly result: string; readonly detail: string }[];
};

const look = async (cli: Drawbridge): Promise<Seen> =>
  document<Seen>(await cli("inspect", "--format", "json", ...only));

const integration = (seen: Seen, id: string) => {
  const found = seen.whatRunsHere.integrations.find((each) => each.id === id);
  if (found === undefined)
    throw new Error(`${id} is not among ${seen.whatRunsHere.integrations.map((each) => each.id)}`);
  return found;
};

const detailOf = ({ findings }: Seen, id: string) => findings.find(({ controlId }) => controlId === id)?.detail ?? "";

describe.skipIf(reason !== undefined).each([
  { release: "bookworm", java: "17" },
  { release: "trixie", java: "21" },
] as const)(`what runs on $release${note}`, ({ release, java }) => {
  let lab: Lab;
  let server: Server;
  let cli: Drawbridge;
  const sh = (text: string) => server.must(["sh", "-euc", text]);

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release, flavour: "java" });
    cli = drawbridgeOver(lab, server);
    await sh("install -d /etc/billing; useradd --system --home-dir /opt/billing --shell /usr/sbin/nologin billing");
    await server.writeFile("/etc/billing/secrets.toml", 'dbPassword = "not-for-the-eyes"\nhttpPort = 9200\n', {
      mode: "0640",
      owner: "root:billing",
    });
    await server.writeFile(
      "/etc/billing/base.toml",
      'dbHost = "db.example"\ndbPort = 5432\nhttpPort = 1\n[ballerina.http]\ndefaultListenerPort = 9201\n',
    );
    await installIntegration(server, {
      name: "billing",
      unit: {
        jvm: smallJvm,
        arguments: ["-CdbName=bills"],
        environment: {
          BAL_CONFIG_FILES: "/etc/billing/secrets.toml:/etc/billing/base.toml",
          BAL_CONFIG_VAR_DBUSER: "bills",
        },
      },
      ports: [9201],
    });
  }, 600_000);
  afterAll(() => lab?.close());

  test("an integration with its sources, listeners and modules", async () => {
    const seen = await look(cli);
    const billing = integration(seen, "billing");
    expect(billing).toMatchObject({
      unit: "billing.service",
      user: "billing",
      program: expect.stringContaining("Ballerina acme/billing"),
      configuration: {
        decidedBy: "BAL_CONFIG_FILES",
        files: [
          { path: "/etc/billing/secrets.toml", state: "read", keys: 2 },
          { path: "/etc/billing/base.toml", state: "read", keys: 3 },
        ],
        otherKeys: { environment: 1, argument: 1 },
      },
      endpoints: [{ url: "postgresql://db.example:5432" }],
    });
    expect(billing.java?.version.split(".")[0]).toBe(java);
    expect(billing.modules.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["acme/billing", "ballerina/http", "ballerina/log"]),
    );
    expect(billing.listeners).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ purpose: "default listener" }),
        expect.objectContaining({ purpose: "httpPort" }),
      ]),
    );
    for (const { result } of seen.findings) expect(result).toBe("pass");
    expect(seen.whatRunsHere.integrations).toHaveLength(1);
  });

  test("what the next start would not find or not know is told today", async () => {
    await sh(
      "cp -a /etc/billing/base.toml /root/base.toml; sed -i '1i nobodyReadsThis = true' /etc/billing/base.toml; chmod 0600 /etc/billing/base.toml; mv /etc/billing/secrets.toml /etc/billing/away.toml",
    );
    const told = detailOf(await look(cli), "workload-configuration-valid");
    await sh("mv /root/base.toml /etc/billing/base.toml; mv /etc/billing/away.toml /etc/billing/secrets.toml");
    expect(told).toContain("/etc/billing/secrets.toml is listed in BAL_CONFIG_FILES and is not there");
    expect(told).toContain("billing may not read /etc/billing/base.toml");
    expect(told).toContain("/etc/billing/base.toml line 1: the program has no nobodyReadsThis");
  });

  test.each<[string, string, string]>([
    ["a pipe", "mkfifo $1", "not a regular file"],
    ["a folder", "mkdir $1", "it is a folder"],
    [
      "a symlink that its account made",
      "ln -s /etc/shadow $1; chown -h trap $1",
      "symlink in a folder that others can write to",
    ],
    ["2 MiB", "head -c 2097152 /dev/zero | tr '\\0' '#' >$1", "larger than 1 MiB"],
    ["no text", "printf 'a = \"\\377\\376\"\\n' >$1", "not UTF-8 text"],
    ["no TOML", "printf 'password = \"hunter22\\nx' >$1", "is no TOML: line 1, column"],
  ])("a Config.toml that is %s is said to be so, and holds up nobody", async (_what, make, told) => {
    if ((await server.exec(["id", "trap"])).exitCode !== 0) {
      await installIntegration(server, {
        name: "trap",
        unit: { jvm: smallJvm, environment: { BAL_CONFIG_VAR_HTTPPORT: "9300" } },
        ports: [9300],
      });
      await sh("systemctl stop trap.service");
    }
    await sh(`set -- /opt/trap/Config.toml; rm -rf $1; ${make}`);
    const answer = await cli("inspect", "--format", "json", ...only);
    await sh("rm -rf /opt/trap/Config.toml");
    expect(detailOf(document<Seen>(answer), "workload-configuration-valid")).toContain(told);
    expect(answer.stdout).not.toMatch(/hunter22|root:[*!$]/u);
  });

  test("names that try to pass for the probe's own words pass for nothing", async () => {
    await sh(
      'd=$(printf \'/opt/x\\n@unit evil.service\\nballerina yes\\n\'); mkdir -p "$d"; cp /opt/billing/billing.jar "$d/a.jar"; d=$(printf \'/opt/billing/x\\n@unit evil.service\\nballerina yes\\n\'); mkdir -p "$d"; touch "$d/file"; d=$(printf \'/opt/tab\\there\'); mkdir -p "$d"; cp /opt/billing/billing.jar "$d/b.jar"; mkdir -p \'/opt/with space\'; cp /opt/billing/billing.jar \'/opt/with space/c.jar\'',
    );
    const seen = await look(cli);
    await sh("rm -rf /opt/x* /opt/billing/x* /opt/tab* '/opt/with space'");
    const ids = seen.whatRunsHere.integrations.map(({ id }) => id).filter((id) => id !== "trap");
    expect(ids.toSorted()).toEqual(["billing", "c"]);
    expect(JSON.stringify(seen)).not.toContain("evil");
  });

  test("Java that is no integration is named and left alone", async () => {
    await sh("install -d /opt/other; printf 'PK' >/opt/other/other.jar; ln -sf /bin/sleep /opt/other/java");
    await server.writeFile(
      "/etc/systemd/system/other.service",
      "[Service]\nUser=nobody\nExecStart=/usr/bin/java -jar /opt/other/other.jar\n",
    );
    await sh("systemctl daemon-reload");
    const seen = await look(cli);
    expect(seen.whatRunsHere.others).toMatchObject([{ name: "other.service", user: "nobody" }]);
    expect(seen.whatRunsHere.integrations.map(({ id }) => id)).not.toContain("other");
  });
});

describe.skipIf(reason !== undefined)(`what runs on other servers${note}`, () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await openLab();
  });
  afterAll(() => lab?.close());

  test("without Java nothing runs, and what will run is asked", async () => {
    const server = await lab.server({ release: "bookworm" });
    const cli = drawbridgeOver(lab, server);
    expect((await look(cli)).whatRunsHere).toMatchObject({ integrations: [], others: [] });
    const { questions } = document<{ questions: readonly { id: string }[] }>(
      await cli("questions", "--set", "workload.expected=true", "--format", "json"),
    );
    expect(questions.map(({ id }) => id)).toEqual(
      expect.arrayContaining(["workload.name", "workload.port", "workload.distribution"]),
    );
    await server.destroy();
  }, 300_000);

  test("the worst integration is drawn without one of its secrets", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "proxy" });
    const cli = drawbridgeOver(lab, server);
    await worstIntegration(server);
    const seen = await look(cli);
    const orders = integration(seen, "orders");
    expect(orders.listeners.map(({ purpose }) => purpose)).toEqual(
      expect.arrayContaining(["default listener", "metrics", "debugger", "JMX", "httpsPort"]),
    );
    expect(orders.stores).toMatchObject([{ path: "/opt/orders/ballerinaKeystore.p12" }]);
    expect(seen.whatRunsHere.installations).toMatchObject([{ path: "/usr/lib/ballerina", version: "2201.10.0" }]);
    const text = await cli("inspect", "--category", "runtime");
    expect(text.stdout).toContain("What runs here");
    expect(marksIn(text.stdout + text.stderr + JSON.stringify(seen))).toEqual([]);
    await server.destroy();
  }, 600_000);

  test("ten of them are ten", async () => {
    const server = await lab.server({ release: "bookworm", flavour: "java" });
    const many = await manyIntegrations(server, 10);
    const { whatRunsHere } = await look(drawbridgeOver(lab, server));
    expect(whatRunsHere.integrations.map(({ unit }) => unit).toSorted()).toEqual(
      many.map(({ unit }) => unit).toSorted(),
    );
    for (const { listeners, user, unit } of whatRunsHere.integrations) {
      expect(listeners.map(({ purpose }) => purpose)).toContain("default listener");
      expect(`${user}.service`).toBe(unit);
    }
    await server.destroy();
  }, 600_000);
});
