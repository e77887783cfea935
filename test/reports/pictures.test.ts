import { expect, test } from "vitest";
import { documents } from "../../src/model/documents.ts";
import { documentText } from "../../src/reports/json.ts";
import { inspectionText } from "../../src/reports/text.ts";
import { hostPicture, pictureLines } from "../../src/workload/picture.ts";
import { anIntegration, whatRunsHere } from "../steps/integration-fixture.ts";

const host = { name: "app01", machineId: "", release: "Debian GNU/Linux 12" };
const style = { paint: (_style: unknown, text: string) => text, unicode: true } as Parameters<typeof inspectionText>[1];
const hostile = "\u001b[2J\u009b31m\nroot";
const here = whatRunsHere([anIntegration(), anIntegration({ id: hostile, user: hostile })], {
  installations: [{ product: "ballerina", path: "/usr/lib/ballerina", version: "2201.10.0", bundledJava: [] }],
  others: [{ name: "jenkins.service", user: "jenkins", jar: undefined }],
  bounds: ["more than 40 JARs below /opt"],
});

test("the text names what runs here before it judges, and nothing in it steers a terminal", () => {
  const text = inspectionText(
    {
      host,
      findings: [],
      rights: { root: true },
      durationMs: 1,
      pictures: [{ title: "What runs here", lines: pictureLines(here) }],
    },
    style,
  );
  expect(text).toContain("\nWhat runs here\n  orders-api\n    runs        orders-api.service, running, as orders\n");
  expect(text).toContain("    other Java  jenkins.service as jenkins\n");
  expect(text).toContain("more than 40 JARs below /opt");
  for (const hidden of ["\u001b", "\u009b", "\nroot"]) expect(text).not.toContain(hidden);
});

test("a step that found nothing has no heading", () =>
  expect(
    inspectionText(
      { host, findings: [], rights: { root: true }, durationMs: 1, pictures: [{ title: "What runs here", lines: [] }] },
      style,
    ),
  ).not.toContain("What runs here"));

test("the document fits its schema and says the same", () => {
  const rights = { root: true, reason: "", remedy: "" };
  const text = documentText("inspect", {
    host,
    rights,
    durationMs: 1,
    score: 100,
    findings: [],
    whatRunsHere: hostPicture(here),
  });
  const read = documents.inspect.parse(JSON.parse(text));
  expect(read.whatRunsHere?.integrations.map(({ id }) => id)).toEqual(["orders-api", hostile]);
  expect(read.whatRunsHere?.integrations[0]?.modules[0]).toEqual({ name: "ballerina/http", version: ">=2.16.3" });
});
