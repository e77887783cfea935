/**
 * CF-03, CF-04, CF-05, CF-09: what is generated is taken by those who read it, and secrets in a repository's history and in saved images
 * are all found on a real server, without one value in anything that is printed and without running what a repository names.
 */
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { document, drawbridgeOver, type InspectionDocument, type PlanDocument } from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, run, type Server, snapshotTree } from "./harness/index.ts";
import {
  actionlint,
  dockerStack,
  groovy,
  hadolint,
  type Judgement,
  kubernetesSchemas,
  kustomize,
  schemaValidator,
  shellcheck,
} from "./validators.ts";
import { mark, marksIn } from "./workload/index.ts";

const reason = labOrSkip();
const note = reason === undefined ? "" : ` (skipped: ${reason})`;
const dockerClient = reason === undefined ? await dockerStack() : undefined;

describe.skipIf(reason !== undefined)(`what generate writes for images${note}`, () => {
  const folder = mkdtempSync(join(tmpdir(), "drawbridge-containers-"));
  const repository = join(folder, "files/repository");
  beforeAll(async () => {
    const answers = [
      ["kubernetes.egress", "db.example.net:5432,10.0.0.7:8443,stock.shop.svc.cluster.local:9090"],
      ["kubernetes.replicas", "3"],
    ].flatMap(([id, value]) => ["--set", `${id}=${value}`]);
    const { exitCode, stderr } = await run([
      process.execPath,
      "src/cli.ts",
      "generate",
      join(folder, "files"),
      ...answers,
    ]);
    expect(exitCode, stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** Taken as it is, and refused with one mistake in it: a checker that takes that too proves nothing. */
  const holds = async (
    validator: ((path: string) => Promise<Judgement>) | undefined,
    path: string,
    from: string,
    to: string,
  ) => {
    if (validator === undefined) throw new Error(`the checker of ${path} could not be fetched`);
    const { fine, said } = await validator(join(repository, path));
    expect(fine, said).toBe(true);
    const text = readFileSync(join(repository, path), "utf8");
    expect(text).toContain(from);
    // Beside the right one, so that what it names is there too.
    const spoiled = join(repository, dirname(path), `spoiled-${basename(path)}`);
    writeFileSync(spoiled, text.replace(from, to));
    expect((await validator(spoiled)).fine).toBe(false);
    rmSync(spoiled);
  };

  test("Dockerfile: hadolint", async () => {
    await holds(await hadolint(), "Dockerfile", "USER 10014:10014", "USER root\nRUN cd /tmp && sudo ls");
  });
  test.each(["compose.yaml", "stack.yaml"])("%s: the published Compose schema", async (name) => {
    await holds(await schemaValidator("compose-spec"), `deploy/compose/${name}`, "read_only: true", "read_only: [1]");
  });
  // Only where there is one at hand: the published schema judges it everywhere.
  if (dockerClient !== undefined)
    test("stack.yaml: Docker's own client", async () => {
      await holds(dockerClient, "deploy/compose/stack.yaml", "read_only: true", "read_only: [1]");
    });
  test("GitHub: the published schema, and actionlint with shellcheck", async () => {
    const path = ".github/workflows/image-delivery.yml";
    await holds(await schemaValidator("github-workflows"), path, "runs-on:", "run-on:");
    await holds(await actionlint(), path, "needs: [build, staging]", "needs: [build, stagings]");
  });
  test("GitLab: the published schema", async () => {
    await holds(await schemaValidator("gitlab-ci"), ".gitlab/image-delivery.yml", "when: manual", "when: by hand");
  });
  test("Jenkins: Groovy can read it", async () => {
    await holds(await groovy(), "Jenkinsfile.image-delivery", "stages {", "stages (");
  });
  test.each(["deploy/build-image.sh", "deploy/promote.sh"])("%s: shellcheck", async (path) => {
    await holds(shellcheck(), path, "set -eu", 'set -eu\necho "$unheard_of"');
  });

  describe.each([
    ["development", 1],
    ["staging", 2],
    ["production", 3],
  ])("Kubernetes, %s", (environment, replicas) => {
    type Built = { kind: string; metadata: { namespace?: string; name: string }; spec: Record<string, unknown> };
    let built: readonly Built[] = [];
    const file = join(folder, `${environment}.yaml`);
    beforeAll(async () => {
      const build = await kustomize();
      if (build === undefined) throw new Error("kustomize could not be built");
      const { fine, said } = await build(join(repository, "deploy/kubernetes/overlays", environment));
      expect(fine, said).toBe(true);
      writeFileSync(file, said);
      const documents = parseAllDocuments(said);
      built = Array.isArray(documents) ? documents.map((one) => one.toJS() as Built) : [];
    });
    const of = (kind: string) => built.find((object) => object.kind === kind)?.spec;

    test("Kubernetes' own schemas take what kustomize builds", async () => {
      const validator = await kubernetesSchemas();
      if (validator === undefined) throw new Error("kubernetes-validate could not be fetched");
      const { fine, said } = await validator(file);
      expect(fine, said).toBe(true);
      const spoiled = join(folder, `spoiled-${environment}.yaml`);
      writeFileSync(spoiled, readFileSync(file, "utf8").replace("runAsNonRoot", "runAsNotRoot"));
      expect((await validator(spoiled)).fine).toBe(false);
    });
    test("everything is in one namespace, with its replicas, and names are still looked up", () => {
      const namespaces = new Set(
        built.map(({ kind, metadata }) => (kind === "Namespace" ? metadata.name : metadata.namespace)),
      );
      expect([...namespaces]).toEqual([`integration-${environment}`]);
      expect(of("Deployment")?.replicas).toBe(replicas);
      const egress = of("NetworkPolicy")?.egress as { to: { podSelector?: object }[] }[];
      expect(egress).toHaveLength(4);
      expect(egress[0]?.to[0]?.podSelector).toEqual({ matchLabels: { "k8s-app": "kube-dns" } });
    });
    test("it passes Drawbridge's own inspection of what is named", () => {
      const { template } = of("Deployment") as {
        template: { spec: { volumes: { secret?: { defaultMode: number } }[] } };
      };
      expect(template.spec.volumes.find(({ secret }) => secret !== undefined)?.secret?.defaultMode).toBe(0o440);
    });
  });

  test("compose.yaml starts nothing without a digest", () => {
    const { services } = parse(readFileSync(join(repository, "deploy/compose/compose.yaml"), "utf8"));
    expect(services.integration.image).toMatch(/^\$\{IMAGE:\?/u);
  });
});

type File = readonly [name: string, content: string | Buffer];
const tar = async (files: readonly File[]): Promise<Buffer> => {
  const archive = pack();
  for (const [name, content] of files) archive.entry({ name, mode: 0o644 }, content);
  archive.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of archive) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};
const digest = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** Two layers, of which the second deletes the configuration of the first. */
const layers = async (seed: string): Promise<readonly Buffer[]> => [
  await tar([
    ["home/ballerina/Config.toml", `dbPassword = "${mark(`${seed}-deleted`)}"\n`],
    ["app/tls/service.key", `-----BEGIN PRIVATE KEY-----\n${mark(`${seed}-key`)}\n-----END PRIVATE KEY-----\n`],
    ["opt/program/program.jar", Buffer.alloc(600_000, 7)],
    ["usr/share/doc/x/example.toml", `password = "${mark(`${seed}-documentation`)}"\n`],
  ]),
  await tar([
    ["home/ballerina/.wh.Config.toml", ""],
    ["app/.env", `API_TOKEN=${mark(`${seed}-env`)}\n`],
    ["srv/orders/Config.toml", `[db]\npassword = "${mark(`${seed}-config`)}"\n`],
    ["app/two words.properties", `store.password=${mark(`${seed}-properties`)}\n`],
  ]),
];
const configuration = (seed: string) =>
  JSON.stringify({
    config: { User: "", Env: ["PATH=/bin", `DB_PASSWORD=${mark(`${seed}-variable`)}`] },
    history: [{ created_by: `/bin/sh -c curl -H "Authorization: Bearer ${mark(`${seed}-history`)}" https://x` }],
  });
const savedByDocker = async (seed: string): Promise<Buffer> => {
  const [lower, upper] = await layers(seed);
  const config = configuration(seed);
  const manifest = JSON.stringify([
    { Config: "config.json", RepoTags: [`acme/${seed}:1`], Layers: ["1/layer.tar", "2/layer.tar"] },
  ]);
  return tar([
    ["config.json", config],
    ["1/layer.tar", lower ?? ""],
    ["2/layer.tar", upper ?? ""],
    ["manifest.json", manifest],
  ]);
};
const savedAsOci = async (seed: string): Promise<Buffer> => {
  const packed = (await layers(seed)).map((layer) => gzipSync(layer));
  const config = configuration(seed);
  const described = (content: string | Buffer) => ({ digest: `sha256:${digest(content)}`, size: content.length });
  const manifest = JSON.stringify({ config: described(config), layers: packed.map(described) });
  const annotations = { "org.opencontainers.image.ref.name": `acme/${seed}:2` };
  const index = JSON.stringify({ manifests: [{ ...described(manifest), annotations }] });
  const blobs = [manifest, config, ...packed].map((content): File => [`./blobs/sha256/${digest(content)}`, content]);
  return gzipSync(await tar([["oci-layout", '{"imageLayoutVersion":"1.0.0"}'], ["index.json", index], ...blobs]));
};

/** As its owner would make it, and with a configuration that would run programs if anybody let it. */
const makeRepository = `
useradd --create-home dev
install -d -o dev -g dev /srv/orders
runuser -u dev -- sh -euc 'cd /srv/orders
export GIT_AUTHOR_NAME=dev GIT_AUTHOR_EMAIL=dev@example.com GIT_COMMITTER_NAME=dev GIT_COMMITTER_EMAIL=dev@example.com
git init -q -b main .
printf "dbPassword = \\"${mark("git-deleted")}\\"\\n" > Config.toml
printf "string apiKey = \\"${mark("git-code")}\\";\\n" > main.bal
git add -A; git commit -qm one
git rm -q Config.toml; mkdir deploy; printf "TOKEN=${mark("git-env")}\\n" > deploy/.env; git add -A; git commit -qm two
git checkout -q -b side; printf "db.password=${mark("git-branch")}\\n" > side.properties; git add -A; git commit -qm three; git checkout -q main
printf "x.password=${mark("git-stash")}\\n" > stash.properties; git add -A; git stash -q
printf "y.password=${mark("git-reflog")}\\n" > gone.properties; git add -A; git commit -qm four; git reset -q --hard HEAD~1
git config core.fsmonitor "touch /tmp/owned-monitor"
git config core.pager "touch /tmp/owned-pager"
git config diff.external "touch /tmp/owned-diff"
git config core.hooksPath /srv/orders/.git/hooks
git config core.alternateRefsCommand "touch /tmp/owned-refs"
git config extensions.partialClone origin
git config remote.origin.promisor true
git config remote.origin.url "ext::sh -c touch% /tmp/owned-transport"
for hook in post-checkout reference-transaction post-index-change; do printf "#!/bin/sh\\ntouch /tmp/owned-hook\\n" > .git/hooks/$hook; chmod +x .git/hooks/$hook; done'
`;

describe.skipIf(reason !== undefined)(`a repository and images seeded with secrets${note}`, () => {
  let lab: Lab;
  let server: Server;
  const said: string[] = [];
  const given = [
    "workload.expected=true",
    "repository.paths=/srv/orders",
    "containers.images=/srv/images/docker.tar,/srv/images/oci.tar.gz",
    "containers.files=/srv/shop",
    "kubernetes.manifests=/srv/shop/manifests.yaml",
  ].flatMap((answer) => ["--set", answer]);
  const steps = ["containers", "kubernetes", "delivery", "repository"].flatMap((step) => ["--step", step]);
  const cli = async (...words: readonly string[]) => {
    const result = await drawbridgeOver(lab, server)(...words, ...steps, ...given);
    said.push(result.stdout, result.stderr);
    return result;
  };
  let findings: (InspectionDocument["findings"][number] & { evidence: { asked: string; answered: string }[] })[] = [];
  const finding = (id: string) => findings.find(({ controlId }) => controlId === id);
  const answered = (id: string) =>
    finding(id)
      ?.evidence.map((one) => one.answered)
      .join("\n") ?? "";

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "git" });
    await server.must(["sh", "-euc", makeRepository]);
    await server.must(["mkdir", "-p", "/srv/images", "/srv/shop"]);
    await server.writeFile("/srv/images/docker.tar", await savedByDocker("orders"));
    await server.writeFile("/srv/images/oci.tar.gz", await savedAsOci("billing"));
    await server.writeFile("/srv/shop/Config.toml", `token = "${mark("beside")}"\n`);
    await server.writeFile(
      "/srv/shop/Dockerfile",
      `FROM ballerina/jvm-runtime:latest\nENV DB_PASSWORD=${mark("dockerfile")}\nCOPY . /app\n`,
    );
    await server.writeFile(
      "/srv/shop/compose.yaml",
      `services:\n  shop:\n    image: shop\n    user: root\n    environment:\n      DB_PASSWORD: ${mark("compose")}\n    volumes: [/var/run/docker.sock:/var/run/docker.sock]\n`,
    );
    await server.writeFile(
      "/srv/shop/manifests.yaml",
      `kind: Secret\nmetadata: { name: s }\nstringData: { secrets.toml: "a = '${mark("manifest")}'" }\n---\nkind: ConfigMap\nmetadata: { name: c }\ndata: { Config.toml: 'dbPassword = "${mark("config-map")}"' }\n`,
    );
    await server.must(["sh", "-c", "rm -f /tmp/owned*"]);
    const before = await snapshotTree(server.root, { paths: ["/srv", "/home", "/tmp"] });
    findings = document<InspectionDocument>(await cli("inspect", "--format", "json")).findings as typeof findings;
    expect(compareTrees(before, await snapshotTree(server.root, { paths: ["/srv", "/home", "/tmp"] }))).toEqual([]);
  });
  afterAll(() => lab?.close());

  test("the newest commit, and every place of the history: deleted, on a branch, stashed, reset away", () => {
    expect(finding("repository-secrets")?.result).toBe("fail");
    expect(answered("repository-secrets")).toMatch(/^deploy\/\.env:1 TOKEN .*\nmain\.bal:1 apiKey /mu);
    const history = answered("repository-history");
    for (const place of ["Config.toml:1 dbPassword", "side.properties:1", "stash.properties:1", "gone.properties:1"])
      expect(history).toContain(place);
    expect(finding("repository-ignore")?.result).toBe("fail");
  });

  test("nothing that the repository names was run", async () => {
    expect(
      (await server.must(["sh", "-c", "ls -A /tmp"])).split("\n").filter((name) => name.startsWith("owned")),
    ).toEqual([]);
  });

  test.each([
    ["orders", "docker.tar"],
    ["billing", "oci.tar.gz"],
  ])("every seed of the image of %s (%s)", (seed, archive) => {
    const evidence = (id: string) =>
      finding(id)
        ?.evidence.find(({ asked }) => asked.includes(`acme/${seed}`) && asked.endsWith(archive))
        ?.answered.split("\n");
    expect(evidence("image-configuration")).toEqual([
      "layer 1: home/ballerina/Config.toml, taken away by a later layer and still delivered",
      "layer 2: srv/orders/Config.toml",
    ]);
    expect(evidence("image-secrets")).toEqual([
      "environment DB_PASSWORD",
      "history, command 1",
      "layer 1: home/ballerina/Config.toml (dbPassword), taken away by a later layer and still delivered",
      "layer 1: app/tls/service.key (private key)",
      "layer 2: app/.env (API_TOKEN)",
      "layer 2: srv/orders/Config.toml (password)",
      "layer 2: app/two words.properties (store.password)",
    ]);
    expect(evidence("image-user")).toEqual(["names no user: root"]);
  });

  test("Dockerfile, compose file and manifests", () => {
    for (const id of [
      "dockerfile-configuration",
      "dockerfile-secrets",
      "dockerfile-user",
      "dockerfile-base",
      "compose-environment",
      "compose-isolation",
      "compose-user",
      "compose-images",
      "kubernetes-secrets",
      "kubernetes-configuration",
    ])
      expect([id, finding(id)?.result]).toEqual([id, "fail"]);
  });

  test("nothing is planned, and no value is in anything that was printed", async () => {
    const plan = document<PlanDocument>(await cli("plan", "--recommended", "--format", "json"));
    expect(plan.changes.filter(({ title }) => !/answers|remember/iu.test(title))).toEqual([]);
    await cli("inspect");
    expect(said.join("").length).toBeGreaterThan(10_000);
    expect(marksIn(said.join("\n"))).toEqual([]);
  });
});
