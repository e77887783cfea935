/**
 * Generated files and the programs that really read them, which no package registry has ready to run: an OpenTelemetry collector and
 * Fluent Bit are built from source, and the image of the generated Dockerfile is started with the generated compose.yaml.
 *
 * Half an hour where nothing is in the lab's cache yet, so on request only: DRAWBRIDGE_LAB_CONSUMERS=1. docs/support.md tells what was seen.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { collector } from "./consumers/collector.ts";
import { fluentBit } from "./consumers/fluent-bit.ts";
import { type Receiver, receiver } from "./consumers/receiver.ts";
import { type Lab, labOrSkip, must, openLab, run, type Server, until } from "./harness/index.ts";
import { installIntegration, jarOf, listening, mark, marksIn, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const wanted = reason === undefined && Boolean(process.env.DRAWBRIDGE_LAB_CONSUMERS);

const host = "elasticsearch.lab";
const formats = ["json", "logfmt"] as const;
type Format = (typeof formats)[number];

/** What a careless developer logs: as the program of that format writes it, and a line that is none of it. */
const lines: Readonly<Record<Format, readonly string[]>> = {
  json: [
    `{"time":"2026-11-23T03:02:28.914084999Z","level":"INFO","module":"acme/billing","message":"paid","customer":"c-17","apiKey":"${mark("consumers-json")}"}`,
    "an ordinary line of json times",
  ],
  logfmt: [
    `time=2026-11-23T03:02:28.914084999Z level=INFO module=acme/billing message="was paid" customer=c-17 apiKey="${mark("consumers-logfmt")}"`,
    "an ordinary line of logfmt times",
  ],
};
const pki = `
mkdir -p /root/pki; cd /root/pki
openssl req -x509 -newkey rsa:2048 -nodes -days 90 -subj /CN=authority -keyout authority.key -out authority.pem
openssl req -newkey rsa:2048 -nodes -subj /CN=${host} -keyout server.key -out server.csr
printf 'subjectAltName=DNS:${host}\\nextendedKeyUsage=serverAuth\\n' > server.ext
openssl x509 -req -in server.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 90 -extfile server.ext -out server.pem
`;
const trust = "cp /root/pki/authority.pem /usr/local/share/ca-certificates/lab.crt; update-ca-certificates";

const environment = {
  ELASTICSEARCH_URL: `https://${host}:9200`,
  ELASTICSEARCH_HOST: host,
  ELASTICSEARCH_USER: "shipper",
  ELASTICSEARCH_PASSWORD: "of-the-lab",
  PROMETHEUS_REMOTE_WRITE_URL: `https://${host}:9200/api/v1/write`,
  JAEGER_OTLP_ENDPOINT: "jaeger.lab:4317",
};
const shipper = `Basic ${Buffer.from("shipper:of-the-lab").toString("base64")}`;

const generated = async (folder: string, format: Format): Promise<(path: string) => string> => {
  const answers = [
    "service-user.name=orders",
    "service-user.unit=orders.service,billing.service",
    `logs.format=${format}`,
  ];
  const words = answers.flatMap((answer) => ["--set", answer]);
  await must([process.execPath, "src/cli.ts", "generate", `${folder}/${format}`, ...words]);
  return (path) => readFileSync(`${folder}/${format}/${path}`, "utf8");
};

describe.runIf(wanted)(`collectors read what is generated for them${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-consumers-"));
  let lab: Lab;
  let server: Server;
  let elasticsearch: Receiver;
  const sh = (text: string) => server.must(["sh", "-euc", text], { timeoutMs: 600_000 });
  const files = {} as Record<Format, (path: string) => string>;

  /** As a service of its own, with the environment that the file asks for. */
  const start = (unit: string, argv: readonly string[]) =>
    server.must([
      "systemd-run",
      "--quiet",
      `--unit=${unit}`,
      ...Object.entries(environment).map(([name, value]) => `--setenv=${name}=${value}`),
      ...argv,
    ]);
  const stop = (unit: string) => sh(`systemctl stop ${unit}; systemctl reset-failed ${unit} 2>/dev/null || :`);
  const said = (unit: string) => sh(`journalctl --unit=${unit} --output=cat --no-pager | tail -n 30`);
  /** Lines of the journal, from a process that is there long enough for its unit to be known. */
  const speak = async (format: Format) => {
    await server.writeFile("/srv/lines", `${lines[format].join("\n")}\n`);
    await sh("systemctl restart billing.service");
  };
  const arrived = async (unit: string, format: Format): Promise<string> => {
    try {
      return await until(
        `records of ${unit}`,
        () => {
          const text = JSON.stringify(elasticsearch.documents("integrations"));
          const about = [`an ordinary line of ${format} times`, "c-17", "listeners"];
          return about.every((word) => text.includes(word)) ? text : undefined;
        },
        { timeoutMs: 180_000, everyMs: 500 },
      );
    } catch (error) {
      const got = elasticsearch.received.map(({ path, body }) => `${path} ${body.toString("utf8").slice(0, 600)}`);
      throw new Error(`${(error as Error).message}; ${await said(unit)}; ${got.slice(-3).join("\n")}`);
    }
  };
  const fresh = () => (elasticsearch.received as unknown[]).splice(0);

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    await sh(`${pki} ${trust}; echo '${lab.network.address(1)} ${host}' >> /etc/hosts`);
    elasticsearch = await receiver({
      address: lab.network.address(1),
      port: 9200,
      key: await server.readFile("/root/pki/server.key"),
      certificate: await server.readFile("/root/pki/server.pem"),
    });
    for (const format of formats) files[format] = await generated(folder, format);
    await server.writeFile(
      "/etc/systemd/system/billing.service",
      "[Service]\nExecStart=/bin/sh -c 'cat /srv/lines; exec sleep infinity'\n",
    );
    await installIntegration(server, {
      name: "orders",
      config: '[ballerina.observe]\nmetricsEnabled = true\nmetricsReporter = "prometheus"\n',
      program: { prometheus: true },
      unit: { jvm: smallJvm },
      ports: [9090, 9797],
    });
  });
  afterAll(async () => {
    await elasticsearch?.close();
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe.each(formats)("lines of %s", (format) => {
    beforeAll(async () => {
      const config = await server.readFile("/opt/orders/Config.toml");
      const kept = config.replace(/\[ballerina\.log\]\nformat = .*\n/u, "");
      await server.writeFile("/opt/orders/Config.toml", `${kept}[ballerina.log]\nformat = "${format}"\n`);
    });

    test("OpenTelemetry collector: validate takes the file, and refuses it with a key that nobody knows", async () => {
      await server.copyIn(await collector(), "/usr/local/bin/otelcol", { mode: "0755" });
      const whole = parse(files[format]("etc/otelcol/integrations.yaml"));
      // This build has no receiver of Prometheus: what it reads is a configuration of Prometheus, which pipeline.lab.ts shows promtool.
      delete whole.receivers.prometheus;
      whole.service.pipelines.metrics.receivers = ["otlp"];
      await server.writeFile("/etc/otelcol.yaml", stringify(whole));
      const validate = () => server.exec(["otelcol", "validate", "--config=/etc/otelcol.yaml"], { env: environment });
      expect(await validate()).toMatchObject({ exitCode: 0 });
      whole.exporters.elasticsearch.logs_indices = "x";
      await server.writeFile("/etc/otelcol-spoiled.yaml", stringify(whole));
      const spoiled = ["otelcol", "validate", "--config=/etc/otelcol-spoiled.yaml"];
      expect((await server.exec(spoiled, { env: environment })).stderr).toContain("logs_indices");
    });

    test("OpenTelemetry collector: records arrive over TLS, taken apart, without what was not to be logged", async () => {
      fresh();
      await start("collector", ["otelcol", "--config=/etc/otelcol.yaml"]);
      try {
        await until("the collector", async () =>
          (await server.exec(["curl", "-fsS", "http://127.0.0.1:13133"])).exitCode === 0 ? true : undefined,
        );
        await sh("systemctl restart orders.service");
        await speak(format);
        const text = await arrived("collector", format);
        // journalctl begins with the last lines of before, which may be in the other form.
        expect(text).not.toContain(mark(`consumers-${format}`));
        expect(text).not.toContain({ json: '\\"customer\\"', logfmt: "customer=c-17" }[format]);
        expect(new Set(elasticsearch.received.map(({ authorization }) => authorization))).toEqual(new Set([shipper]));
      } finally {
        await stop("collector");
      }
    });

    test("Fluent Bit: takes the file, and records arrive in the same way", async () => {
      fresh();
      await server.copyIn(await fluentBit(server), "/usr/local/bin/fluent-bit", { mode: "0755" });
      await sh("dpkg -s libonig5 >/dev/null 2>&1 || { apt-get update -q; apt-get install -y -q libonig5; } >/dev/null");
      await sh("mkdir -p /etc/fluent-bit; rm -rf /var/lib/fluent-bit; install -d -m 0700 /var/lib/fluent-bit");
      for (const name of ["integrations.conf", "integrations-parsers.conf"])
        await server.writeFile(`/etc/fluent-bit/${name}`, files[format](`etc/fluent-bit/${name}`));
      const read = (path: string) => server.exec(["fluent-bit", "--dry-run", `--config=${path}`], { env: environment });
      const taken = await read("/etc/fluent-bit/integrations.conf");
      expect(taken.exitCode, taken.stderr).toBe(0);
      // --dry-run of this version knows the form alone; plugins refuse what they do not know when they start.
      const spoiled = files[format]("etc/fluent-bit/integrations.conf").replace("Suppress_Type_Name", "Suppress_Type");
      await server.writeFile("/etc/fluent-bit/spoiled.conf", spoiled);
      const refused = await server.exec(["timeout", "60", "fluent-bit", "--config=/etc/fluent-bit/spoiled.conf"], {
        env: environment,
      });
      expect(refused.stderr).toContain("unknown configuration property 'Suppress_Type'");
      expect([0, 124]).not.toContain(refused.exitCode);
      await start("fluent", ["fluent-bit", "--config=/etc/fluent-bit/integrations.conf"]);
      try {
        await until("Fluent Bit's place in the journal", async () =>
          (await server.exec(["test", "-s", "/var/lib/fluent-bit/journal.db"])).exitCode === 0 ? true : undefined,
        );
        await sh("systemctl restart orders.service");
        await speak(format);
        const text = await arrived("fluent", format);
        // journalctl begins with the last lines of before, which may be in the other form.
        expect(text).not.toContain(mark(`consumers-${format}`));
        expect(text).not.toContain('\\"customer\\"');
        expect(new Set(elasticsearch.received.map(({ authorization }) => authorization))).toEqual(new Set([shipper]));
        expect(text).toContain('"@timestamp":"2026-11-23T03:02:28.914Z"');
        // Nothing to say about lines whose form it knows; at its first start there is no place in the journal yet.
        const complaints = (await said("fluent")).split("\n").filter((line) => /\[ *(?:warn|error)\]/u.test(line));
        expect(complaints.filter((line) => !/seek_cursor failed|SIGTERM|max 5 seconds/u.test(line))).toEqual([]);
      } finally {
        await stop("fluent");
      }
    });
  });
});

describe.runIf(wanted)(`the image of the generated Dockerfile runs under the generated compose.yaml${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-compose-"));
  let lab: Lab;
  let server: Server;
  const sh = (text: string) => server.must(["sh", "-euc", text], { timeoutMs: 600_000 });
  const container = "compose_orders_1";
  const packages = "buildah podman podman-compose crun netavark aardvark-dns catatonit iptables curl";

  /** Java and what it needs, under the name that the Dockerfile's comment gives as an example: no registry of images can be asked. */
  const makeBase = `
tree=/root/base; mkdir -p $tree
jvm=$(dirname "$(dirname "$(readlink -f /usr/bin/java)")")
needed=$(find "$jvm" /bin/sh /usr/bin/id -type f \\( -name '*.so' -o -path '*/bin/*' \\) -exec ldd {} + 2>/dev/null | sed -n 's/.*=> \\(\\/[^ ]*\\) .*/\\1/p; s/^[[:space:]]*\\(\\/lib64[^ ]*\\) .*/\\1/p' | grep -v "^$jvm" | sort -u)
tar -C / -ch $needed bin/sh usr/bin/id usr/bin/touch 2>/dev/null | tar -C $tree -x
tar -C / -c "\${jvm#/}" $(cd /; ls -d etc/java-*-openjdk) | tar -C $tree -x
mkdir -p $tree/tmp $tree/home/ballerina
chmod 1777 $tree/tmp
ln -s "$jvm/bin/java" $tree/usr/bin/java
printf 'root:x:0:0::/root:/bin/sh\\nballerina:x:10014:10014::/home/ballerina:/sbin/nologin\\n' > $tree/etc/passwd
container=$(buildah from scratch)
buildah add --quiet "$container" $tree /
buildah commit --quiet --rm "$container" docker.io/ballerina/jvm-runtime:3.1
rm -rf $tree`;

  beforeAll(async () => {
    const answers = ["workload.name=orders", "workload.port=9090", "kubernetes.port=9090"];
    const words = answers.flatMap((answer) => ["--set", answer]);
    await must([process.execPath, "src/cli.ts", "generate", folder, ...words]);
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "java" });
    await sh(
      `apt-get update -q; DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends ${packages}`,
    );
    // Overlays cannot be laid on the lab's own, and a container in a container has no control groups to give.
    await sh(
      'printf \'[storage]\\ndriver = "vfs"\\nrunroot = "/run/containers/storage"\\ngraphroot = "/var/lib/containers/storage"\\n\' > /etc/containers/storage.conf; rm -rf /var/lib/containers/storage',
    );
    await sh("printf '[containers]\\ncgroups = \"disabled\"\\n' > /etc/containers/containers.conf");
    await sh("mkdir -p /srv/orders/target/bin /srv/orders/compose");
    for (const name of ["Dockerfile", ".dockerignore"])
      await server.copyIn(join(folder, "repository", name), `/srv/orders/${name}`);
    for (const name of ["compose.yaml", "integration.env", "base.toml", "environment.toml"])
      await server.copyIn(join(folder, "repository/deploy/compose", name), `/srv/orders/compose/${name}`);
    const jar = /target\/bin\/(\S+\.jar)/u.exec(readFileSync(join(folder, "repository/Dockerfile"), "utf8"))?.[1];
    const { defaultProgram } = await import("./workload/program.ts");
    await server.copyIn(await jarOf({ ...defaultProgram, required: ["dbPassword"] }), `/srv/orders/target/bin/${jar}`);
    await sh(makeBase);
  });
  afterAll(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("answers on the loopback address alone, as nobody in particular, and can write nothing", async () => {
    const digest = (
      await sh("buildah inspect --type=image --format='{{.FromImageDigest}}' docker.io/ballerina/jvm-runtime:3.1")
    ).trim();
    const image = "registry.example.internal/orders";
    await sh(
      `buildah build --pull-never --isolation=chroot --build-arg BASE_IMAGE=ballerina/jvm-runtime:3.1@${digest} --tag ${image}:1 /srv/orders`,
    );
    const built = (await sh(`buildah inspect --type=image --format='{{.FromImageDigest}}' ${image}:1`)).trim();
    // As the README beside it says.
    await sh(`cd /srv/orders/compose
install -d -m 0750 -o root -g 10014 secrets
printf 'dbPassword = "${mark("compose-secret")}"\\n' | install -m 0440 -o root -g 10014 /dev/stdin secrets/secrets.toml
chown root:10014 base.toml environment.toml && chmod 0440 base.toml environment.toml
IMAGE=${image}@${built} podman-compose up --detach`);
    await listening(server, 9090);
    expect(
      await until(
        "an answer",
        async () => {
          const { exitCode, stdout } = await server.exec(["curl", "-fsS", "http://127.0.0.1:9090/health"]);
          return exitCode === 0 ? stdout : undefined;
        },
        { detail: () => "" },
      ),
    ).toContain("UP");
    expect(
      (await lab.client.exec(["curl", "-sS", "--max-time", "5", `http://${server.address}:9090/health`])).exitCode,
    ).not.toBe(0);
    const inside = (...argv: readonly string[]) => server.exec(["podman", "exec", container, ...argv]);
    const id = await inside("id");
    expect(id.stdout, id.stderr).toMatch(/^uid=10014.* gid=10014/u);
    for (const path of ["/opt/integration/x", "/home/ballerina/x", "/home/ballerina/secrets/x", "/x"])
      expect([path, (await inside("touch", path)).exitCode]).toEqual([path, 1]);
    expect((await inside("touch", "/tmp/x")).exitCode).toBe(0);
    expect(marksIn(await sh(`podman inspect ${container}; podman logs ${container} 2>&1`))).toEqual([]);
    expect(await sh(`podman inspect --format '{{.EffectiveCaps}}' ${container}`)).toBe("[]\n");
  });

  test("does not start without the digest of an image", async () => {
    await sh("cd /srv/orders/compose; IMAGE=any podman-compose down");
    const up = await run(server.argv(["sh", "-c", "cd /srv/orders/compose; env -u IMAGE podman-compose up --detach"]));
    expect(`${up.stdout}${up.stderr}`).toMatch(/name the image by digest/u);
  });
});
