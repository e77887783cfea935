import { createHash } from "node:crypto";
import { template } from "../../../src/embedded/templates.ts";
import {
  describeGuideline,
  opensslCiphers,
  opensslGroups,
  type Profile,
  shippedGuideline,
} from "../../../src/tls/guideline.ts";
import { haproxyGlobal } from "../../../src/tls/haproxy.ts";
import { haproxyWish, nginxWish } from "../../runtime/tls/proxies.ts";
import { bracketed, type Cluster, type FailoverNode, familyOf, priorityOf } from "./cluster.ts";

export const failoverProgram = "/usr/local/lib/drawbridge/failover";
export const failoverList = "/etc/drawbridge-failover.list";
export const keepalivedFile = "/etc/keepalived/keepalived.conf";
export const haproxyFile = "/etc/haproxy/conf.d/drawbridge-failover.cfg";
export const haproxyDropIn = "/etc/systemd/system/haproxy.service.d/drawbridge-failover.conf";
export const nginxFile = "/etc/nginx/conf.d/drawbridge-failover.conf";

const filled = (name: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{{${key}}}`, () => value), template(name));

const others = ({ nodes }: Cluster, node: FailoverNode) => nodes.filter(({ name }) => name !== node.name);

/**
 * Nobody is master from the start, and where one node is to hold the address it stays where it is when a node comes back:
 * each move costs connections. Active-active goes back after a while, or one node would go on doing all the work.
 */
export const keepalivedText = (cluster: Cluster, node: FailoverNode): string =>
  filled("network/keepalived.conf", {
    name: node.name,
    instances: cluster.shared
      .map(
        ({ address, bits }, index) => `
vrrp_instance shared_${index + 1} {
    state BACKUP
    ${cluster.mode === "active-passive" ? "nopreempt" : "preempt_delay 30"}
    interface ${cluster.device}
    virtual_router_id ${cluster.routerId + index}
    priority ${priorityOf(cluster, node, index)}
    advert_int 1
    unicast_src_ip ${node.address}
    unicast_peer {
${others(cluster, node)
  .map((peer) => `        ${peer.address}`)
  .join("\n")}
    }
    virtual_ipaddress {
        ${address}/${bits} dev ${cluster.device}
    }
    track_script {
        works
    }
}
`,
      )
      .join("")
      .trimEnd(),
  });

/** The same on all nodes that were made from the same answers. */
export const fingerprint = (cluster: Cluster): string =>
  createHash("sha256").update(JSON.stringify(cluster)).digest("hex").slice(0, 16);

const frontScheme = ({ certificate }: Cluster): string => (certificate === "" ? "http" : "https");
const backendScheme = ({ backendCa }: Cluster): string => (backendCa === "" ? "http" : "https");

/** What the integration on a node answers to, asked without the proxy. */
export const ownUrl = (cluster: Cluster, { address }: FailoverNode): string =>
  `${backendScheme(cluster)}://${bracketed(address)}:${cluster.backendPort}${cluster.healthPath}`;

export const frontUrl = (cluster: Cluster, address: string): string =>
  `${frontScheme(cluster)}://${bracketed(address)}:${cluster.port}${cluster.healthPath}`;

/** What the program asks; TAB-separated. */
export const listText = (cluster: Cluster, node: FailoverNode): string =>
  `${[
    ["fingerprint", fingerprint(cluster)],
    ["self", node.name, node.address],
    ...others(cluster, node).map(({ name, address }) => ["peer", name, address]),
    ...cluster.shared.map(({ address }) => ["address", address]),
    ["own", ownUrl(cluster, node)],
    ["front", frontUrl(cluster, "127.0.0.1")],
    ...cluster.shared.map(({ address }) => ["via", frontUrl(cluster, address)]),
    ...(cluster.witness === "" ? [] : [["witness", cluster.witness]]),
  ]
    .map((fields) => fields.join("\t"))
    .join("\n")}\n`;

/** Versions of what is installed; what is not known counts as the oldest in support, so that each of them accepts it. */
export type Installed = { readonly version: string | undefined; readonly openssl: string | undefined };

export const haproxyText = (cluster: Cluster, node: FailoverNode, profile: Profile, installed?: Installed): string => {
  const wish = haproxyWish(profile, installed?.version ?? "2.6.0", installed?.openssl ?? "3.0.0");
  const tls = cluster.certificate !== "";
  const server = ({ name, address }: FailoverNode, rest: string) =>
    `    server ${name} ${bracketed(address)}:${cluster.backendPort}${cluster.backendCa === "" ? "" : ` ssl verify required ca-file ${cluster.backendCa} verifyhost ${name}`}${rest}`;
  return filled("network/haproxy.cfg", {
    name: node.name,
    guideline: describeGuideline(shippedGuideline()),
    profile: profile.name,
    settings: tls
      ? haproxyGlobal(wish)
          .map(([key, value]) => `    ${key} ${value}`)
          .join("\n")
      : "",
    // Without an address haproxy listens for IPv4 alone.
    bind: familyOf(cluster) === 6 ? `:::${cluster.port} v4v6` : `:${cluster.port}`,
    tls: tls ? ` ssl crt ${cluster.certificate} alpn h2,http/1.1` : "",
    hsts: tls ? `    http-after-response set-header Strict-Transport-Security "max-age=${profile.hsts}"\n` : "",
    scheme: frontScheme(cluster),
    path: cluster.healthPath,
    servers: [server(node, ""), ...others(cluster, node).map((peer) => server(peer, " backup"))].join("\n"),
  });
};

export const haproxyDropInText = `# Written by drawbridge: haproxy reads the files of this folder after its own.
[Service]
Environment="CONFIG=/etc/haproxy/haproxy.cfg -f /etc/haproxy/conf.d"
`;

export const nginxText = (cluster: Cluster, node: FailoverNode, profile: Profile, installed?: Installed): string => {
  const openssl = installed?.openssl ?? "3.0.0";
  const wish = nginxWish(profile, installed?.version ?? "1.18.0", openssl);
  const tls = cluster.certificate !== "";
  const ciphers = opensslCiphers(profile);
  const server = ({ address }: FailoverNode, rest: string) =>
    `    server ${bracketed(address)}:${cluster.backendPort} max_fails=1 fail_timeout=5s${rest};`;
  return filled("network/nginx.conf", {
    name: node.name,
    guideline: describeGuideline(shippedGuideline()),
    profile: profile.name,
    // A kernel without IPv6 refuses its addresses: only where the shared ones are of it.
    listen: [`${cluster.port}`, ...(familyOf(cluster) === 6 ? [`[::]:${cluster.port}`] : [])]
      .map((place) => `    listen ${place}${tls ? " ssl" : ""};`)
      .join("\n"),
    tls: tls
      ? [
          `ssl_certificate ${cluster.certificate};`,
          `ssl_certificate_key ${cluster.certificate};`,
          `ssl_protocols ${wish.ssl_protocols};`,
          ...(ciphers === "" ? [] : [`ssl_ciphers ${ciphers};`]),
          `ssl_ecdh_curve ${opensslGroups(profile, openssl).join(":")};`,
          "ssl_prefer_server_ciphers off;",
          "ssl_session_cache shared:drawbridge_failover:10m;",
          "ssl_session_timeout 1d;",
          `add_header Strict-Transport-Security "max-age=${profile.hsts}" always;`,
        ]
          .map((line) => `    ${line}\n`)
          .join("")
      : "",
    scheme: frontScheme(cluster),
    backend: backendScheme(cluster),
    verify:
      cluster.backendCa === ""
        ? ""
        : `        proxy_ssl_verify on;\n        proxy_ssl_trusted_certificate ${cluster.backendCa};\n        proxy_ssl_name ${node.name};\n`,
    servers: [server(node, ""), ...others(cluster, node).map((peer) => server(peer, " backup"))].join("\n"),
  });
};

/** The TLS step keeps these lines by itself: what it has made of them is not a difference. */
export const withoutTlsSettings = (text: string): string =>
  text
    .split("\n")
    .filter(
      (line) =>
        !/^\s*(?:ssl-default-bind-\S+|ssl_(?:protocols|ciphers|ecdh_curve|prefer_server_ciphers))\s/u.test(line),
    )
    .join("\n");
