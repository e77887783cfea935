import type { Answers } from "../../../src/model/plan.ts";
import { type Server, until } from "../harness/index.ts";
import { installIntegration, smallJvm } from "../workload/index.ts";
import { type ByHand, sh, type Variant } from "./flaw.ts";

/** The key that the Integration Control Plane is published with. */
export const publishedKey = "default-secret-key-at-least-32-characters-long-for-hs256";

/** Stands for Grafana with the account of its first start. */
const site = `server {
    listen 3000;
    location /api/org { auth_basic "Grafana"; auth_basic_user_file /etc/nginx/accounts; try_files /org =404; root /srv; }
}
`;

export const consoleAccount = (password: string): string =>
  `printf 'admin:%s\\n' "$(openssl passwd -apr1 '${password}')" > /etc/nginx/accounts`;

/** What one listener of its own alone can show: an integration at the default listener, a control plane, and a console. */
export const makeConsole = async (server: Server): Promise<Answers> => {
  await installIntegration(server, {
    name: "orders",
    config: '# orders: production\nmaxPayload = 4.5 # MiB\ndbUser = "orders"\n',
    configMode: "0640",
    unit: { jvm: smallJvm },
  });
  await installIntegration(server, {
    name: "console",
    program: {
      organization: "wso2",
      package: "icp_server",
      major: 2,
      schema: ["frontendJwtHMACSecret", "userServiceJwtHMACSecret", "observabilityJwtHMACSecret"].map(
        (name) => `- ${name} string`,
      ),
    },
    config: `frontendJwtHMACSecret = "${publishedKey}"\n\n[ballerina.http]\ndefaultListenerPort = 9446\n`,
    configMode: "0640",
    unit: { jvm: smallJvm },
    ports: [9446],
  });
  await server.writeFile("/etc/nginx/conf.d/grafana.conf", site);
  await server.must([
    "sh",
    "-euc",
    `echo '{}' > /srv/org; rm -f /etc/nginx/sites-enabled/default; ${consoleAccount("admin")}; systemctl enable --quiet --now nginx`,
  ]);
  await until(
    "an answer on port 9090",
    async () =>
      (await server.exec(["curl", "-fsS", "-o", "/dev/null", "--max-time", "3", "http://127.0.0.1:9090/health"]))
        .exitCode === 0 || undefined,
    { timeoutMs: 60_000 },
  );
  return {};
};

export const consoleControls = ["default-ports", "default-secrets", "default-logins", "sandbox-bind-address"];

export const consoleVariants: readonly Variant[] = [
  { controls: ["default-ports"], answers: { "defaults.ports": ["orders=9443"] } },
  { controls: ["sandbox-bind-address"], answers: { "sandbox.address": "127.0.0.1" } },
];

const config = "/opt/orders/Config.toml";
const restart = sh(
  "systemctl daemon-reload; systemctl restart orders; until ss -Hltn 'sport = :9090' | grep -q .; do sleep 0.2; done",
);
const listed = (...files: readonly string[]) => ({
  file: "/etc/systemd/system/orders.service.d/files.conf",
  content: `[Service]\nEnvironment=BAL_CONFIG_FILES=${files.map((name) => `/opt/orders/${name}`).join(":")}\n`,
});

export const consoleByHand: readonly ByHand[] = [
  {
    control: "default-logins",
    round: "a console with the account of its first start",
    answers: { "defaults.try-logins": true },
    mend: [sh(`${consoleAccount("something else")}; systemctl stop console`)],
    clean: [sh(`${consoleAccount("admin")}; systemctl start console`)],
  },
  {
    control: "layout-order",
    round: "files in the wrong order",
    flaw: [
      { keep: config },
      {
        file: "/opt/orders/endpoints.toml",
        content: 'upstreamUrl = "https://stock.example.org/"\n',
        mode: "0640",
        owner: "orders:orders",
      },
      sh(`sed -i '1i upstreamUrl = "https://old.example.org/"' ${config}`),
      listed("Config.toml", "endpoints.toml"),
      restart,
    ],
    mend: [listed("endpoints.toml", "Config.toml"), restart],
    clean: [sh("rmdir --ignore-fail-on-non-empty /etc/systemd/system/orders.service.d"), restart],
  },
];
