/** The stand-in integration behaves as a Ballerina program does, and the tools around it tell the truth. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Lab, labOrSkip, openLab, type Server } from "./harness/index.ts";
import { installIntegration, requestCounter, smallJvm } from "./workload/index.ts";

const reason = labOrSkip();

describe.skipIf(reason !== undefined)(`the stand-in integration${reason ? ` (skipped: ${reason})` : ""}`, () => {
  let lab: Lab;
  let server: Server;

  beforeAll(async () => {
    lab = await openLab();
    server = await lab.server({ release: "bookworm", flavour: "java" });
    await installIntegration(server, { name: "orders", unit: { jvm: smallJvm } });
  });
  afterAll(() => lab?.close());

  it("loses a few requests in a restart and counts them", async () => {
    const url = `http://${server.address}:9090/health`;
    const counter = await requestCounter(lab, url);
    await server.must(["systemctl", "restart", "orders.service"]);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const counts = (await counter.stop())[url];
    expect(counts?.failed).toBeGreaterThan(0);
    expect(counts?.byStatus.ECONNREFUSED).toBeGreaterThan(0);
    expect(counts?.ok).toBeGreaterThan(50);
    expect(counts?.longestGapMs).toBeGreaterThan(50);
    expect(counts?.sent).toBe((counts?.ok ?? 0) + (counts?.failed ?? 0));
  });
});
