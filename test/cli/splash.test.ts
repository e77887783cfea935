import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { splashLine } from "../../src/splash.ts";

let image = "";

beforeAll(() => {
  image = mkdtempSync(join(tmpdir(), "drawbridge-splash-"));
  mkdirSync(join(image, "etc"));
  writeFileSync(join(image, "etc/os-release"), 'ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
});

afterAll(() => rmSync(image, { recursive: true, force: true }));

test("this machine: its name, its system, and the promise", () => {
  expect(splashLine({}, 200)).toMatch(/^ drawbridge {3}\S+ {3}\S.* {3}read-only: nothing has changed$/);
  expect(splashLine({}, 200)).toContain(hostname());
});

test("an image: its path and its system", () => {
  expect(splashLine({ root: image }, 200)).toBe(` drawbridge   ${image}   Debian 12   read-only: nothing has changed`);
  expect(splashLine({ root: join(image, "etc") }, 200)).toContain("unknown system");
});

test("another machine: nothing is known of it yet", () => {
  expect(splashLine({ host: "op@app01:22022" }, 80)).toBe(
    " drawbridge   op@app01:22022   connecting   read-only: nothing has changed",
  );
});

test("a narrow terminal gets one line, without the system first", () => {
  expect(splashLine({ host: "app01" }, 55)).toBe(" drawbridge   app01   read-only: nothing has changed");
  expect(splashLine({ host: "app01" }, 20)).toHaveLength(19);
});

test("a name cannot steer the terminal", () => {
  expect(splashLine({ host: "\u001b[2Japp\u202e01\r" }, 80)).toContain(" [2Japp01 ");
});
