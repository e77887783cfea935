import { describe, expect, it } from "vitest";
import { namesIn, pictureOf } from "../../src/core/pictures.ts";
import { known } from "../../src/model/fact.ts";
import { stepPage } from "../../src/plain/pages/step.ts";
import { integrations } from "../../src/probes/integrations.ts";
import { workloadStep } from "../../steps/runtime/workload/index.ts";
import { fakeSession, inspectionOf, target } from "../core/wizard-fixture.ts";
import { anIntegration, whatRunsHere } from "../steps/integration-fixture.ts";
import { factsOf } from "../steps/settle.ts";
import { keys, stage } from "./stage.tsx";

const socket = {
  transport: "tcp" as const,
  address: "0.0.0.0",
  device: "",
  port: 9090,
  families: [4 as const],
  reach: "any" as const,
  processes: [],
};
const orders = anIntegration({ sockets: [socket] });
const secret = {
  ...orders.configuration,
  settings: [
    {
      path: ["dbPassword"],
      key: "dbPassword",
      value: "hunter22hunter22",
      source: { kind: "file" as const, path: "/opt/orders/Config.toml", line: 1, start: 0, end: 1 },
      shadowed: [],
      secret: true,
    },
  ],
};
const two = factsOf([
  integrations,
  known(
    whatRunsHere([{ ...orders, configuration: secret }, anIntegration({ id: "billing\u001b[2J", sockets: [socket] })]),
  ),
]);
const session = { ...fakeSession(), inspect: async () => inspectionOf(two) };
const setting = {
  steps: [workloadStep],
  version: "0.1.0",
  target,
  targetOptions: ["--host", "app01"],
  confirmWithin: 120,
};

describe("what runs here, in the wizard", () => {
  it("is named in the hub and drawn in its step, on the screen and line by line", async () => {
    const { press, runner, shows, screen, unmount } = stage({ session, start: { setting } });
    await press(keys.enter);
    await shows("Runtime security");
    await press(keys.escape);
    await shows("Score 100");
    expect(screen()).toContain("orders-api, billing");
    await press("1", keys.enter);
    await shows("With which Ballerina release");
    await press(keys.tab);
    await shows("orders-api.service, running, as orders");
    expect(screen()).toContain("/opt/orders/Config.toml (1 key)");
    expect(screen()).toContain("*:9090 default listener");
    expect(screen()).not.toContain("hunter22");
    for (const row of screen().split("\n")) expect(row.length).toBeLessThanOrEqual(80);
    const state = runner.state();
    if (state.screen.name !== "step") throw new Error("not in the step");
    const { section } = stepPage(state, state.screen);
    expect(section?.lines).toContain("  runs: orders-api.service, running, as orders");
    for (const hidden of ["hunter22", "\u001b"]) expect(section?.lines.join(" ")).not.toContain(hidden);
    unmount();
  });
});

describe("a picture", () => {
  it("of many has a line for each", () => {
    const all = Array.from({ length: 10 }, (_, index) =>
      anIntegration({ id: `order-${index + 1}`, sockets: [socket] }),
    );
    const facts = factsOf([integrations, known(whatRunsHere(all))]);
    const lines = pictureOf(facts, workloadStep);
    expect(lines.map(({ label }) => label)).toEqual(all.map(({ id }) => id));
    expect(lines[0]?.text).toBe("orders-api.service, running, as orders; Java 21; listens on 9090");
    expect(namesIn(facts, [workloadStep])).toHaveLength(10);
  });

  it("of nothing is nothing", () => {
    expect(pictureOf(new Map(), workloadStep)).toEqual([]);
    expect(pictureOf(factsOf([integrations, known(whatRunsHere([]))]), workloadStep)).toEqual([]);
    expect(pictureOf(two, { ...workloadStep, picture: undefined } as never)).toEqual([]);
  });
});
