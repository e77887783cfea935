import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { answerReader } from "../../../../src/core/answers.ts";
import { known } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Probe } from "../../../../src/model/probe.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Repository, repositories } from "../../../../src/probes/repositories.ts";
import { generateDelivery } from "../../../../steps/configuration/delivery/generate.ts";
import { delivery } from "../../../../steps/configuration/delivery/index.ts";
import { workloadStep } from "../../../../steps/runtime/workload/index.ts";
import { factsOf, settle } from "../../settle.ts";

const generated = (answers: Answers = {}) => generateDelivery(answerReader(new Map(), answers));
const text = (path: string) => generated().find((file) => file.path === `/repository/${path}`)?.content ?? "";
const seen = (repository: Partial<Repository>[], answers: Answers = {}) =>
  settle(
    [workloadStep, delivery],
    factsOf(
      [integrations as Probe<unknown>, known({ integrations: [], installations: [], others: [], bounds: [] })],
      [attestations as Probe<unknown>, known({ records: {}, today: "2026-11-22", file: undefined })],
      [
        repositories as Probe<unknown>,
        known(
          repository.map((over) => ({
            path: "/srv/a",
            problem: undefined,
            tracked: [],
            ignore: undefined,
            files: [],
            bounds: [],
            ...over,
          })),
        ),
      ],
    ),
    { "workload.expected": true, ...answers },
  );
const workflow = (content: string, current = true) =>
  seen([{ files: [{ object: "0", path: ".github/workflows/a.yml", content, current }] }]);

describe("delivery-actions-pinned", () => {
  test("what is generated names actions by commit, but for the one whose commit is not known", () => {
    expect(workflow(text(".github/workflows/image-delivery.yml")).details["delivery-actions-pinned"]).toMatch(
      /^\/srv\/a: \.github\/workflows\/a\.yml:\d+ ballerina-platform\/setup-ballerina@v1\.1\.4$/u,
    );
  });
  test.each([
    ["      - uses: a/b@v1", "fail"],
    ["        uses: 'a/b@main' # x", "fail"],
    [`      - uses: a/b@${"0".repeat(40)} # v1`, "pass"],
    ["      - uses: ./.github/actions/x", "pass"],
    [`      - uses: docker://a@sha256:${"0".repeat(64)}`, "pass"],
    ["      - run: echo uses: a/b@v1", "pass"],
  ])("%j: %s", (line, result) => expect(workflow(line).results["delivery-actions-pinned"]).toBe(result));
  test("old commits and no repository are no finding", () => {
    expect(workflow("- uses: a/b@v1", false).results["delivery-actions-pinned"]).toBe("pass");
    expect(seen([]).results["delivery-actions-pinned"]).toBe("notapplicable");
  });
});

test.each(["delivery-approval", "delivery-one-build", "delivery-provenance"])("%s is vouched for by somebody", (id) => {
  expect(seen([]).results[id]).toBe("unknown");
  const question = id.replace("delivery-", "delivery.");
  const { titles } = seen([], { [question]: "Operations; https://wiki.example/delivery; 2027-06-30" });
  expect(titles).toContain("Write down who vouches for what");
});

describe("what is generated", () => {
  const yaml = (path: string) => parse(text(path));
  test("GitHub: production waits for staging and its reviewers, and every environment gets the digest of one build", () => {
    const { jobs, permissions } = yaml(".github/workflows/image-delivery.yml");
    expect(permissions).toEqual({});
    expect(jobs.production).toMatchObject({ needs: ["build", "staging"], environment: "production" });
    expect(jobs.staging.needs).toEqual(["build", "development"]);
    for (const name of ["development", "staging", "production"]) {
      const [, promote] = jobs[name].steps;
      expect(promote.run).toContain(`sh deploy/promote.sh ${name} "$DIGEST"`);
      expect(promote.env.DIGEST).toBe("$" + "{{ needs.build.outputs.digest }}");
    }
  });
  test("GitLab: production is started by hand, in stages that the other pipeline has as well", () => {
    const pipeline = yaml(".gitlab/image-delivery.yml");
    expect(pipeline["image-production"].rules).toEqual([expect.objectContaining({ when: "manual" })]);
    expect(pipeline.stages).toEqual(["build", "scan", "staging", "production"]);
    const jobs = Object.entries(pipeline).filter(([name]) => /^image-/u.test(name)) as [string, { stage: string }][];
    for (const [, { stage }] of jobs) expect(pipeline.stages).toContain(stage);
  });
  test("Jenkins: an input stands before production", () => {
    const content = text("Jenkinsfile.image-delivery");
    expect(content.indexOf("input message")).toBeGreaterThan(content.indexOf("promote.sh staging"));
    expect(content.indexOf("input message")).toBeLessThan(content.indexOf("promote.sh production"));
  });
  test("only for the build servers that were chosen", () => {
    expect(generated({ "delivery.forge": [] })).toEqual([]);
    expect(generated({ "delivery.forge": ["gitlab"] }).map(({ path }) => path)).toEqual([
      "/repository/.gitlab/image-delivery.yml",
      "/repository/deploy/build-image.sh",
      "/repository/deploy/promote.sh",
    ]);
  });
});
