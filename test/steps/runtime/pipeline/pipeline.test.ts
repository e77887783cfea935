import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { type Fact, known } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Attestations, attestations } from "../../../../src/probes/attestations.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { versions } from "../../../../src/probes/versions.ts";
import { shippedTable } from "../../../../src/versions/table.ts";
import { pipeline } from "../../../../steps/runtime/pipeline/index.ts";
import { pipelineDistribution } from "../../../../steps/runtime/pipeline/questions.ts";
import { whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

const generated = (given: Answers = {}) => pipeline.generate?.(answerReader(new Map(), given)) ?? [];
const contentOf = (path: string, given: Answers = {}): string => {
  const file = generated(given).find((one) => one.path === `/repository/${path}`);
  if (file === undefined) throw new Error(`no ${path}`);
  return file.content;
};
const withInstalled = (version: string | undefined) => {
  const installations = [{ product: "ballerina" as const, path: "/usr/lib/ballerina", version, bundledJava: [] }];
  const facts = new Map<string, Fact<unknown>>([
    [versions.id, known({ table: shippedTable(), today: "2026-11-22", replacedBy: undefined })],
    [integrations.id, known(whatRunsHere([], { installations }))],
  ]);
  return answerReader(facts, {}).get(pipelineDistribution);
};

describe("what is generated", () => {
  it("is everything for the chosen build servers, and what all of them need", () => {
    expect(generated({ "pipeline.forge": ["gitlab"] }).map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      "0644 /repository/.gitlab-ci.yml",
      "0644 /repository/renovate.json",
      "0755 /repository/deploy.sh",
      "0644 /repository/docs/rollback-plan.md",
    ]);
    expect(generated().map(({ path }) => path)).toContain("/repository/.github/workflows/integration.yml");
    expect(generated({ "pipeline.forge": [] })).toEqual([]);
  });

  it("names the distribution, everywhere the same, and leaves no gap", () => {
    const given = { "pipeline.distribution": "2201.12.11" };
    for (const { path, content } of generated(given)) {
      expect(content, path).not.toMatch(/\{\{[a-z]+\}\}/u);
      for (const [, version] of content.matchAll(/BALLERINA_VERSION\s*[:=]\s*["']?(\d[\d.]*)/gu)) {
        expect(version, path).toBe("2201.12.11");
      }
    }
  });

  it.each([
    [undefined, "2201.13.5"],
    ["2201.12.3", "2201.12.11"],
    ["2201.9.8", "2201.13.5"],
  ])("with %s installed it proposes %s", (installed, proposed) => {
    expect(withInstalled(installed)).toBe(proposed);
  });
});

describe("Renovate's patterns", () => {
  type Manager = { managerFilePatterns: string[]; matchStrings: string[]; extractVersionTemplate?: string };
  const { customManagers } = JSON.parse(contentOf("renovate.json")) as { customManagers: Manager[] };
  /** What Renovate would find in a file: named groups of the first match of every manager that reads it. */
  const found = (path: string, text: string) =>
    customManagers
      .filter(({ managerFilePatterns }) =>
        managerFilePatterns.some((pattern) => new RegExp(pattern.slice(1, -1), "u").test(path)),
      )
      .flatMap(({ matchStrings }) => matchStrings)
      .flatMap((pattern) => [...text.matchAll(new RegExp(pattern, "gu"))].map(({ groups }) => ({ ...groups })));

  it("find the distribution of a package, and not one that is only talked about", () => {
    const text =
      '[package]\norg = "acme"\nversion = "1.0.0"\ndistribution = "2201.13.3"\n# distribution = "2201.1.1"\n';
    expect(found("services/orders/Ballerina.toml", text)).toEqual([{ currentValue: "2201.13.3" }]);
    expect(found("MyBallerina.toml", text)).toEqual([]);
  });

  it("find it in every pipeline that is generated beside them", () => {
    for (const path of [".github/workflows/integration.yml", ".gitlab-ci.yml", "Jenkinsfile"]) {
      expect(found(path, contentOf(path)), path).toContainEqual({ currentValue: "2201.13.5" });
    }
  });

  it("find scanners by digest, and base images", () => {
    const trivy = found("Jenkinsfile", contentOf("Jenkinsfile")).find((one) => "currentDigest" in one);
    expect(trivy).toMatchObject({ depName: "aquasec/trivy", currentValue: "0.74.0" });
    expect(found("Cloud.toml", '[container.image]\nbase="ballerina/jvm-runtime:3.1"\n')).toEqual([
      { depName: "ballerina/jvm-runtime", currentValue: "3.1", currentDigest: undefined },
    ]);
  });

  it("read the tags that releases carry", () => {
    const extract = new RegExp(customManagers[0]?.extractVersionTemplate ?? "", "u");
    for (const tag of ["v2201.13.3", "2201.13.3", "v2201.13.3-swan-lake"]) {
      expect(extract.exec(tag)?.groups?.version).toBe("2201.13.3");
    }
    expect(extract.test("v2201.13.6-Alpha2")).toBe(false);
  });
});

describe("the workflow", () => {
  const workflow = contentOf(".github/workflows/integration.yml");
  it("names actions by commit, and says how to where it does not", () => {
    const loose = [...workflow.matchAll(/uses: (\S+)@(\S+)(.*)$/gmu)].filter(
      ([, , reference = "", comment = ""]) => !/^[0-9a-f]{40}$/u.test(reference) || !/# v\d/u.test(comment),
    );
    expect([...new Set(loose.map(([, action]) => action))]).toEqual(["ballerina-platform/setup-ballerina"]);
    expect(workflow).toContain("git ls-remote https://github.com/ballerina-platform/setup-ballerina v1.1.4");
  });

  it("gives no job more rights than it names", () => {
    expect(workflow).toContain("\npermissions: {}\n");
    expect(workflow).not.toContain("pull_request_target");
    expect(workflow.match(/persist-credentials: false/gu)?.length).toBe(workflow.match(/actions\/checkout@/gu)?.length);
  });
});

it("asks for what no server can see, each under its own name", () => {
  const ids = pipeline.controls.map(({ id }) => id);
  expect(new Set(ids).size).toBe(5);
  expect(pipeline.controls.every(({ guideline }) => guideline.includes("RT-02"))).toBe(true);
});

describe.each([
  ["pipeline-scanned", "pipeline.scanned"],
  ["pipeline-updates", "pipeline.updates"],
  ["pipeline-staging", "pipeline.staging"],
  ["pipeline-rollback", "pipeline.rollback"],
  ["pipeline-advisories", "pipeline.advisories"],
] as const)("%s", (controlId, questionId) => {
  const seen = (reviewBy: string | undefined) =>
    known<Attestations>({
      today: "2026-11-22",
      file: undefined,
      records:
        reviewBy === undefined
          ? {}
          : {
              [questionId]: {
                claim: claimOf(),
                owner: "Operations",
                evidence: "OPS-7",
                attested: "2026-01-01",
                reviewBy,
              },
            },
    });
  const claimOf = () => pipeline.controls.find(({ id }) => id === controlId)?.title ?? "";
  const judged = (reviewBy: string | undefined) =>
    settle([pipeline], factsOf([attestations, seen(reviewBy)])).results[controlId];

  it("is what somebody vouches for, until the day of its review", () => {
    expect([judged(undefined), judged("2027-01-01"), judged("2026-11-21")]).toEqual(["unknown", "attested", "fail"]);
  });
});
