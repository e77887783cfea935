import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { serviceUserName, serviceUserUnit } from "../../os/service-user/questions.ts";
import { logsFormat, logsLevel, logsMetricsAddress } from "./questions.ts";

const files: readonly { readonly path: string; readonly name: string; readonly about: string }[] = [
  {
    path: "/etc/drawbridge/examples/logging.Config.toml",
    name: "logging.Config.toml",
    about:
      "Log and metrics settings for Config.toml, by the version that knows each: an unknown key stops the program.",
  },
  {
    path: "/etc/prometheus/scrape.d/integrations.yml",
    name: "prometheus-scrape.yml",
    about:
      "Scrapes the integrations: name it in scrape_config_files of prometheus.yml (2.43 and newer), or copy its jobs.",
  },
  {
    path: "/etc/prometheus/rules.d/integrations.yml",
    name: "prometheus-alerts.yml",
    about: "Alerts for integrations: name it in rule_files; promtool check rules judges it.",
  },
  {
    path: "/etc/otelcol/integrations.yaml",
    name: "otel-collector.yaml",
    about: "OpenTelemetry collector: journal to Elasticsearch, metrics to Prometheus, traces to Jaeger.",
  },
  {
    path: "/etc/fluent-bit/integrations.conf",
    name: "fluent-bit.conf",
    about: "Fluent Bit instead of the collector: journal to Elasticsearch, over TLS that is verified.",
  },
  {
    path: "/etc/fluent-bit/integrations-parsers.conf",
    name: "fluent-bit-parsers.conf",
    about: "How Fluent Bit reads a line of an integration.",
  },
  {
    path: "/etc/systemd/journal-upload.conf.d/integrations.conf",
    name: "journal-upload.conf",
    about:
      "Forwards the journal to a systemd-journal-remote, over TLS in both directions: systemctl enable --now systemd-journal-upload.",
  },
  {
    path: "/etc/drawbridge/examples/jaeger.Config.toml",
    name: "jaeger.Config.toml",
    about: "Traces to Jaeger, through the collector on this machine.",
  },
];

/** How a line of each form begins, as text and as a regular expression, and which operator of the collector reads it. */
const lines = {
  json: { lineStart: "{", lineStartPattern: "\\{", collectorParser: "json_parser" },
  logfmt: { lineStart: "time=", lineStartPattern: "time=", collectorParser: "key_value_parser" },
} as const;

/** Everything that RT-11 asks of other machines: scrape jobs, alerts, collectors. Nothing in them is applied by drawbridge. */
export const generateLogs = (answers: AnswerReader): readonly RenderedFile[] => {
  const units = answers.get(serviceUserUnit);
  const name = answers.get(serviceUserName) || "integration";
  const unitNames = units.length === 0 ? [`${name}.service`] : units;
  const address = answers.get(logsMetricsAddress);
  const format = answers.get(logsFormat);
  const values: Readonly<Record<string, string>> = {
    name,
    unitList: unitNames.map((unit) => JSON.stringify(unit)).join(", "),
    systemdFilters: unitNames.map((unit) => `    Systemd_Filter  _SYSTEMD_UNIT=${unit}`).join("\n"),
    address,
    // An address of IPv6 and a port: RFC 3986, 3.2.2.
    host: address.includes(":") ? `[${address}]` : address,
    format,
    ...lines[format],
    level: answers.get(logsLevel),
  };
  return files.map(({ path, name: file, about }) => ({
    path,
    content: template(`runtime/logs/${file}`).replaceAll(
      /\{\{(\w+)\}\}/gu,
      (whole, key: string) => values[key] ?? whole,
    ),
    mode: "0644",
    about,
  }));
};
