import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type DatabaseTls, databaseTls } from "../../../src/probes/database-tls.ts";
import { type Listener, listeners } from "../../../src/probes/listeners.ts";

const programs: Readonly<Record<DatabaseTls["kind"], readonly string[]>> = {
  postgresql: ["postgres"],
  mysql: ["mysqld", "mariadbd"],
};

const isOn = (value: string | undefined): boolean => /^(?:on|true|yes|1)$/iu.test(value ?? "");
const outdated = /^(?:SSLv3|TLSv1|TLSv1\.1)$/u;

/** Defaults: PostgreSQL has TLS off and 1.2 as its oldest (since 13); MySQL and MariaDB do not demand it. */
const problemsOf = ({ kind, settings }: DatabaseTls): readonly string[] => {
  if (kind === "postgresql") {
    if (!isOn(settings.get("ssl"))) return ["ssl is off: passwords and rows travel in plain text"];
    const minimum = settings.get("ssl_min_protocol_version");
    return minimum !== undefined && outdated.test(minimum) ? [`ssl_min_protocol_version = ${minimum}`] : [];
  }
  const versions = (settings.get("tls_version") ?? "").split(",").map((version) => version.trim());
  const old = versions.filter((version) => outdated.test(version));
  return [
    ...(settings.has("skip_ssl") ? ["skip-ssl switches TLS off"] : []),
    ...(isOn(settings.get("require_secure_transport"))
      ? []
      : ["require_secure_transport is off: clients may come in plain text"]),
    ...(old.length > 0 ? [`tls_version allows ${old.join(", ")}`] : []),
  ];
};

/** Reached from other machines: over a Unix socket or loopback nobody listens in. */
const isReached = (kind: DatabaseTls["kind"], sockets: readonly Listener[]): boolean =>
  sockets.some(
    ({ reach, processes }) => reach !== "loopback" && processes.some(({ name }) => programs[kind].includes(name)),
  );

/** postgresql.conf "SSL"; MySQL reference manual, "Using Encrypted Connections". */
export const tlsDatabases = control({
  id: "tls-databases",
  guideline: ["RT-09"],
  title: "Database servers that others reach speak current TLS",
  failing: "A database server that others reach speaks plain text or outdated TLS",
  severity: "medium",
  risk: "none",
  rationale:
    "A database speaks before TLS begins, so it is not asked with a hello but by what its configuration says. Every login that reaches it in plain text can be read on the way. Its owner switches TLS on: clients that cannot do it would be shut out.",
  references: [{ source: "NIST 800-53", id: "SC-8" }],
  needs: { servers: databaseTls, sockets: listeners },
  applies: ({ servers, sockets }) =>
    servers.some(({ kind }) => isReached(kind, sockets)) || "no database server here is reached from other machines",
  inspect: ({ servers, sockets }) => {
    const reached = servers.filter(({ kind }) => isReached(kind, sockets));
    const evidence = reached.map(({ file, settings }) => ({
      asked: `TLS settings of ${file}`,
      answered:
        [...settings]
          .filter(([name]) => /ssl|tls|secure/u.test(name))
          .map(([name, value]) => `${name}=${value}`)
          .join(", ") || "none",
    }));
    const problems = reached.flatMap((server) => problemsOf(server).map((problem) => `${server.file}: ${problem}`));
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: () => [],
});
