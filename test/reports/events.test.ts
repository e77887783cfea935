import { expect, test } from "vitest";
import { eventLine } from "../../src/reports/events.ts";

test("a verification says what was run, and how it went", () => {
  expect(eventLine({ kind: "verify", ok: true, text: "sshd -t" }, undefined)).toBe("verified: sshd -t");
  expect(eventLine({ kind: "verify", ok: false, text: "sshd -t: no hostkeys" }, undefined)).toBe(
    "verification failed: sshd -t: no hostkeys",
  );
});
