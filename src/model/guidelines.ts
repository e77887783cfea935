import type { Category } from "./finding.ts";

/** One row of the guidelines: WSO2 Integrator: BI, "Best Practices for Production Deployment", and what servers need besides. */
export type Guideline = {
  readonly id: string;
  readonly category: Category;
  readonly title: string;
  /** Not in the source; servers need it all the same. */
  readonly beyond: boolean;
};

const row = (id: string, category: Category, title: string, beyond = false): Guideline => ({
  id,
  category,
  title,
  beyond,
});

export const guidelines: readonly Guideline[] = [
  row("RT-01", "runtime", "Ballerina distribution, JRE, OS and base images on their latest patch"),
  row(
    "RT-02",
    "runtime",
    "Patching is automated: dependency scan in CI, update bots, staging and rollback plan, advisories followed",
  ),
  row("RT-03", "runtime", "Development tools current"),
  row(
    "RT-04",
    "runtime",
    "Separate keystore and truststore, strong passwords, no default stores, PKCS#12, RSA >= 2048 or EC, SHA-256, unexpired, CA-signed",
  ),
  row("RT-05", "runtime", "No secret in source, configuration or units; a secret manager is used"),
  row("RT-06", "runtime", "Default ports and credentials changed, unused ports and protocols off"),
  row(
    "RT-07",
    "runtime",
    "TLS to every external service, validated chain and host name, outbound only to approved endpoints",
  ),
  row("RT-08", "runtime", "Least-privilege database and directory accounts, rotated"),
  row("RT-09", "runtime", "TLS 1.2 and 1.3 only"),
  row("RT-10", "runtime", "Strong cipher suites, reviewed against a current standard"),
  row("RT-11", "runtime", "Logging and monitoring, tied into Prometheus, Jaeger, ELK"),
  row("RT-12", "runtime", "No log forging: structured format, escaped, log files writable by the service user only"),
  row("RT-13", "runtime", "JVM: supported JDK, heap limit, GC log, no debug or JMX port, non-root"),
  row("RT-14", "runtime", "Non-root, 0600 files, segmentation, periodic audit, encrypted backups, 'bal scan'"),
  row("OS-01", "os", "Dedicated service user: r-x application, rw logs, r configuration, no sudo"),
  row("OS-02", "os", "Minimal software"),
  row("OS-03", "os", "Host firewall, inbound and outbound, only needed ports"),
  row("OS-04", "os", "Cluster ports reachable by peers only"),
  row("OS-05", "os", "SSH: non-default port, no root login, keys not passwords, banner"),
  row("OS-06", "os", "Updates regular, tried in staging"),
  row("OS-07", "os", "User activity monitored, logs central"),
  row("OS-08", "os", "Daily encrypted backups off the host, access limited, restore tried"),
  row("OS-09", "os", "Kernel and network sysctls, modules", true),
  row("OS-10", "os", "Accounts, PAM, password policy, sudo, umask", true),
  row("OS-11", "os", "Mounts, file permissions, setuid, cron and at", true),
  row("OS-12", "os", "Time synchronisation", true),
  row("OS-13", "os", "AppArmor / SELinux on", true),
  row("OS-14", "os", "Boot loader, core dumps, integrity checks", true),
  row("NW-01", "network", "Failover: two nodes, three where the SLA is strict, health watched"),
  row("NW-02", "network", "Network-level logs kept and reviewed"),
  row("NW-03", "network", "Open ports and services audited"),
  row("NW-04", "network", "Devices: routes, ACLs, firewall rules verified; no default credentials"),
  row("NW-05", "network", "Firmware current"),
  row(
    "CF-01",
    "configuration",
    "VM, centralised layout: base, environment, endpoints, secrets, one loader with the right precedence",
  ),
  row("CF-02", "configuration", "VM, decentralised layout: per-service files named by the unit's 'BAL_CONFIG_FILES'"),
  row(
    "CF-03",
    "configuration",
    "Containers: no Config.toml in the image; read-only mounts, env files, Compose, Swarm secrets and configs",
  ),
  row("CF-04", "configuration", "Kubernetes: ConfigMap / Secret split, mounts and modes, kustomize base and overlays"),
  row(
    "CF-05",
    "configuration",
    "CI/CD: build without configuration, configure per environment, manual approval before production",
  ),
  row(
    "CF-06",
    "configuration",
    "Promotion dev -> staging -> production: validate, back up, transform, validate, apply, audit log, rollback",
  ),
  row(
    "CF-07",
    "configuration",
    "Endpoints promoted on their own: extract, transform, apply, check connectivity, record",
  ),
  row("CF-08", "configuration", "Precedence env > arguments > TOML > defaults used knowingly"),
  row("CF-09", "configuration", "Secrets never in version control, rotated, access audited"),
  row("CF-10", "configuration", "Configuration validated at start: required, ranges, fail fast"),
  row("CF-11", "configuration", "Example configuration and endpoint registry documented"),
  row("CF-12", "configuration", "Every configuration change logged: who, what, when, from where to where, rollback"),
];
