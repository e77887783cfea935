import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { type Lab, labOrSkip, openLab, run, type Server } from "./harness/index.ts";
import {
  actionlint,
  groovy,
  hcl,
  type Judgement,
  kubernetes,
  promtool,
  schemaValidator,
  shellcheck,
} from "./validators.ts";
import { defaultProgram, installIntegration, jarOf } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(`what generate writes for other programs${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-pipeline-"));
  const files = join(folder, "files");
  beforeAll(async () => {
    const { exitCode, stderr } = await run([process.execPath, "src/cli.ts", "generate", files]);
    expect(exitCode, stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The same file with one mistake in it: a checker that takes that too proves nothing. */
  const withMistake = (path: string, from: string, to: string): string => {
    const text = readFileSync(join(files, path), "utf8");
    expect(text).toContain(from);
    const spoiled = join(folder, `spoiled-${path.split("/").at(-1)}`);
    writeFileSync(spoiled, text.replace(from, to));
    return spoiled;
  };
  const holds = async (
    validator: ((path: string) => Promise<Judgement>) | undefined,
    path: string,
    from: string,
    to: string,
  ) => {
    if (validator === undefined) throw new Error(`the checker of ${path} could not be fetched`);
    const { fine, said } = await validator(join(files, path));
    expect(fine, said).toBe(true);
    expect((await validator(withMistake(path, from, to))).fine).toBe(false);
  };

  test("Dependabot: its published schema", async () => {
    await holds(
      await schemaValidator("dependabot"),
      "repository/.github/dependabot.yml",
      "docker-compose",
      "ballerina",
    );
  });
  test("Renovate: its published schema", async () => {
    await holds(
      await schemaValidator("renovate"),
      "repository/renovate.json",
      '"customType": "regex"',
      '"customType": "ballerina"',
    );
  });
  test("GitHub: the published schema", async () => {
    const validator = await schemaValidator("github-workflows");
    await holds(
      validator,
      "repository/.github/workflows/integration.yml",
      "runs-on: ubuntu-24.04",
      "run-on: ubuntu-24.04",
    );
  });
  test("GitHub: actionlint, with shellcheck over its scripts", async () => {
    await holds(
      await actionlint(),
      "repository/.github/workflows/integration.yml",
      "needs: staging",
      "needs: stagings",
    );
  });
  test("GitLab: the published schema", async () => {
    await holds(await schemaValidator("gitlab-ci"), "repository/.gitlab-ci.yml", "when: manual", "when: by hand");
  });
  test("Jenkins: Groovy can read it", async () => {
    await holds(await groovy(), "repository/Jenkinsfile", "stages {", "stages (");
  });
  test("Prometheus: promtool, over the alerts and the scrape configuration", async () => {
    await holds(await promtool("rules"), "etc/prometheus/rules.d/integrations.yml", "expr: ", "expr: ((");
    await holds(
      await promtool("config"),
      "etc/prometheus/scrape.d/integrations.yml",
      "scrape_interval: 15s",
      "scrape_interval: often",
    );
    // The collector's receiver of that name takes Prometheus' own configuration.
    const { receivers } = parse(readFileSync(join(files, "etc/otelcol/integrations.yaml"), "utf8"));
    writeFileSync(join(files, "etc/otelcol/prometheus.yml"), stringify(receivers.prometheus.config));
    await holds(
      await promtool("config"),
      "etc/otelcol/prometheus.yml",
      "scrape_interval: 15s",
      "scrape_interval: often",
    );
  });
  test("Kubernetes: the published schemas of Secret, Deployment, SecretStore and ExternalSecret", async () => {
    const validator = await kubernetes();
    await holds(validator, "kubernetes/secret.yaml", "runAsUser: 10014", "runAsUser: ballerina");
    await holds(validator, "kubernetes/external-secret.yaml", "role: integration", "role: [integration]");
  });
  test("Vault agent: its language can read the file", async () => {
    await holds(await hcl(), "etc/vault-agent.d/integration.hcl", "auto_auth {", "auto_auth {{");
  });
  test("AWS: shellcheck, and what it does with an answer and without", async () => {
    const script = "etc/integrations/fetch-from-aws";
    await holds(shellcheck(), script, "set -eu", 'set -eu\necho "$unheard_of"');
    const place = mkdtempSync(join(folder, "aws-"));
    const target = join(place, "integration.secrets.toml");
    const here = join(place, "fetch");
    writeFileSync(
      here,
      readFileSync(join(files, script), "utf8")
        .replace("/etc/integrations/integration.secrets.toml", target)
        .replace("group=integration", "group=root"),
    );
    writeFileSync(join(place, "aws"), aws, { mode: 0o755 });
    const fetched = () => run(["sh", here], { env: { PATH: `${place}:/usr/bin:/bin` } });
    writeFileSync(target, "old = 1\n");
    expect((await fetched()).exitCode).toBe(254);
    expect(readFileSync(target, "utf8")).toBe("old = 1\n");
    writeFileSync(join(place, "aws.answer"), 'dbPassword = "x"\n');
    const { exitCode, stdout, stderr } = await fetched();
    expect([exitCode, stdout]).toEqual([0, ""]);
    expect(stderr).toContain("get-secret-value --secret-id integration/secrets.toml --query SecretString");
    expect(readFileSync(target, "utf8")).toBe('dbPassword = "x"\n');
    expect(statSync(target).mode & 0o7777).toBe(0o640);
    expect(readdirSync(place).filter((name) => name.startsWith("integration"))).toEqual(["integration.secrets.toml"]);
  });
  test.each(["deploy.sh", "update-distribution.sh"])("%s: shellcheck", async (path) => {
    await holds(shellcheck(), `repository/${path}`, "set -eu", 'set -eu\necho "$unheard_of"');
  });
});

/** A stand-in for the AWS client: it says what was asked of it, and answers with a file or with nothing. */
const aws = '#!/bin/sh\nprintf "%s\\n" "$*" >&2\n[ -e "$0.answer" ] && cat "$0.answer" && exit 0\nexit 254\n';

describe.skipIf(reason !== undefined)(`deploy.sh${note}`, () => {
  let lab: Lab;
  let server: Server;
  const sh = (text: string) => server.must(["sh", "-euc", text]);
  const url = "http://127.0.0.1:9090/health";
  const deploy = (...words: readonly string[]) =>
    run(["sh", "templates/runtime/pipeline/deploy.sh", ...words], {
      env: {
        DEPLOY_HOST: server.address,
        DEPLOY_USER: "op",
        SERVICE: "orders.service",
        HEALTH_URL: url,
        DEPLOY_KEY: lab.keys.operator.path,
        DEPLOY_KNOWN_HOSTS: hostKey,
        WAIT: "25",
        TMPDIR: scratch,
      },
      timeoutMs: 180_000,
    });
  let hostKey = "";
  const scratch = mkdtempSync(join(tmpdir(), "drawbridge-deploy-"));
  const current = async () => (await sh("readlink /opt/orders/current.jar")).trim();
  const answers = async () => (await server.exec(["curl", "-fsS", "-o", "/dev/null", url])).exitCode === 0;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "proxy" });
    const { jar } = await installIntegration(server, {
      name: "orders",
      user: "orders",
      program: { ...defaultProgram, java: 17 },
      config: "",
      ports: [9090],
    });
    await sh(`install -d -o op -g orders -m 2750 /opt/orders/releases
mv ${jar} /opt/orders/releases/first.jar
ln -s releases/first.jar /opt/orders/current.jar
chown -h op /opt/orders /opt/orders/current.jar
sed -i 's|${jar}|/opt/orders/current.jar|' /etc/systemd/system/orders.service
systemctl daemon-reload; systemctl restart orders.service`);
    hostKey = `${server.address} ${(await sh("cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub")).trim()}`;
    await lab.client.ssh(server, "true");
  });
  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await lab?.close();
  });

  test("brings a release, and the service answers with it", async () => {
    const result = await deploy("release", "second", await jarOf({ ...defaultProgram, java: 17 }));
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await current()).toBe("releases/second.jar");
    expect(await answers()).toBe(true);
  });

  test("goes back by itself from one that does not start, and fails", async () => {
    const broken = join(mkdtempSync(join(tmpdir(), "drawbridge-jar-")), "broken.jar");
    writeFileSync(broken, "no JAR at all");
    const result = await deploy("release", "third", broken);
    rmSync(join(broken, ".."), { recursive: true });
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("releases/second.jar is back and answers");
    expect(await current()).toBe("releases/second.jar");
    expect(await answers()).toBe(true);
  });

  test("rolls back to the release before", async () => {
    const result = await deploy("rollback");
    expect(result.exitCode, result.stderr).toBe(0);
    expect(await current()).toBe("releases/first.jar");
    expect(await answers()).toBe(true);
  });

  test("takes no word that a shell could read as more than a word", async () => {
    const result = await deploy("release", "x'; touch /tmp/owned; '", "package.json");
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toContain("holds a character that is not allowed here");
    expect((await server.exec(["test", "-e", "/tmp/owned"])).exitCode).toBe(1);
  });

  test("leaves no key behind", async () => {
    expect(readdirSync(scratch)).toEqual([]);
  });
});
