import { describe, expect, test } from "vitest";
import { breakouts, isOpenToAll, readCompose, writableConfiguration } from "../../src/containers/compose.ts";

const only = (yaml: string) => {
  const read = readCompose(`services:\n  a:\n${yaml.replace(/^/gmu, "    ")}\n`);
  if (!read.ok) throw new Error(read.problem);
  const [service] = read.services;
  if (service === undefined) throw new Error("no service");
  return service;
};

test("a service is found on its line, with anchors and merges resolved", () => {
  const read = readCompose(`x-base: &base
  user: "10014"
services:
  db:
    image: postgres:17
  orders:
    <<: *base
    image: a:1
`);
  expect(read.ok && read.services.map(({ name, line, user }) => [name, line, user])).toEqual([
    ["db", 4, undefined],
    ["orders", 6, "10014"],
  ]);
});

test.each([
  ["a: [", /^line 1 is no YAML/u],
  ["volumes: {}", /^it has no services$/u],
  ["- a", /^it has no services$/u],
])("%j is not judged", (yaml, problem) => {
  const read = readCompose(yaml);
  expect(read.ok ? "" : read.problem).toMatch(problem);
});

test("a bomb of aliases is refused", () => {
  const lines = ["a0: &a0 [x,x,x,x,x,x,x,x,x,x]"];
  for (let at = 1; at < 9; at++)
    lines.push(
      `a${at}: &a${at} [${Array(10)
        .fill(`*a${at - 1}`)
        .join(",")}]`,
    );
  expect(readCompose(`${lines.join("\n")}\nservices: {a: {image: x}}\n`).ok).toBe(false);
});

describe("variables", () => {
  test.each([
    ["environment:\n  DB_PASSWORD: hunter2", ["DB_PASSWORD"]],
    ["environment:\n  - DB_PASSWORD=hunter2\n  - LANG=C", ["DB_PASSWORD"]],
    ["environment:\n  DB_PASSWORD: \u0024{DB_PASSWORD}", []],
    ["environment:\n  DB_PASSWORD_FILE: /run/secrets/db", []],
    ["environment:\n  - DB_PASSWORD", []],
    ["environment:\n  URL: postgresql://a:hunter2@db/x", ["URL"]],
  ])("%j", (yaml, names) => expect(only(yaml).secretVariables).toEqual(names));
});

describe("mounts", () => {
  test.each([
    ["- ./Config.toml:/c/Config.toml", 1],
    ["- ./Config.toml:/c/Config.toml:ro", 0],
    ["- ./Config.toml:/c/Config.toml:z,ro", 0],
    ["- data:/var/lib/x", 0],
    ["- {type: bind, source: ./conf, target: /conf}", 1],
    ["- {type: bind, source: ./conf, target: /conf, read_only: true}", 0],
    ["- ./log:/var/log/orders", 0],
  ])("%s", (line, found) => expect(writableConfiguration(only(`volumes:\n  ${line}`))).toHaveLength(found));
});

describe("ports", () => {
  test.each([
    ['"9090:9090"', true],
    ['"0.0.0.0:9090:9090"', true],
    ['"[::]:9090:9090"', true],
    ['"127.0.0.1:9090:9090/tcp"', false],
    ['"[::1]:9090:9090"', false],
    ["9090", true],
    ["{target: 9090, published: 9090}", true],
    ["{target: 9090, published: 9090, host_ip: 10.0.0.5}", false],
  ])("%s answers everywhere: %s", (line, open) =>
    expect(only(`ports: [${line}]`).ports.map(isOpenToAll)).toEqual([open]));
  test("a port that is not published is none", () => expect(only("ports: [{target: 9090}]").ports).toEqual([]));
});

test.each([
  ["privileged: true", ["privileged"]],
  ["volumes: [/var/run/docker.sock:/var/run/docker.sock:ro]", ["/var/run/docker.sock mounted"]],
  ["volumes: [/:/host:ro]", ["/ of the host mounted"]],
  ["cap_add: [CAP_SYS_ADMIN, NET_BIND_SERVICE]", ["capability SYS_ADMIN"]],
  ["network_mode: host\npid: host", ["network of the host", "processes of the host"]],
  ["security_opt: [seccomp:unconfined]", ["seccomp:unconfined"]],
  ["image: a:1", []],
])("%j gives away", (yaml, given) => expect(breakouts(only(yaml))).toEqual(given));

test.each([
  ["mem_limit: 1g\npids_limit: 100", { memory: true, processes: true }],
  ["deploy: {resources: {limits: {memory: 1g}}}", { memory: true, processes: false }],
])("%j has limits", (yaml, limits) => expect(only(yaml).limits).toEqual(limits));
