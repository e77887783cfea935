import { describe, expect, test } from "vitest";
import { isIgnored } from "../../../../src/containers/dockerfile.ts";
import { answerReader } from "../../../../src/core/answers.ts";
import type { Fact } from "../../../../src/model/fact.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Probe } from "../../../../src/model/probe.ts";
import { type ContainerFiles, containerFiles, parseContainerFiles } from "../../../../src/probes/container-files.ts";
import {
  containerImageContents,
  containerImages,
  parseImageArchives,
} from "../../../../src/probes/container-images.ts";
import { givenAnswers } from "../../../../src/probes/given-answers.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { generateContainers } from "../../../../steps/configuration/containers/generate.ts";
import { containers } from "../../../../steps/configuration/containers/index.ts";
import { workloadStep } from "../../../../steps/runtime/workload/index.ts";
import { captured, factsOf, settle } from "../../settle.ts";

const nothing: ContainerFiles = { files: [], contexts: new Map(), missing: [], bounded: false };
const archives = parseImageArchives(captured("containers", "images"));
const saved = archives.filter(({ problem }) => problem === undefined);
const contents = knownValue(
  containerImageContents.parse(
    { stdout: captured("containers", "contents"), exitCode: 0, truncated: false, timedOut: false },
    { archives },
  ),
);
const seen = (files: ContainerFiles, images = [] as typeof archives, given: Answers = {}) =>
  settle(
    [workloadStep, containers],
    factsOf(
      [integrations as Probe<unknown>, known({ integrations: [], installations: [], others: [], bounds: [] })],
      [containerFiles as Probe<unknown>, known(files)],
      [containerImages as Probe<unknown>, known(images)],
      [containerImageContents as Probe<unknown>, known(contents ?? { contents: new Map(), cut: false })],
      [givenAnswers as Probe<unknown>, known({}) as Fact<unknown>],
    ),
    { "workload.expected": true, ...given },
  );
const file = (path: string, content: string | undefined) => ({
  path,
  content,
  stat: { path, kind: "file", mode: "0644", owner: "root", group: "root", uid: 0, gid: 0 } as const,
});
const found = (...files: ReturnType<typeof file>[]): ContainerFiles => ({ ...nothing, files });
const ids = containers.controls.map(({ id }) => id);
const only = (results: Readonly<Record<string, string>>, prefix: string) =>
  Object.fromEntries(Object.entries(results).filter(([id]) => id.startsWith(prefix)));

describe("captured files with one mistake of each kind", () => {
  const { details, results, changes, findings } = seen(parseContainerFiles(captured("containers", "files")));
  test.each([
    ["dockerfile-configuration", "/opt/shop/Dockerfile:9 COPY brings Config.toml into the image"],
    ["dockerfile-secrets", "/opt/shop/Dockerfile:5 ENV DB_PASSWORD"],
    ["dockerfile-user", "/opt/shop/Dockerfile:4 names no USER"],
    ["dockerfile-base", "/opt/shop/Dockerfile:2 FROM eclipse-temurin:latest"],
    ["compose-isolation", "/opt/shop/compose.yaml:2 orders: privileged"],
    ["compose-environment", "orders: DB_PASSWORD is given as it is"],
    ["compose-user", "orders: user 0:0"],
    ["compose-mounts", "orders: ./Config.toml on /home/ballerina/conf/Config.toml without :ro"],
    ["compose-images", "orders: image acme/orders without a tag"],
    ["compose-ports", "orders: port 9090 on every address"],
    ["compose-privileges", "db: without read_only, cap_drop: [ALL], no-new-privileges"],
    ["compose-limits", "db: no limit of memory and processes"],
  ])("%s fails", (id, detail) => {
    expect(results[id]).toBe("fail");
    expect(details[id]).toContain(detail);
  });
  test("nothing is planned, and no value is said", () => {
    expect(changes).toEqual([]);
    expect(JSON.stringify(findings)).not.toContain("DRAWBRIDGE-SECRET");
  });
});

describe("captured images, as docker saves them and as an OCI layout", () => {
  const { details, results, findings } = seen(nothing, saved);
  test.each(["image-secrets", "image-configuration", "image-user"])("%s fails for both", (id) => {
    expect(results[id]).toBe("fail");
    expect(details[id]).toContain("acme/orders:1.0: ");
    expect(details[id]).toContain("acme/billing:2.0: ");
  });
  test("what a later layer deletes is found, and every place is in the evidence", () => {
    expect(details["image-configuration"]).toContain(
      "layer 1: home/ballerina/Config.toml, taken away by a later layer and still delivered",
    );
    const evidence = findings.find(({ controlId }) => controlId === "image-secrets")?.evidence[0]?.answered.split("\n");
    expect(evidence).toEqual([
      "environment DB_PASSWORD",
      "history, command 1",
      "layer 1: home/ballerina/Config.toml (dbPassword), taken away by a later layer and still delivered",
      "layer 1: app/service.key (private key)",
      "layer 2: app/.env (TOKEN)",
      "layer 2: app/o rders.properties (db.password)",
    ]);
    expect(JSON.stringify(findings)).not.toContain("DRAWBRIDGE-SECRET");
  });
  test("what is no image is unknown", () => {
    const { results: others, details: said } = seen(
      nothing,
      archives.filter(({ problem }) => problem !== undefined),
    );
    expect(only(others, "image-")).toEqual({
      "image-secrets": "unknown",
      "image-configuration": "unknown",
      "image-user": "unknown",
    });
    expect(said["image-user"]).toBe(
      "/opt/shop/Dockerfile: it is no saved image: neither manifest.json nor index.json; /srv/none.tar: it is no regular file",
    );
  });
});

test("a careful Dockerfile and compose file pass", () => {
  const { results } = seen(
    found(
      file("/opt/a/Dockerfile", `FROM a/b:1@sha256:${"0".repeat(64)}\nCOPY target/bin/a.jar /app/\nUSER 10014:10014\n`),
      file(
        "/opt/a/compose.yaml",
        `services:
  a:
    image: a/b:1.2
    user: "10014:10014"
    read_only: true
    cap_drop: [ALL]
    security_opt: ["no-new-privileges:true"]
    mem_limit: 512m
    pids_limit: 200
    ports: ["127.0.0.1:9090:9090"]
    volumes: ["./conf:/home/ballerina/conf:ro"]
`,
      ),
    ),
  );
  for (const id of ids.filter((name) => !name.startsWith("image-"))) expect([id, results[id]]).toEqual([id, "pass"]);
});

test("without a file there is nothing to judge", () => {
  const { results } = seen(nothing);
  for (const id of ids) expect([id, results[id]]).toEqual([id, "notapplicable"]);
});

test("what could not be read is unknown, not pass", () => {
  const { results, details } = seen({
    ...found(file("/opt/a/Dockerfile", undefined), file("/opt/a/compose.yaml", "a: [")),
    missing: ["/opt/b"],
    bounded: true,
  });
  expect(results["dockerfile-user"]).toBe("unknown");
  expect(results["compose-user"]).toBe("unknown");
  expect(details["dockerfile-user"]).toBe(
    "/opt/a/Dockerfile is larger than 64 KiB; /opt/b is not there; not everything was searched: more than 60 such files, or too many folders",
  );
});

test("where no integration runs and none is expected, nothing is asked", () => {
  const { results } = seen(parseContainerFiles(captured("containers", "files")), saved, { "workload.expected": false });
  for (const id of ids) expect([id, results[id]]).toEqual([id, "notapplicable"]);
});

describe("what is generated", () => {
  const files = generateContainers(answerReader(new Map(), {}));
  test("passes its own inspection", () => {
    const given = files.filter(({ path }) => /Dockerfile$|\.yaml$/u.test(path));
    expect(given).toHaveLength(3);
    const { results, details } = seen(found(...given.map(({ path, content }) => file(path, content))));
    for (const id of ids.filter((name) => !name.startsWith("image-")))
      expect([id, results[id], details[id]]).toEqual([id, "pass", ""]);
  });
  test("nothing but the program gets into a build", () => {
    const ignore = files.find(({ path }) => path.endsWith(".dockerignore"))?.content;
    for (const path of ["Config.toml", "deploy/compose/secrets/secrets.toml", ".git/config", "target/bin/x.p12"])
      expect([path, isIgnored(ignore, path)]).toEqual([path, true]);
    expect(isIgnored(ignore, "target/bin/orders.jar")).toBe(false);
  });
});
