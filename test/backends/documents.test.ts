import { expect, test } from "vitest";
import { renderFiles } from "../../src/backends/files.ts";
import { answerReader } from "../../src/core/answers.ts";
import { known } from "../../src/model/fact.ts";
import { integrations } from "../../src/probes/integrations.ts";
import { schemaStep } from "../../steps/configuration/schema/index.ts";
import { anIntegration, whatRunsHere } from "../steps/integration-fixture.ts";
import { factsOf } from "../steps/settle.ts";

test("what describes a machine is generated where one was inspected, and only there", () => {
  const facts = factsOf([integrations, known(whatRunsHere([anIntegration()]))]);
  const paths = (...given: Parameters<typeof renderFiles>) => renderFiles(...given).map(({ path }) => path);
  expect(paths([schemaStep], answerReader(facts, {}), {}, {}, facts)).toEqual([
    "/etc/integrations/orders-api.Config.toml.example",
    "/etc/integrations/endpoints.md",
    "/etc/integrations/endpoints.json",
    "/answers.json",
    "/README.md",
  ]);
  expect(paths([schemaStep], answerReader(new Map(), {}), {}, {})).toEqual(["/answers.json", "/README.md"]);
});
