import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { version } from "../../src/version.ts";
import { type Lab, labOrSkip, openLab, type Server } from "./harness/index.ts";

const executable = "dist/drawbridge";
const reason = labOrSkip();

describe.skipIf(reason !== undefined)(
  `the executable on a server without Node${reason ? ` (skipped: ${reason})` : ""}`,
  () => {
    let lab: Lab;
    let server: Server;

    beforeAll(async () => {
      if (!existsSync(executable)) execFileSync(process.execPath, ["scripts/build.ts"]);
      lab = await openLab();
      server = await lab.server({ release: "bookworm", flavour: "fresh" });
      await server.writeFile("/usr/local/bin/drawbridge", readFileSync(executable), { mode: "0755" });
    });

    afterAll(() => lab?.close());

    test("there is no Node, and it runs", async () => {
      expect(await server.exec(["sh", "-c", "command -v node npm"])).toMatchObject({ exitCode: 127, stdout: "" });
      expect(await server.exec(["drawbridge", "--version"])).toMatchObject({
        exitCode: 0,
        stdout: `drawbridge ${version}\n`,
        stderr: "",
      });
      expect((await server.must(["drawbridge", "--help"])).split("\n")[0]).toBe(
        "Usage: drawbridge [command] [options]",
      );
      expect(await server.exec(["drawbridge", "inspekt"])).toMatchObject({ exitCode: 2, stdout: "" });
    });

    test("it obeys no NODE_OPTIONS, for it runs as root", async () => {
      await server.writeFile("/root/foreign.cjs", 'require("node:fs").writeFileSync("/root/foreign-code-ran", "");');
      for (const text of ["--require /root/foreign.cjs", "--import /root/foreign.cjs", "--inspect-brk"]) {
        const answer = await server.exec(["drawbridge", "--version"], { env: { NODE_OPTIONS: text } });
        expect(answer).toMatchObject({ exitCode: 0, stdout: `drawbridge ${version}\n`, stderr: "" });
      }
      expect((await server.exec(["test", "-e", "/root/foreign-code-ran"])).exitCode).toBe(1);
    });
  },
);
