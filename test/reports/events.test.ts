import { expect, test } from "vitest";
import { eventLine } from "../../src/reports/events.ts";

test("a verification that went well takes one line, one that failed says all", () => {
  const text = `awk ${"{ print }".repeat(40)} /boot/grub/grub.cfg`;
  const line = eventLine({ kind: "verify", ok: true, text }, undefined) ?? "";
  expect(line.length).toBeLessThan(110);
  expect(line).toMatch(/^verified: awk .* … .*\/boot\/grub\/grub\.cfg$/u);
  expect(eventLine({ kind: "verify", ok: false, text }, undefined)).toBe(`verification failed: ${text}`);
  expect(eventLine({ kind: "verify", ok: true, text: "sshd -t" }, undefined)).toBe("verified: sshd -t");
});
