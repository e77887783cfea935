import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control, fragment, type Proposal } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import {
  type JavaSecurity,
  javaSecurity,
  javaSecurityFolder,
  overrideOf,
  ownPath,
} from "../../../src/probes/java-security.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { unitAdditions } from "../unit.ts";

/** What every JVM refuses by itself since 2021 (JDK-8202343), and what nobody may need again. */
export const forbidden = [
  "SSLv3",
  "TLSv1",
  "TLSv1.1",
  "DTLSv1.0",
  "RC4",
  "DES",
  "3DES_EDE_CBC",
  "anon",
  "NULL",
] as const;

const property = "jdk.tls.disabledAlgorithms";

/** Items of a comma-separated list of the JDK's; white space within an item ("DH keySize < 1024") belongs to it. */
export const listItems = (value: string): readonly string[] =>
  value
    .split(",")
    .map((item) => item.replaceAll(/\s+/gu, " ").trim())
    .filter((item) => item !== "");

const missingFrom = (value: string | undefined): readonly string[] => {
  const items = new Set(listItems(value ?? "").map((item) => item.toUpperCase()));
  return forbidden.filter((item) => !items.has(item.toUpperCase()));
};

/** Options that bring an old protocol back, whatever the security properties say about algorithms. */
const oldProtocolOptions = ({ jvmOptions }: Integration) =>
  jvmOptions.filter(({ text }) =>
    /^-D(?:jdk\.tls\.(?:client|server)\.protocols|https\.protocols)=(?:.*,)?(?:SSLv2Hello|SSLv3|TLSv1|TLSv1\.1)(?:,|$)/u.test(
      text,
    ),
  );

const problemsOf = (integration: Integration, security: JavaSecurity): readonly string[] => {
  const missing = missingFrom(security.properties.get(property)?.value);
  return [
    ...(missing.length > 0 ? [`its JVM would use ${missing.join(", ")}`] : []),
    ...(security.overrideMissing ? [`the file ${security.override} of -Djava.security.properties cannot be read`] : []),
    ...oldProtocolOptions(integration).map(({ text, from }) => `${text} (${from}) asks for old protocols`),
  ];
};

/** The JDK's own list with what is missing, and whatever else an earlier override file said. */
export const securityContent = (security: Pick<JavaSecurity, "base" | "overridden">): string => {
  const own = listItems(security.base.get(property) ?? "");
  const list = [...own, ...missingFrom(own.join(", "))];
  const others = [...security.overridden].filter(([name]) => name !== property);
  return template("tls/java.security")
    .replaceAll("{{algorithms}}", list.join(", "))
    .replaceAll("{{others}}", others.map(([name, value]) => `${name}=${value}\n`).join(""));
};

/** java.security of OpenJDK; -Djava.security.properties (security.overridePropertiesFile). */
export const tlsJava = control({
  id: "tls-java",
  guideline: ["RT-09", "RT-10"],
  title: "The JVMs of the integrations refuse outdated protocols and algorithms",
  failing: "A JVM would use outdated protocols or algorithms",
  severity: "high",
  risk: "restart",
  rationale:
    "Clients that a program opens (databases, queues, HTTP/1.1 partners) follow the JVM's security properties, not the listener's settings. One line in a properties file, left from the day an old partner had to be reached, opens all of them. Listeners of HTTP/2 use their own TLS and are judged by handshakes.",
  references: [
    { source: "RFC", id: "8996" },
    { source: "NIST 800-53", id: "SC-13" },
  ],
  needs: { here: integrations, security: javaSecurity, units: raw(unitFiles) },
  applies: ({ security }) => security.length > 0 || "no integration with a JVM that can be looked into runs here",
  inspect: ({ here, security }) => {
    const evidence = security.map((each) => {
      const effective = each.properties.get(property);
      return {
        asked: `${property} of ${each.integration}'s JVM (${each.home})`,
        answered: effective === undefined ? "not set" : `${effective.value} (${effective.file})`,
      };
    });
    const problems = security.flatMap((each) => {
      const integration = here.integrations.find(({ id }) => id === each.integration);
      const wrong = integration === undefined ? [] : problemsOf(integration, each);
      return wrong.length === 0 ? [] : [`${each.integration}: ${wrong.join(", ")}`];
    });
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ here, security }) =>
    security.flatMap((each): readonly Proposal[] => {
      const integration = here.integrations.find(({ id }) => id === each.integration);
      const unit = integration?.unit;
      if (integration === undefined || unit === undefined) return [];
      if (problemsOf(integration, each).length === 0) return [];
      const path = ownPath(each.integration);
      const old = overrideOf(integration.jvmOptions);
      const options = integration.jvmOptions
        .map(({ text }) => text)
        .filter(
          (text) => text.startsWith("-Djava.security.properties=") && text !== `-Djava.security.properties=${path}`,
        );
      const own = each.own;
      const content = securityContent(
        own !== undefined && old?.path === path ? { ...each, overridden: new Map() } : each,
      );
      const changes: Change[] = [
        rootFolder("A folder for JVM security properties", javaSecurityFolder),
        change({
          kind: "file",
          phase: "files",
          risk: "none",
          title: `Security properties for ${integration.id}'s JVM`,
          path,
          before: own ?? null,
          after: { content, mode: "0644", owner: "root", group: "root" },
        }),
      ];
      return [
        ...(own?.content === content ? [] : changes),
        fragment(unitAdditions, {
          unit: unit.name,
          jvmOptions: [`-Djava.security.properties=${path}`],
          removeJvmOptions: [...options, ...oldProtocolOptions(integration).map(({ text }) => text)],
        }),
      ];
    }),
  breaks: ({ here, security }) =>
    security.flatMap((each) => {
      const integration = here.integrations.find(({ id }) => id === each.integration);
      return integration !== undefined && problemsOf(integration, each).length > 0
        ? [`${integration.id} can no longer reach partners that only speak TLS 1.0 or 1.1`]
        : [];
    }),
});
