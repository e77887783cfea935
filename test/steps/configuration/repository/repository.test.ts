import { describe, expect, test } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Probe } from "../../../../src/model/probe.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { parseRepositories, type Repository, repositories } from "../../../../src/probes/repositories.ts";
import { type SecretAges, secretAges } from "../../../../src/probes/secret-ages.ts";
import { repository } from "../../../../steps/configuration/repository/index.ts";
import { workloadStep } from "../../../../steps/runtime/workload/index.ts";
import { captured, factsOf, settle } from "../../settle.ts";

const searched = parseRepositories(captured("containers", "repositories"));
const seen = (given: readonly Repository[], answers: Answers = {}, ages: SecretAges = { now: 0, files: [] }) =>
  settle(
    [workloadStep, repository],
    factsOf(
      [integrations as Probe<unknown>, known({ integrations: [], installations: [], others: [], bounds: [] })],
      [repositories as Probe<unknown>, known(given)],
      [secretAges as Probe<unknown>, known(ages)],
      [attestations as Probe<unknown>, known({ records: {}, today: "2026-11-22", file: undefined })],
    ),
    { "workload.expected": true, ...answers },
  );
const a = (over: Partial<Repository> = {}): Repository => ({
  path: "/srv/a",
  problem: undefined,
  tracked: ["main.bal", "tests/Config.toml"],
  ignore: "Config.toml\n!tests/Config.toml\nsecrets.toml\n.env\n*.p12\n*.key\n",
  files: [{ object: "a".repeat(40), path: "main.bal", content: "configurable string password = ?;\n", current: true }],
  bounds: [],
  ...over,
});

describe("a captured repository", () => {
  const { results, details, changes, findings } = seen(searched.filter(({ problem }) => problem === undefined));
  test.each([
    [
      "repository-secrets",
      "/srv/orders: deploy/.env:1 TOKEN (object 203c76cc010c); main.bal:2 apiKey (object 1c162af087f5)",
    ],
    [
      "repository-history",
      "/srv/orders: a b.properties:1 x.password (object 4f1499f2e0e9); Config.toml:1 dbPassword (object 11b842dda798)",
    ],
    ["repository-ignore", "/srv/orders: .gitignore without Config.toml, secrets.toml, .env, *.p12, *.key"],
  ])("%s fails", (id, detail) => {
    expect(results[id]).toBe("fail");
    expect(details[id]).toBe(detail);
  });
  test("a Config.toml of the history is no longer tracked: repository-configuration", () =>
    expect(results["repository-configuration"]).toBe("pass"));
  test("nothing is planned, and no value is said", () => {
    expect(changes).toEqual([]);
    expect(JSON.stringify(findings)).not.toContain("DRAWBRIDGE-SECRET");
  });
});

test("a careful repository passes", () => {
  const { results } = seen([a()]);
  for (const id of ["repository-secrets", "repository-history", "repository-configuration", "repository-ignore"])
    expect([id, results[id]]).toEqual([id, "pass"]);
});

test("a tracked Config.toml fails, the one of the tests does not", () => {
  const { results, details } = seen([a({ tracked: ["tests/Config.toml", "deploy/Config.toml"] })]);
  expect(results["repository-configuration"]).toBe("fail");
  expect(details["repository-configuration"]).toBe("/srv/a: deploy/Config.toml");
});

test.each([
  ["secrets.toml\n", true],
  [undefined, true],
  ["*\n", false],
  ["/Config.toml\nsecrets.toml\n.env\n*.p12\n*.key", false],
  ["Config.toml\nsecrets.toml\n.env\n*.p12\n*.key\n!Config.toml", true],
])("%j lets configuration or keys in: %s", (ignore, failing) => {
  expect(seen([a({ ignore })]).results["repository-ignore"]).toBe(failing ? "fail" : "pass");
});

test("what could not be read, or not wholly, is unknown", () => {
  const { results, details } = seen([
    a({ bounds: ["3 files larger than 64 KiB"] }),
    a({ path: "/srv/b", problem: "it is no git repository", files: [] }),
  ]);
  expect(results["repository-secrets"]).toBe("unknown");
  expect(details["repository-secrets"]).toBe(
    "/srv/b: it is no git repository; /srv/a: 3 files larger than 64 KiB were not read",
  );
  expect(results["repository-ignore"]).toBe("unknown");
});

test("without a repository there is nothing to judge, and nobody vouches for repository-rotation-plan", () => {
  const { results } = seen([]);
  expect(results).toMatchObject({
    "repository-secrets": "notapplicable",
    "repository-history": "notapplicable",
    "repository-rotation": "notapplicable",
    "repository-rotation-plan": "unknown",
  });
});

describe("repository-rotation", () => {
  const day = 86_400;
  const ages = (...days: number[]): SecretAges => ({
    now: 1000 * day,
    files: days.map((old) => ({ path: `/etc/integrations/${old}.secrets.toml`, modified: (1000 - old) * day })),
  });
  test("young files pass, old ones are named", () => {
    expect(seen([], {}, ages(3, 365)).results["repository-rotation"]).toBe("pass");
    const { results, details } = seen([], {}, ages(3, 366));
    expect(results["repository-rotation"]).toBe("fail");
    expect(details["repository-rotation"]).toBe("/etc/integrations/366.secrets.toml was last written 366 days ago");
  });
  test("the answer decides what is old", () =>
    expect(seen([], { "repository.rotation-days": 2 }, ages(3)).results["repository-rotation"]).toBe("fail"));
});

test("answers of git that make no sense are nothing", () => {
  for (const text of ["", "@blob x y z", "@repository /a\n@blob 00 1 a\n@contents \n", "@repository /a\n@tracked\n"])
    expect(() => parseRepositories(text.replace("@contents \n", ""))).not.toThrow();
});
