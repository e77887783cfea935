import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import {
  describeGuideline,
  javaSuites,
  opensslCiphers,
  opensslGroups,
  shippedGuideline,
} from "../../../src/tls/guideline.ts";
import { haproxyGlobal } from "../../../src/tls/haproxy.ts";
import { haproxyWish, nginxWish } from "./proxies.ts";
import { tlsCertificatePath, tlsNames, tlsProfile, tlsUpstream } from "./questions.ts";
import { forbidden } from "./tls-java.ts";

/** What no machine has told: the oldest releases in support, so that every one of them accepts the files. */
const oldest = { nginx: "1.18.0", haproxy: "2.6.0", openssl: "3.0.0" } as const;

const quotedLines = (names: readonly string[], indent: string): string =>
  names.map((name) => `${indent}"${name}"`).join(",\n");

const filled = (name: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{{${key}}}`, value), template(name));

/** TLS of every program on the way, from one guideline and one profile. */
export const generateTls = (answers: AnswerReader): readonly RenderedFile[] => {
  const guideline = shippedGuideline();
  const profile = guideline.profiles[answers.get(tlsProfile)];
  const certificate = answers.get(tlsCertificatePath) || "/etc/ssl/private/integration.pem";
  const nginx = nginxWish(profile, oldest.nginx, oldest.openssl);
  const ciphers = opensslCiphers(profile);
  const versions = [...profile.protocols].reverse();
  const common = {
    guideline: describeGuideline(guideline),
    profile: profile.name,
    certificate,
    key: certificate.replace(/(?:\.pem|\.crt)?$/u, ".key"),
    hsts: String(profile.hsts),
    upstream: answers.get(tlsUpstream),
    name: answers.get(tlsNames).join(" ") || "_",
    versions: versions.map((version) => `"${version}"`).join(", "),
  };
  const suites = javaSuites(profile);
  return [
    {
      path: "/etc/nginx/sites-available/integration-tls",
      content: filled("tls/nginx.conf", {
        ...common,
        protocols: nginx.ssl_protocols ?? "",
        ciphers: ciphers === "" ? "" : `    ssl_ciphers ${ciphers};\n`,
        groups: opensslGroups(profile, oldest.openssl).join(":"),
      }),
      mode: "0644",
      about: "TLS in front of the integration with nginx. Put the chain and key in place first, then nginx -t.",
    },
    {
      path: "/etc/haproxy/haproxy.cfg",
      content: filled("tls/haproxy.cfg", {
        ...common,
        settings: haproxyGlobal(haproxyWish(profile, oldest.haproxy, oldest.openssl))
          .map(([name, value]) => `    ${name} ${value}`)
          .join("\n"),
      }),
      mode: "0644",
      about: "The same with haproxy. Compare with what is there before it takes its place, then haproxy -c.",
    },
    {
      path: "/etc/integration/tls/Config.toml",
      content: filled("tls/Config.toml", {
        ...common,
        keystore: "/etc/integration/keystore.p12",
        ciphers: quotedLines(suites, "    "),
      }),
      mode: "0640",
      about: "TLS of Ballerina's default listener (2201.12 or later): merge it into the integration's Config.toml.",
    },
    {
      path: "/usr/share/drawbridge/ballerina/listener.bal",
      content: filled("tls/listener.bal", { ...common, ciphers: quotedLines(suites, "            ") }),
      mode: "0644",
      about: "For the source of the program: a listener made in code, where no configuration decides.",
    },
    {
      path: "/usr/share/drawbridge/ballerina/client.bal",
      content: filled("tls/client.bal", { ...common, ciphers: quotedLines(suites, "            ") }),
      mode: "0644",
      about: "For the source of the program: a client that validates chain and host name.",
    },
    {
      path: "/etc/drawbridge-java/integration.security",
      content: template("tls/java.security")
        .replaceAll(
          "{{algorithms}}",
          [...forbidden, "MD5withRSA", "DH keySize < 2048", "EC keySize < 224", "ECDH"].join(", "),
        )
        .replaceAll("{{others}}", ""),
      mode: "0644",
      about: "Security properties of a JVM: java -Djava.security.properties=/etc/drawbridge-java/integration.security.",
    },
  ];
};
