import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { inspectControl } from "../../../../src/core/inspect.ts";
import { planFor } from "../../../../src/core/judge.ts";
import { type Fact, known, unknown } from "../../../../src/model/fact.ts";
import type { Installation, WhatRunsHere } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { type BaseImage, baseImages, parseBaseImages } from "../../../../src/probes/base-images.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Machine, machine, recordedAnswers } from "../../../../src/probes/machine.ts";
import { parseSoftware, type Software, software } from "../../../../src/probes/software.ts";
import { type Versions, versions } from "../../../../src/probes/versions.ts";
import { shippedTable } from "../../../../src/versions/table.ts";
import { versionsStep } from "../../../../steps/runtime/versions/index.ts";
import { aJar, anIntegration, whatRunsHere } from "../../integration-fixture.ts";

const table = shippedTable();
const behind = parseSoftware(
  readFileSync(new URL("../../../fixtures/software/debian-12-behind.txt", import.meta.url), "utf8"),
);
if (behind.state !== "known") throw new Error(behind.reason);

const bookworm: Machine = {
  name: "app01",
  machineId: "1",
  release: "Debian GNU/Linux 12 (bookworm)",
  distribution: "debian",
  version: "12",
  systemd: true,
};
const current: Software = {
  manager: "apt",
  packages: [{ name: "openssl", version: "3.0.22-1~deb12u2", held: false }],
  updates: { known: true, pending: [], all: [], scope: "all" },
  listsFetched: 1_795_334_750,
  now: 1_795_347_582,
  java: [{ home: "/usr/lib/jvm/java-21-openjdk-amd64", version: "21.0.13.1", major: 21, vendor: "Debian" }],
  tools: [],
  installed: [],
  installedCut: false,
};
const good = anIntegration({
  jar: aJar({ netty: "4.1.135.Final" }),
  java: { home: "/usr/lib/jvm/java-21-openjdk-amd64", version: "21.0.13.1", major: 21, vendor: "Debian" },
});

type Given = {
  readonly machine?: Partial<Machine>;
  readonly software?: Partial<Software>;
  readonly versions?: Partial<Versions>;
  readonly here?: Fact<WhatRunsHere>;
  readonly images?: readonly BaseImage[];
  readonly answers?: Answers;
};
const factsOf = (given: Given) =>
  new Map<string, Fact<unknown>>([
    [machine.id, known({ ...bookworm, ...given.machine })],
    [software.id, known({ ...current, ...given.software })],
    [versions.id, known({ table, today: "2026-11-22", replacedBy: undefined, ...given.versions })],
    [integrations.id, given.here ?? known(whatRunsHere([good]))],
    [baseImages.id, known(given.images ?? [])],
    [attestations.id, known({ today: "2026-11-22", records: {}, file: undefined })],
    [recordedAnswers.id, { state: "absent", reason: "nothing yet" }],
  ]);
const judge = (id: string, given: Given = {}) => {
  const control = versionsStep.controls.find((one) => one.id === id);
  if (control === undefined) throw new Error(`no control ${id}`);
  const facts = factsOf(given);
  return inspectControl(versionsStep, control, facts, answerReader(facts, given.answers ?? {}));
};
const distribution = (version: string | undefined): Given => ({
  here: known(
    whatRunsHere([], {
      installations: [{ product: "ballerina", path: "/usr/lib/ballerina", version, bundledJava: [] } as Installation],
    }),
  ),
});
const netty = (version: string | undefined): Given => ({
  here: known(whatRunsHere([anIntegration({ jar: aJar({ netty: version }) })])),
});
const java = (version: string, major: number, home = "/usr/lib/jvm/x"): Given => ({
  software: { java: [{ home, version, major, vendor: "Debian" }] },
  here: known(whatRunsHere([])),
});
const image = (name: string, tag?: string, digest?: string): Given => ({
  images: [{ file: "/opt/orders/Dockerfile", line: 1, name, tag, digest }],
});

describe("a current server", () => {
  it.each(
    versionsStep.controls.map(({ id }) => id).filter((id) => id !== "tools-workstations"),
  )("%s passes or does not apply", (id) => {
    expect(["pass", "notapplicable"]).toContain(judge(id).result);
  });

  it("has nothing to change", () => {
    expect(planFor([versionsStep], factsOf({}), {}, {}, "1").plan.changes).toEqual([]);
  });
});

describe("versions-ballerina", () => {
  it.each([
    ["2201.13.5", "pass", ""],
    ["2201.13.3", "fail", "bal dist pull 2201.13.5"],
    ["2201.12.11", "pass", ""],
    ["2201.10.5", "fail", "gets no patches any more: bal dist pull 2201.13.5"],
    ["2201.14.0", "unknown", "does not know the line 2201.14"],
    [undefined, "unknown", "does not say its version"],
  ])("%s: %s", (version, result, detail) => {
    const finding = judge("versions-ballerina", distribution(version));
    expect(finding.result).toBe(result);
    expect(finding.detail).toContain(detail);
  });

  it("does not apply where programs only run", () => {
    expect(judge("versions-ballerina").result).toBe("notapplicable");
  });
});

describe("versions-java", () => {
  it.each([
    ["17.0.21.1", 17, "pass"],
    ["17.0.19", 17, "fail"],
    ["21.0.14", 21, "pass"],
    ["26.0.1", 26, "unknown"],
    ["30", 30, "unknown"],
  ])("%s: %s", (version, major, result) => {
    expect(judge("versions-java", java(version, major)).result).toBe(result);
  });

  it("names what the machine's own packages offer, and who runs on it", () => {
    const here = known(
      whatRunsHere([
        anIntegration({
          java: { home: "/usr/lib/jvm/java-17-openjdk-amd64", version: "17.0.19", major: 17, vendor: "Debian" },
        }),
      ]),
    );
    const { detail } = judge("versions-java", { software: behind.value, here });
    expect(detail).toBe(
      "Java 17.0.19 in /usr/lib/jvm/java-17-openjdk-amd64 (orders-api) is older than 17.0.21.1 (openjdk-17-jre-headless 17.0.21.1+2-1~deb12u1 is ready to be installed)",
    );
  });

  it("needs no integrations to be known", () => {
    expect(judge("versions-java", { here: unknown("nobody looked") }).result).toBe("pass");
  });

  it("leaves what Ballerina brought along to its own control", () => {
    const bundled = java("21.0.5", 21, "/usr/lib/ballerina/dependencies/jdk-21.0.5+11-jre");
    expect(judge("versions-java", bundled).result).toBe("notapplicable");
    expect(judge("versions-java-bundled", bundled).result).toBe("fail");
  });
});

describe("versions-java-supported", () => {
  it.each([
    ["17.0.1", 17, "pass"],
    ["23.0.2", 23, "fail"],
    ["1.8.0_402", 8, "fail"],
    ["30", 30, "unknown"],
  ])("%s: %s", (version, major, result) => {
    expect(judge("versions-java-supported", java(version, major)).result).toBe(result);
  });

  it("fails when the program was built for a newer Java", () => {
    const here = known(whatRunsHere([anIntegration({ jar: aJar({ classMajor: 69 }), java: current.java[0] })]));
    expect(judge("versions-java-supported", { here }).detail).toBe(
      "orders-api was built for Java 25 and is given Java 21: it cannot start; install Java 25 and point its unit at it",
    );
  });

  it("does not pass a service of which nothing shows its Java", () => {
    const here = known(whatRunsHere([anIntegration({ jar: aJar(), java: undefined })]));
    expect(judge("versions-java-supported", { here })).toMatchObject({
      result: "unknown",
      detail: "orders-api: nothing shows which Java runs it",
    });
  });
});

describe("versions-os", () => {
  it.each([
    ["debian", "12", "2026-11-22", "pass", "long-term support lasts until 2028-06-30"],
    ["debian", "12", "2028-07-01", "fail", "ended on 2028-06-30"],
    ["debian", "11", "2026-11-22", "fail", "ended on 2026-08-31"],
    ["ubuntu", "24.04", "2026-11-22", "pass", ""],
    ["ubuntu", "22.04", "2027-03-01", "pass", "in 92 days"],
    ["rocky", "9.5", "2026-11-22", "pass", ""],
    ["arch", "", "2026-11-22", "unknown", "does not know"],
  ])("%s %s on %s: %s", (name, version, today, result, detail) => {
    const finding = judge("versions-os", { machine: { distribution: name, version }, versions: { today } });
    expect(finding.result).toBe(result);
    expect(finding.detail).toContain(detail);
  });
});

describe("versions-packages", () => {
  it("names every update and the command, and plans nothing that cannot be undone", () => {
    const { result, detail } = judge("versions-packages", { software: behind.value });
    expect(result).toBe("fail");
    expect(detail).toBe(
      "openjdk-17-jre-headless 17.0.19+10-1~deb12u2 -> 17.0.21.1+2-1~deb12u1: apt-get update && apt-get install --only-upgrade openjdk-17-jre-headless",
    );
    const plan = planFor([versionsStep], factsOf({ software: behind.value }), {}, {}, "1").plan;
    expect(plan.changes.every(({ because }) => !because.includes("versions-packages"))).toBe(true);
  });

  it.each([
    [{ updates: { known: false, reason: "no package lists are here: fetch them first" } }, "unknown"],
    [{ listsFetched: current.now - 8 * 86_400 }, "unknown"],
    [{ listsFetched: undefined }, "unknown"],
    [{ listsFetched: current.now - 6 * 86_400 }, "pass"],
    [{ packages: [] }, "notapplicable"],
  ] satisfies [Partial<Software>, string][])("%j: %s", (changed, result) => {
    expect(judge("versions-packages", { software: changed }).result).toBe(result);
  });

  it("old lists that name an update are news enough", () => {
    const old = { ...behind.value, listsFetched: behind.value.now - 40 * 86_400 };
    expect(judge("versions-packages", { software: old }).result).toBe("fail");
  });
});

describe("versions-netty", () => {
  it("names the fixes that a new build brings, and those that nothing brings yet", () => {
    const { result, detail } = judge("versions-netty", netty("4.1.132.Final"));
    expect(result).toBe("fail");
    expect(detail).toContain("orders-api: Netty 4.1.132.Final lacks the fixes of CVE-2026-41417");
    expect(detail).not.toContain("CVE-2026-33870");
    expect(detail).toContain("ballerina/http 2.16.4 or newer (Netty 4.1.135)");
    expect(detail).toContain("5 more wait for a ballerina/http with Netty 4.1.137");
  });

  it.each([
    ["4.1.137.Final", "pass"],
    ["4.1.135.Final", "pass"],
    ["4.1.130.Final", "fail"],
    [undefined, "unknown"],
  ])("%s: %s", (version, result) => {
    expect(judge("versions-netty", netty(version)).result).toBe(result);
  });

  it("says with a pass what is still open", () => {
    expect(judge("versions-netty", netty("4.1.135.Final")).detail).toContain("5 more wait");
  });
});

describe("versions-base-image", () => {
  it.each([
    [image("ballerina/jvm-runtime", "1.0"), "fail", "older than 3.1"],
    [image("ballerina/jvm-runtime", "3.1"), "fail", "contains alpine 3.21, without updates since 2026-11-01"],
    [image("ballerina/jvm-runtime"), "fail", "names no version"],
    [image("eclipse-temurin", "latest"), "fail", "names no version"],
    [image("eclipse-temurin", "21-jre"), "unknown", "does not know"],
    [image("alpine", "3.23.1"), "pass", ""],
    [image("alpine", "3.18"), "fail", "without updates since 2025-05-09"],
    [image("debian", "13.2-slim"), "pass", ""],
    [image("ballerina/jvm-runtime", undefined, `sha256:${"0".repeat(64)}`), "pass", ""],
    [{}, "notapplicable", ""],
  ] as const)("%#: %s", (given, result, detail) => {
    const finding = judge("versions-base-image", given);
    expect(finding.result).toBe(result);
    expect(finding.detail).toContain(detail);
  });

  it("reads the lines that name an image, and no stage or variable", () => {
    const found = parseBaseImages(
      [
        "@file /opt/orders/Dockerfile",
        "1:FROM --platform=linux/amd64 ballerina/ballerina:2201.13.5 AS build",
        "7:FROM build AS tested",
        "9:from localhost:5000/base/jvm@sha256:abc",
        "11:FROM scratch",
        "12:FROM $BASE",
        "@file /opt/orders/compose.yaml",
        '4:    image: "postgres:17"',
        "@file /opt/orders/Cloud.toml",
        '3:base = "ballerina/jvm-runtime:2.0"',
      ].join("\n"),
    );
    expect(found.map(({ name, tag, digest, line }) => [name, tag, digest, line])).toEqual([
      ["ballerina/ballerina", "2201.13.5", undefined, 1],
      ["localhost:5000/base/jvm", undefined, "sha256:abc", 9],
      ["postgres", "17", undefined, 4],
      ["ballerina/jvm-runtime", "2.0", undefined, 3],
    ]);
  });
});

describe("versions-table-age", () => {
  it.each([
    [{ today: "2027-03-22" }, "pass"],
    [{ today: "2027-03-23" }, "fail"],
    [{ replacedBy: "/etc/drawbridge/versions.json", table: { ...table, date: "2026-11-21" } }, "fail"],
    [{ replacedBy: "/etc/drawbridge/versions.json", table: { ...table, date: "2026-11-22" } }, "pass"],
  ] satisfies [Partial<Versions>, string][])("%#: %s", (changed, result) => {
    expect(judge("versions-table-age", { versions: changed }).result).toBe(result);
  });

  it("every judgement by the table says how old it is", () => {
    const finding = judge("versions-os", { versions: { today: "2026-12-02" } });
    expect(finding.evidence.at(-1)?.answered).toBe("of 2026-11-22, 10 days old");
  });
});

describe("tools-development", () => {
  it("names them by kind, and takes the operator's word for those that stay", () => {
    const given = { software: behind.value };
    expect(judge("tools-development", given)).toMatchObject({
      result: "fail",
      detail: "build: /usr/bin/bal, /usr/bin/make; editor: /usr/share/wso2-integrator",
    });
    const answers = { "versions.tools": ["/usr/bin/bal", "/usr/bin/make", "/usr/share/wso2-integrator"] };
    expect(judge("tools-development", { ...given, answers }).result).toBe("pass");
  });
});

describe("tools-installer-permissions", () => {
  const permissions = (given: Given) =>
    planFor([versionsStep], factsOf(given), {}, {}, "1").plan.changes.flatMap((one) =>
      one.kind === "permissions" ? [`${one.path} ${one.after.mode} ${one.after.owner}`] : [],
    );

  it("finds them, and plans narrower modes", () => {
    const given = { software: behind.value, here: known(whatRunsHere([])) };
    expect(judge("tools-installer-permissions", given).result).toBe("fail");
    expect(permissions(given)).toEqual([
      "/usr/share/bash-completion/completions/bal 0644 root",
      "/usr/share/wso2-integrator/components/icp/logs 0770 root",
      "/usr/share/wso2-integrator/components/icp/bin/database 0770 root",
      "/usr/share/wso2-integrator/components/icp/www/config.json 0660 root",
      "/usr/share/wso2-integrator/components/icp/bin/database/icp.mv.db 0660 root",
    ]);
  });

  it("gives the control plane's data to the account it runs as", () => {
    const here = known(whatRunsHere([anIntegration({ id: "icp", kind: "icp", user: "icp" })]));
    expect(permissions({ software: behind.value, here })).toContain(
      "/usr/share/wso2-integrator/components/icp/bin/database/icp.mv.db 0660 icp",
    );
  });

  it("passes once they are as planned", () => {
    const installed = behind.value.installed.map((entry) => ({
      ...entry,
      mode: entry.path.endsWith("/bal") ? "0644" : entry.kind === "directory" ? "0770" : "0660",
    }));
    const given = { software: { ...behind.value, installed }, here: known(whatRunsHere([])) };
    expect(judge("tools-installer-permissions", given).result).toBe("pass");
    expect(permissions(given)).toEqual([]);
  });
});

it("generates the table, and a script that moves a package to the newest patch of its line", () => {
  const files = versionsStep.generate?.(answerReader(new Map(), {})) ?? [];
  expect(files.map(({ path }) => path)).toEqual([
    "/etc/drawbridge/versions.json",
    "/repository/update-distribution.sh",
  ]);
});
