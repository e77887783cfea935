import { describe, expect, it } from "vitest";
import { knownValue } from "../../src/model/fact.ts";
import type { WhatRunsHere } from "../../src/model/integration.ts";
import type { ProbeOutput } from "../../src/model/probe.ts";
import { integrations } from "../../src/probes/integrations.ts";
import { listeners } from "../../src/probes/listeners.ts";
import { type Workload, workload } from "../../src/probes/workload.ts";
import { pictureLines, pictureText } from "../../src/workload/picture.ts";
import { looksLikeSecret } from "../../src/workload/secrecy.ts";
import { captured, parsed } from "../steps/settle.ts";
import { classFile, pass, zip } from "../workload/zip.ts";

const output = (stdout: string): ProbeOutput => ({ stdout, exitCode: 0, truncated: false, timedOut: false });

const services = (text: string): Workload => {
  const value = knownValue(parsed(workload, text));
  if (value === undefined) throw new Error("unreadable");
  return value;
};

const looked = (text: string, answers: string, sockets = ""): WhatRunsHere => {
  const listening = parsed(listeners, sockets === "" ? "== sockets\n== processes\n== accounts\n== units\n" : sockets);
  const value = knownValue(integrations.parse(output(answers), { services: services(text), listening }));
  if (value === undefined) throw new Error("unknown");
  return value;
};

const questions = (text: string): readonly string[] =>
  (integrations.input?.({ services: services(text), listening: { state: "absent", reason: "" } }) ?? "")
    .split("\n")
    .slice(0, -1);

describe("the worst integration of the lab", () => {
  const here = looked(
    captured("workload", "debian-12-worst"),
    captured("integrations", "debian-12-worst"),
    captured("listeners", "debian-12-worst"),
  );
  const [orders] = here.integrations;
  if (orders === undefined) throw new Error("not found");

  it("is one, with its program", () => {
    expect(here.integrations.map(({ id }) => id)).toEqual(["orders"]);
    expect(orders).toMatchObject({
      kind: "ballerina",
      user: "root",
      workingDirectory: "/opt/orders",
      container: false,
      java: { major: 17, vendor: "Debian" },
      jar: {
        path: "/opt/orders/orders.jar",
        mainClass: "acme.orders.0.$_init",
        classMajor: 61,
        netty: "4.1.132.Final",
      },
    });
    expect(orders.jar?.modules.find(({ name }) => name === "http")).toMatchObject({
      version: "2.16.1",
      versionIs: "exact",
    });
    expect(orders.jar?.modules.map(({ name }) => name)).toContain("icp.runtime.bridge");
  });

  it("has its configuration from three sources", () => {
    const source = (key: string) => orders.configuration.settings.find((setting) => setting.key === key)?.source.kind;
    expect(source("dbHost")).toBe("file");
    expect(source("dbPassword")).toBe("argument");
    expect(source("clientSecret")).toBe("environment");
    expect(orders.environment.find(({ name }) => name === "SMTP_PASSWORD")?.from).toBe("/opt/orders/orders.env");
    expect(orders.jvmOptions.find(({ text }) => text === "-Xdebug")?.from).toBe("JAVA_TOOL_OPTIONS");
  });

  it("listens, calls and opens", () => {
    expect(orders.sockets.map(({ port }) => port)).toEqual(expect.arrayContaining([9090, 9443, 9797, 5005, 9010]));
    expect(orders.endpoints.map(({ scheme }) => scheme)).toEqual(["mysql", "http", "https"]);
    expect(orders.stores.map(({ path }) => path)).toEqual([
      "/opt/orders/ballerinaKeystore.p12",
      "/opt/orders/ballerinaKeystore.p12",
    ]);
  });

  it("is drawn without a secret", () => {
    const text = pictureText(pictureLines(here)).join("\n");
    expect(text).toContain("*:5005 debugger");
    expect(text).not.toContain("DRAWBRIDGE-SECRET");
    for (const { value, secret } of orders.configuration.settings)
      if (secret && typeof value === "string" && value !== "ballerina") expect(text).not.toContain(value);
    expect(looksLikeSecret(text)).toBe(false);
  });
});

/** What the workload probe prints about a JAR. */
const jarSection = (path: string, archive: ReturnType<typeof zip>): string =>
  [
    `@jar ${path}`,
    `regular file|640|root|root|0|0|${path}`,
    `size ${archive.bytes.length} modified 1790000000`,
    `read ${archive.directory.length + 22}`,
    "end:",
    archive.bytes.subarray(-22).toString("base64"),
    "@directories ",
    "pass:",
    pass(archive.directory, 3, 4).toString("base64"),
    "pass:",
    pass(archive.directory, 5, 6).toString("base64"),
    "",
  ].join("\n");

const program = zip([
  { name: "META-INF/MANIFEST.MF", content: "Main-Class: acme.orders.2.$_init\n" },
  { name: "acme/orders/2/$_init.class", content: classFile(69, []) },
  {
    name: "acme/orders/2/$configurationMapper.class",
    content: classFile(52, ["port", "acme/orders:2.1.0(main.bal:3)"]),
  },
  { name: "resources/acme/Config.toml", content: "password = 1" },
]);

const encoded = (text: string): string => Buffer.from(text).toString("base64");

/** What grep says of the command line and the environment of a process. */
const memory = (pid: number, command: readonly string[], environment: readonly string[]): string =>
  `@memory \n${encoded(
    [
      ...command.map((word) => `/proc/${pid}/cmdline:${word}\0`),
      ...environment.map((word) => `/proc/${pid}/environ:${word}\0`),
    ].join(""),
  )}\n`;

describe("other ways to run", () => {
  it("a JAR that nothing runs is one, unless it lies beside one that runs", () => {
    const jar = jarSection("/opt/orders/orders.jar", program);
    const here = looked(jar, `@jar /opt/orders/orders.jar\n${program.bytes.toString("base64")}\n`);
    expect(here.integrations).toMatchObject([
      {
        id: "orders",
        unit: undefined,
        pid: undefined,
        jar: { mainClass: "acme.orders.2.$_init", classMajor: 69, embedded: ["resources/acme/Config.toml"] },
      },
    ]);
    expect(here.integrations[0]?.jar?.modules).toMatchObject([{ version: "2.1.0", configurables: ["port"] }]);
    const unit = `@unit shop.service\nLoadState=loaded\nActiveState=active\njar /opt/orders/shop.jar\nballerina yes\n`;
    expect(looked(unit + jar, "").integrations.map(({ id }) => id)).toEqual(["shop"]);
  });

  it("a process that no unit runs is one", () => {
    const loose = `@loose 77\nuser op\ncgroup 0::/user.slice/session-1.scope\njar \nballerina yes\ndirectory /home/op\npid 77\nexecutable /opt/jdk/bin/java\n${memory(77, ["java", "-cp", "app.jar", "acme.orders.0.$_init", "-Cport=1"], ["A=b"])}`;
    const [seen] = looked(
      loose,
      "@file /opt/jdk/release\nregular file|644|root|root|0|0|/opt/jdk/release\ncontent\n" +
        encoded('JAVA_VERSION="1.8.0_412"\n') +
        "\n",
    ).integrations;
    expect(seen).toMatchObject({ id: "process-77", pid: 77, user: "op", java: { home: "/opt/jdk", major: 8 } });
    expect(seen?.configuration.settings).toMatchObject([{ key: "port", value: 1n }]);
  });

  it("files of a container are not read from outside", () => {
    const inside = `@loose 78\nuser 100\ncgroup 0::/system.slice/docker-abc.scope\njar \nballerina yes\ndirectory /home/ballerina\npid 78\nexecutable /opt/java/bin/java\n${memory(78, ["java", "acme.orders.0.$_init"], ["BAL_CONFIG_FILES=/home/ballerina/conf/Config.toml"])}`;
    expect(questions(inside)).toEqual([]);
    const [seen] = looked(inside, "").integrations;
    expect(seen).toMatchObject({
      container: true,
      configuration: { files: [{ state: "unreadable", problem: "it lies in a container" }] },
    });
  });

  it("other Java is named and left alone", () => {
    const here = looked(
      "@unit jenkins.service\nLoadState=loaded\nUser=jenkins\njar /usr/share/jenkins.war\nballerina no\n",
      "",
    );
    expect(here.integrations).toEqual([]);
    expect(here.others).toEqual([{ name: "jenkins.service", user: "jenkins", jar: "/usr/share/jenkins.war" }]);
  });

  it("nothing at all asks nothing more", () => {
    expect(questions("")).toEqual([]);
    expect(looked("", "")).toEqual({ integrations: [], installations: [], others: [], bounds: [] });
  });
});

describe("hostile files", () => {
  const unit = (environment: string) =>
    `@process orders.service\nuser orders\njar /opt/orders/orders.jar\nballerina yes\ndirectory /opt/orders\npid 5\nexecutable /usr/bin/java\n${memory(5, ["java", "-jar", "/opt/orders/orders.jar"], environment.split("\0").slice(0, -1))}@unit orders.service\nLoadState=loaded\nActiveState=active\nUser=orders\njar /opt/orders/orders.jar\nballerina yes\n`;

  it("names with tabs and line breaks are not asked about, and count as not looked at", () => {
    const text = unit("BAL_CONFIG_FILES=/opt/a\tb.toml:/opt/c\nd.toml:/opt/e.toml\0");
    expect(questions(text).filter((line) => line.startsWith("file\t"))).toEqual([
      "file\t/opt/e.toml",
      "file\t/usr/release",
    ]);
    expect(looked(text, "").integrations[0]?.configuration.files.map(({ state }) => state)).toEqual([
      "unreadable",
      "unreadable",
      "unreadable",
    ]);
  });

  it.each([
    ["problem it is not a regular file", "it is not a regular file"],
    [
      "problem it is a symlink in a folder that others can write to",
      "it is a symlink in a folder that others can write to",
    ],
    [`content\n${Buffer.alloc(1024 * 1024 + 1, 35).toString("base64")}`, "it is larger than 1 MiB"],
    [`content\n${Buffer.from([0x61, 0xff, 0xfe]).toString("base64")}`, "it is not UTF-8 text"],
    ["", "it could not be read"],
  ])("%#: why it was not read is said", (answer, problem) => {
    const path = "/opt/orders/Config.toml";
    const [seen] = looked(unit(""), `@file ${path}\nregular file|644|root|root|0|0|${path}\n${answer}\n`).integrations;
    expect(seen?.configuration.files).toMatchObject([{ path, state: "unreadable", problem }]);
  });

  it("content that looks like the probe's own words stays content", () => {
    const path = "/opt/orders/Config.toml";
    const text = 'a = "@file /etc/shadow"\n';
    const [seen] = looked(
      unit(""),
      `@file ${path}\nregular file|644|root|root|0|0|${path}\ncontent\n${encoded(text)}\n`,
    ).integrations;
    expect(seen?.configuration.files).toMatchObject([{ state: "read", content: text }]);
  });
});
