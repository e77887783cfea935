import { describe, expect, it } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known } from "../../../../src/model/fact.ts";
import { attestations } from "../../../../src/probes/attestations.ts";
import { firmware } from "../../../../src/probes/firmware.ts";
import { firmwareStep } from "../../../../steps/network/firmware/index.ts";
import { factsOf, parsed, settle } from "../../settle.ts";

const now = 1_790_000_000;
const answered = (text: string) => {
  const { results, details, changes } = settle(
    [firmwareStep],
    factsOf(
      [firmware, parsed(firmware, text)],
      [attestations, known({ today: "2026-11-22", records: {}, file: undefined })],
    ),
  );
  expect(changes).toEqual([]);
  return { result: results["firmware-host"], detail: details["firmware-host"] };
};
const fwupd = (code: number, output: string, listed = now - 86_400) =>
  `@virtual none\n@now ${now}\n@fwupd\n@listed ${listed}\n@code ${code}\n${output
    .split("\n")
    .map((line) => `|${line}`)
    .join("\n")}\n`;

describe("firmware-host", () => {
  it("does not apply to guests: their host has the firmware", () => {
    expect(answered(`@virtual kvm\n@now ${now}\n`)).toMatchObject({
      result: "notapplicable",
      detail: expect.stringContaining("kvm guest"),
    });
  });

  it("is unknown where nothing knows of updates", () => {
    expect(answered(`@virtual none\n@now ${now}\n`)).toMatchObject({ result: "unknown" });
    expect(answered(fwupd(1, "Failed to connect to daemon"))).toMatchObject({
      result: "unknown",
      detail: expect.stringContaining("Failed to connect"),
    });
    expect(answered(fwupd(0, "{ broken"))).toMatchObject({ result: "unknown" });
    expect(answered(fwupd(2, "No updates available", now - 90 * 86_400))).toMatchObject({
      result: "unknown",
      detail: expect.stringContaining("fwupdmgr refresh"),
    });
  });

  it("passes with a recent list and nothing to do", () => {
    expect(answered(fwupd(2, '{\n  "Error" : {\n    "Message" : "No updates available"\n  }\n}')).result).toBe("pass");
  });

  it("names each update that waits", () => {
    const devices = {
      Devices: [
        {
          Name: "System Firmware",
          Version: "1.2.0",
          Releases: [{ Version: "1.4.1", Urgency: "critical" }, { Version: "1.3.0" }],
        },
        { Name: "Keyboard", Version: "1" },
      ],
    };
    expect(answered(fwupd(0, JSON.stringify(devices, null, 2)))).toMatchObject({
      result: "fail",
      detail: expect.stringContaining("System Firmware to 1.4.1 (critical)"),
    });
  });
});

describe("firmware-devices and the checklist", () => {
  it("waits for somebody's word", () => {
    const facts = factsOf([attestations, known({ today: "2026-11-22", records: {}, file: undefined })]);
    expect(settle([firmwareStep], facts).results["firmware-devices"]).toBe("unknown");
  });

  it("names who vouches, and leaves no gap", () => {
    const [file] =
      firmwareStep.generate?.(
        answerReader(new Map(), { "firmware.devices": "Network | team; inventory; 2027-01-31" }),
      ) ?? [];
    expect(file?.content).not.toMatch(/\{\{/u);
    expect(file?.content).toContain("(`firmware.devices`) | Network \\| team | inventory | 2027-01-31 |");
    expect(file?.content).toContain("(`baseline.routers`) | nobody yet | | ");
  });
});
