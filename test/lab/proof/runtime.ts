import { template } from "../../../src/embedded/templates.ts";
import { guidelinePath } from "../../../src/probes/tls-system.ts";
import { shippedTable } from "../../../src/versions/table.ts";
import { type ByHand, type Deed, type Flaw, sh, type Variant } from "./flaw.ts";
import { listsRead, older } from "./os.ts";

const config = "/opt/orders/Config.toml";

/** What makes the worst integration worse. */
export const runtimeFlaws: readonly Flaw[] = [
  {
    control: "network-logs-readers",
    deeds: [sh("curl -ksS -o /dev/null https://127.0.0.1/; chmod 0644 /var/log/nginx/*.log")],
  },
];

const jar = "/opt/orders/orders.jar";
const edited = (script: string): readonly Deed[] => [{ keep: config }, { run: ["sed", "-i", script, config] }];

const store = "/opt/orders/ballerinaKeystore.p12";
/** A key that is too short, a certificate that ends tomorrow, ciphers of the last century. */
const badStore: readonly Deed[] = [
  { keep: store },
  sh(`work=$(mktemp -d); cd "$work"
openssl req -x509 -newkey rsa:1024 -nodes -days 1 -subj /O=Example/CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem 2>/dev/null
openssl pkcs12 -export -legacy -inkey key.pem -in cert.pem -name ballerina -passout pass:ballerina -out store.p12
cat store.p12 > ${store}; cd /; rm -rf "$work"`),
];

const serviceFiles = ["service-user-account", "service-user-files"];

export const runtimeVariants: readonly Variant[] = [
  { controls: ["service-user-unit"], with: serviceFiles },
  { controls: ["log-files"], with: serviceFiles },
  { controls: ["jvm-user"], with: [...serviceFiles, "service-user-unit"] },
  { controls: ["open-ports-watched"], with: ["runtime-audit-timer"] },
  { controls: ["default-console-ports"], with: ["jvm-debug", "jvm-jmx", "log-metrics-address"], vanishes: true },
  { controls: ["endpoint-egress"], answers: { "endpoints.egress": "allow-list" } },
  { controls: ["database-administrative-account"], answers: { "databases.account": "orders_app" } },
  { controls: ["network-logs-kept"], answers: { "network-logs.days": 60 } },
  { controls: ["layout-files"], with: serviceFiles, answers: { "layout.form": "centralised" } },
  { controls: ["layout-loader"], answers: { "layout.form": "centralised" } },
  { controls: ["values-shadowed"], with: ["secret-in-command-line"] },
  { controls: ["stores-key-strength"], flaw: badStore },
  { controls: ["stores-expiry"], flaw: badStore },
  { controls: ["stores-kind"], flaw: badStore },
  { controls: ["log-metrics"], flaw: edited("s/^metricsEnabled = true/metricsEnabled = false/") },
  {
    controls: ["secret-file-permissions"],
    with: serviceFiles,
    flaw: [
      { run: ["install", "-d", "-m", "0777", "/etc/integrations"] },
      { file: "/etc/integrations/orders.secrets.toml", content: 'dbPassword = "proof-open-4471"\n' },
    ],
    clean: [{ gone: "/etc/integrations" }],
  },
  {
    controls: ["tls-key-exchange"],
    flaw: [
      { keep: "/etc/nginx/sites-enabled/orders" },
      sh(
        "openssl dhparam -dsaparam -out /etc/nginx/dh.pem 1024 2>/dev/null; sed -i 's|^    ssl_ciphers.*|&\\n    ssl_dhparam /etc/nginx/dh.pem;|' /etc/nginx/sites-enabled/orders; systemctl reload nginx",
      ),
    ],
    clean: [{ gone: "/etc/nginx/dh.pem" }, { run: ["systemctl", "reload", "nginx"] }],
  },
  {
    controls: ["tls-certificate-served"],
    with: [
      "stores-default-certificate",
      "stores-proxy-certificate",
      "stores-names",
      "stores-password",
      "stores-separation",
    ],
  },
  { controls: ["tls-agreement"], with: ["tls-protocols", "tls-java"] },
];

const table = shippedTable();
const versionsFile = "/etc/drawbridge/versions.json";
/** A table by which everything here is out of date. */
const laterTable = JSON.stringify({
  ...table,
  date: "2026-11-20",
  java: Object.fromEntries(
    Object.entries(table.java).map(([major]) => [major, { latest: `${major}.9.99`, supportEnds: "2026-01-01" }]),
  ),
  releases: Object.fromEntries(Object.keys(table.releases).map((name) => [name, { securityEnds: "2026-01-01" }])),
});
const byTable = (control: string): ByHand => ({
  control,
  round: "a table of versions by which everything is out of date",
  flaw: [{ file: versionsFile, content: `${laterTable}\n`, mode: "0600" }],
});

export const runtimeByHand: readonly ByHand[] = [
  {
    control: "versions-ballerina",
    mend: [{ file: "/usr/lib/ballerina/distributions/ballerina-version", content: "ballerina-2201.13.5\n" }],
  },
  {
    control: "versions-java-bundled",
    mend: [
      {
        file: "/usr/lib/ballerina/dependencies/jdk-17.0.7+7-jre/release",
        content: 'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="21.0.99"\nJAVA_VERSION_DATE="2026-10-20"\n',
      },
    ],
  },
  byTable("versions-java"),
  byTable("versions-java-supported"),
  byTable("versions-os"),
  {
    control: "versions-table-age",
    round: "an old table of versions",
    flaw: [{ file: versionsFile, content: `${JSON.stringify({ ...table, date: "2025-01-01" })}\n`, mode: "0600" }],
  },
  {
    control: "versions-base-image",
    mend: [
      {
        file: "/opt/orders/docker-compose.yml",
        content: `services:\n  orders:\n    image: debian:13@sha256:${"5f".repeat(32)}\n`,
      },
    ],
  },
  {
    control: "tools-development",
    mend: [{ gone: "/usr/bin/bal" }],
  },
  {
    control: "open-ports-declared",
    mend: [],
    mendAnswers: { "open-ports.allowed": ["1-65535/tcp", "1-65535/udp"] },
  },
  {
    control: "open-ports-owned",
    answers: { "open-ports.owners": ["22/tcp; Operations; administration"] },
    mend: [],
    mendAnswers: {
      "open-ports.owners": ["1-65535/tcp; Operations; the integration", "1-65535/udp; Operations; the same"],
    },
  },
  {
    control: "open-ports-legacy-services",
    flaw: [
      {
        run: [
          "systemd-run",
          "--unit=legacy",
          "--quiet",
          "perl",
          "-MSocket",
          "-e",
          "socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(23, INADDR_ANY)) or die; listen(S, 5); sleep 3600",
        ],
      },
    ],
    mend: [{ run: ["systemctl", "stop", "legacy.service"] }],
  },
  {
    control: "workload-service",
    flaw: [
      sh(`install -d /srv/loose; sed 's/^httpsPort = .*/httpsPort = 9453/; s/^metricsEnabled = .*/metricsEnabled = false/; s/^\\[ballerina.http\\]/&\\ndefaultListenerPort = 9195/' ${config} > /srv/loose/Config.toml
cp /opt/orders/orders.jar /srv/loose/loose.jar; cd /srv/loose; setsid java -Xmx48m -jar loose.jar > /dev/null 2>&1 < /dev/null & sleep 1`),
    ],
    mend: [sh("kill $(pgrep -f 'loose[.]jar'); rm -rf /srv/loose")],
  },
  { control: "versions-packages", flaw: [...older("openssl"), ...listsRead], clean: listsRead },
  { control: "secret-default-values", flaw: edited('s/^apiKey = .*/apiKey = "changeme"/') },
  {
    control: "secret-in-jar",
    round: "a program that was built badly",
    flaw: [{ jar, program: { bridge: true, resources: { "resources/acme/orders/Config.toml": "# built in\n" } } }],
    mend: [{ jar, program: { bridge: true, netty: table.netty.latest } }],
  },
  { control: "versions-netty", round: "a program that was built badly", flaw: [], mend: [] },
  {
    control: "tls-system-policy",
    flaw: [
      {
        file: "/etc/ssl/openssl.cnf",
        content: `openssl_conf = openssl_init

[openssl_init]
providers = provider_sect
ssl_conf = ssl_sect

[provider_sect]
default = default_sect

[default_sect]
activate = 1

[ssl_sect]
system_default = system_default_sect

[system_default_sect]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0

[req]
distinguished_name = req_dn

[req_dn]
`,
      },
    ],
  },
  {
    control: "tls-review-age",
    flaw: [
      {
        file: guidelinePath,
        mode: "0600",
        content: JSON.stringify({ ...JSON.parse(template("tls/guideline.json")), published: "2020-01-01" }),
      },
    ],
  },
  {
    control: "tls-databases",
    round: "a database server in plain text",
    flaw: [
      { file: "/etc/mysql/my.cnf", content: "[mysqld]\nrequire_secure_transport = OFF\n" },
      sh(
        "cp /usr/bin/perl /srv/mysqld; systemd-run --unit=database --quiet /srv/mysqld -MSocket -e 'socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(3306, INADDR_ANY)) or die; listen(S, 5); sleep 3600'; until ss -Hltn 'sport = :3306' | grep -q .; do sleep 0.2; done",
      ),
    ],
    mend: [{ file: "/etc/mysql/my.cnf", content: "[mysqld]\nrequire_secure_transport = ON\n" }],
    clean: [sh("systemctl stop database.service; rm -f /srv/mysqld; rmdir --ignore-fail-on-non-empty /etc/mysql")],
  },
  {
    control: "directory-account",
    round: "a directory, and addresses that cannot be right",
    flaw: [
      { keep: config },
      sh(`printf '\\n[ldap]\\nhost = "ldap.internal.example"\\nbindDn = "cn=admin,dc=example"\\n' >> ${config}`),
    ],
    mend: [{ run: ["sed", "-i", "s/cn=admin,dc=example/cn=orders,ou=services,dc=example/", config] }],
  },
  {
    control: "values-endpoints",
    round: "a directory, and addresses that cannot be right",
    answers: { "values.stage": "production" },
    flaw: [
      { keep: config },
      { run: ["sed", "-i", 's|^upstreamUrl = .*|upstreamUrl = "http://localhost:1/stock"|', config] },
    ],
    mend: [{ run: ["sed", "-i", 's|^upstreamUrl = .*|upstreamUrl = "http://127.0.0.1:8081/stock"|', config] }],
  },
  {
    control: "endpoint-encrypted",
    round: "a partner without TLS",
    flaw: [...edited('s|^upstreamUrl = .*|upstreamUrl = "http://192.0.2.10:8081/stock"|')],
  },
  {
    control: "endpoint-handshake",
    round: "a partner that proves nothing",
    flaw: edited('/^endpoint = /d; s|^upstreamUrl = .*|upstreamUrl = "https://localhost:443/"|'),
    mend: edited(
      's|^enable = false|enable = true\\ncert = "/etc/nginx/orders.pem"|; s/^verifyHostName = false/verifyHostName = true/',
    ),
  },
  {
    control: "repository-rotation",
    round: "secrets that nobody changed for years",
    flaw: [{ keep: config }, { run: ["touch", "-d", "2020-01-01", config] }],
  },
  {
    control: "history-intact",
    round: "a history that somebody edited",
    flaw: [{ file: "/var/lib/drawbridge/log/changes.jsonl", content: '{"edited":"by hand"}\n', mode: "0600" }],
  },
  { control: "database-account-named", flaw: edited("/^dbUser = /d") },
  {
    control: "database-connection-encrypted",
    mend: edited('s/^mode = "DISABLED"/mode = "VERIFY_IDENTITY"/'),
  },
  {
    control: "schema-configuration",
    round: "a configuration that the program would not take",
    flaw: [],
  },
  {
    control: "workload-configuration-valid",
    round: "a configuration that the program would not take",
    flaw: edited('s/^httpsPort = .*/httpsPort = "many"\\nnoSuchVariable = 1/'),
  },
  {
    control: "schema-trial-start",
    round: "a configuration that the program would not take",
    answers: { "schema.trial": true },
    flaw: [],
  },
  {
    control: "network-logs-written",
    flaw: [
      { keep: "/etc/nginx/sites-enabled/orders" },
      {
        run: [
          "sed",
          "-i",
          "s/^    listen 443 ssl;/    listen 443 ssl;\\n    access_log off;/",
          "/etc/nginx/sites-enabled/orders",
        ],
      },
      { run: ["systemctl", "reload", "nginx"] },
    ],
  },
  {
    control: "network-logs-forwarded",
    mend: [
      { keep: "/etc/nginx/sites-enabled/orders" },
      {
        file: "/etc/nginx/conf.d/forward.conf",
        content:
          "access_log syslog:server=192.0.2.10:5514,tag=nginx;\nerror_log syslog:server=192.0.2.10:5514,tag=nginx;\n",
      },
      { run: ["systemctl", "reload", "nginx"] },
    ],
  },
  {
    control: "network-logs-firewall",
    flaw: [
      sh(
        "nft 'add table inet proof; add chain inet proof input { type filter hook input priority 0; policy accept; }'",
      ),
    ],
    mend: [
      sh(
        "install -d -g systemd-journal -m 2755 /var/log/journal; nft 'add rule inet proof input tcp dport 9 limit rate 5/minute log prefix \"refused \"; add rule inet proof input tcp dport 9 drop'",
      ),
    ],
    clean: [sh("nft delete table inet proof")],
  },
];
