/** The worst integration that could still be found in production: one for every row of the runtime guidelines. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { must, type Server } from "../harness/index.ts";
import { type Integration, installIntegration, listening } from "./integration.ts";
import { mark } from "./marks.ts";

export type WorstIntegration = Integration & {
  /** URLs that answer as long as the service is up. */
  urls: { plain: string; own: string; proxy: string };
  /** Path of the control plane's certificate, readable for everybody and named in no configuration. */
  controlPlaneCertificate: string;
};

/** Named and dressed as the store that Ballerina ships, self-signed here because the true private key is not at hand. */
const wellKnownName = "CN=localhost, OU=WSO2, O=WSO2, L=Mountain View, ST=CA, C=US";

/** A PKCS#12 with one key, and its certificate and key as PEM, made with this machine's tools. */
async function makeStore(
  alias: string,
  password: string,
  name: string,
): Promise<{ store: Buffer; certificate: Buffer; key: Buffer }> {
  const folder = mkdtempSync(`${tmpdir()}/standin-store-`);
  try {
    const subject = `/${name.split(", ").reverse().join("/")}`;
    await must(
      ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", subject]
        .concat(["-addext", "subjectAltName=DNS:localhost"])
        .concat(["-keyout", `${folder}/key.pem`, "-out", `${folder}/cert.pem`]),
    );
    await must(
      ["openssl", "pkcs12", "-export", "-inkey", `${folder}/key.pem`, "-in", `${folder}/cert.pem`].concat([
        "-name",
        alias,
        "-passout",
        "stdin",
        "-out",
        `${folder}/store.p12`,
      ]),
      { input: `${password}\n` },
    );
    return {
      store: readFileSync(`${folder}/store.p12`),
      certificate: readFileSync(`${folder}/cert.pem`),
      key: readFileSync(`${folder}/key.pem`),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const config = (upstream: string): string => `# orders: production
dbHost = "db.internal.example"
dbPort = 3306
dbName = "orders"
dbUser = "root"            # asked for a better one in March
dbPassword = "${mark("toml-database")}"
upstreamUrl = "http://${upstream}:8081/stock"
apiKey = "${mark("toml-api-key")}"
httpsPort = 9443
httpsProtocols = ["TLSv1", "TLSv1.1", "TLSv1.2"]
httpsCiphers = ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_WITH_AES_128_CBC_SHA"]
keystorePath = "/opt/orders/ballerinaKeystore.p12"
keystorePassword = "ballerina"
truststorePath = "/opt/orders/ballerinaKeystore.p12"
truststorePassword = "ballerina"

[upstreamSecureSocket]
enable = false
verifyHostName = false

[dbOptions.ssl]
mode = "DISABLED"

[notifications]
endpoint = "https://notify:${mark("toml-url")}@hooks.internal.example/orders"
token = "${mark("toml-token")}"

[ballerina.http]
traceLogConsole = true

[ballerina.log]
level = "DEBUG"

[ballerina.observe]
metricsEnabled = true
metricsReporter = "prometheus"

[wso2.icp.runtime.bridge]
enableSSL = false
cert = ""
secret = "${mark("toml-bridge")}"
`;

const proxySite = `server {
    listen 443 ssl;
    server_name orders.example;
    ssl_certificate /etc/nginx/orders.pem;
    ssl_certificate_key /etc/nginx/orders.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2;
    ssl_ciphers ALL:@SECLEVEL=0;
    location / {
        proxy_pass http://127.0.0.1:9090;
    }
}
`;

const upstreamSite = `server {
    listen 8081;
    location /stock {
        return 200 "in stock\\n";
    }
}
`;

const compose = `services:
  orders:
    image: acme/orders:latest
    environment:
      DB_PASSWORD: ${mark("compose")}
`;

const jvm = [
  "-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,address=*:5005",
  "-Dcom.sun.management.jmxremote",
  "-Dcom.sun.management.jmxremote.port=9010",
  "-Dcom.sun.management.jmxremote.authenticate=false",
  "-Dcom.sun.management.jmxremote.ssl=false",
  "-XX:+HeapDumpOnOutOfMemoryError",
  "-XX:HeapDumpPath=/tmp",
  "-Djava.security.properties=/opt/orders/legacy.security",
];

/** What a development distribution leaves on a server, with the completion file as its installer's chmod 766 leaves it. */
async function installDistribution(server: Server): Promise<void> {
  const tree = "/usr/lib/ballerina";
  await server.must(["install", "-d", "/usr/share/bash-completion/completions"]);
  for (const folder of ["bin", "distributions/ballerina-2201.10.0/bin", "dependencies/jdk-17.0.7+7-jre"])
    await server.must(["install", "-d", `${tree}/${folder}`]);
  await server.writeFile(`${tree}/distributions/ballerina-version`, "ballerina-2201.10.0\n");
  await server.writeFile(`${tree}/bin/bal`, "#!/bin/sh\nexit 1\n", { mode: "0755" });
  await server.must(["ln", "-s", `${tree}/bin/bal`, "/usr/bin/bal"]);
  await server.writeFile(
    `${tree}/dependencies/jdk-17.0.7+7-jre/release`,
    'IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="17.0.7"\nJAVA_VERSION_DATE="2023-04-18"\n',
  );
  await server.writeFile("/usr/share/bash-completion/completions/bal", "complete -W 'build run' bal\n", {
    mode: "0766",
  });
}

/** Serves the upstream over plain HTTP. Needs the flavour `proxy`. */
async function installUpstream(server: Server): Promise<void> {
  await server.writeFile("/etc/nginx/sites-enabled/stock", upstreamSite);
  await server.must(["systemctl", "enable", "--quiet", "--now", "nginx"]);
  await listening(server, 8081);
}

/** Both servers are of the flavour `proxy`. `upstream`: another machine, or by default the same. */
export async function worstIntegration(server: Server, upstream: Server = server): Promise<WorstIntegration> {
  const name = "orders";
  const folder = `/opt/${name}`;
  const { store, certificate, key } = await makeStore("ballerina", "ballerina", wellKnownName);
  await server.must(["install", "-d", "-m", "0777", folder, `${folder}/logs`]);
  await server.writeFile(`${folder}/ballerinaKeystore.p12`, store, { mode: "0644" });
  await server.writeFile(`${folder}/legacy.security`, "jdk.tls.disabledAlgorithms=SSLv3, NULL, anon\n");
  await server.writeFile(
    `${folder}/${name}.env`,
    `BAL_CONFIG_VAR_CLIENTSECRET=${mark("env-file")}\nSMTP_PASSWORD=${mark("env-smtp")}\n`,
  );
  await server.writeFile(`${folder}/docker-compose.yml`, compose);
  await installDistribution(server);

  const integration = await installIntegration(server, {
    name,
    user: "root",
    program: { bridge: true },
    config: config(upstream.address),
    unit: {
      jvm,
      arguments: [`-CdbPassword=${mark("argument")}`],
      environment: { PAYMENT_TOKEN: mark("unit"), JAVA_TOOL_OPTIONS: "-Xdebug" },
      environmentFiles: [`${folder}/${name}.env`],
      directives: [`StandardError=append:${folder}/logs/orders.log`],
    },
    ports: [9090, 9443, 9797, 5005, 9010],
  });
  await server.must(["chmod", "0777", folder]);
  await server.must(["chmod", "0666", `${folder}/logs/orders.log`]);

  const controlPlaneCertificate = "/etc/ssl/certs/control-plane.pem";
  const controlPlane = await makeStore("icp", "unused", "CN=icp.internal.example, O=Example");
  await server.writeFile(controlPlaneCertificate, controlPlane.certificate);

  await server.writeFile("/etc/nginx/orders.pem", certificate);
  await server.writeFile("/etc/nginx/orders.key", key, { mode: "0644" });
  await server.writeFile("/etc/nginx/sites-enabled/orders", proxySite);
  await server.must(["nginx", "-t", "-q"]);
  await installUpstream(upstream);
  await server.must(["systemctl", "enable", "--quiet", "--now", "nginx"]);
  await listening(server, 443);
  return {
    ...integration,
    controlPlaneCertificate,
    urls: {
      plain: `http://${server.address}:9090/health`,
      own: `https://${server.address}:9443/health`,
      proxy: `https://${server.address}/health`,
    },
  };
}
