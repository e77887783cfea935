/** A folder that is promoted to, under everything that goes wrong: killed between two writes, no room, no rights, somebody else at work. */
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { readHead, readLog } from "../../src/configuration/audit-log.ts";
import { documents } from "../../src/model/documents.ts";
import { type Answer, drawbridge, program, temporaryFolder } from "./drawbridge.ts";

// Every test starts the program many times, perhaps on a machine that has much else to do.
vi.setConfig({ testTimeout: 600_000 });

const folder = temporaryFolder();
const at = (...parts: readonly string[]): string => join(folder.path, ...parts);
const isRoot = process.getuid?.() === 0;

const before = {
  "base.toml": 'user = "old"\nlimit = 1\n',
  "more.toml": "a = 1\n",
  "secrets.toml": 'token = "MARK-target"\n',
};
const after = { "base.toml": 'user = "new"\nlimit = 2\n', "more.toml": "a = 2\n", "new.toml": "b = 3\n" };
const long = 1_000_000_000;

beforeAll(() => {
  for (const [name, text] of Object.entries(after)) folder.write(`source/${name}`, text);
  folder.write("source/secrets.toml", 'token = "MARK-source"\n');
});
beforeEach(() => reset());
afterAll(folder.remove);

const contents = (): Record<string, string> =>
  Object.fromEntries(
    readdirSync(at("target"))
      .filter((name) => name !== ".drawbridge")
      .toSorted()
      .map((name) => [name, readFileSync(at("target", name), "utf8")]),
  );
const promote = (...more: readonly string[]): Answer =>
  drawbridge(["promote", at("source"), at("target"), "--yes", ...more]);
const back = (id: string): Answer => drawbridge(["promote", "--rollback", id, at("target"), "--yes"]);
const log = () => {
  const answer = drawbridge(["log", at("target"), "--verify", "--format", "json"]);
  return { ...answer, document: documents.log.parse(JSON.parse(answer.stdout)) };
};
const idOf = ({ stdout }: Answer): string => stdout.split(":", 1)[0] ?? "";
const sorted = (files: Record<string, string>) => Object.fromEntries(Object.entries(files).toSorted());
const promoted = sorted({ ...before, ...after });

/** Runs the program until it asks the kernel for the nth time to change something. */
const brokenOff = (count: number, how: "kill" | "full", words: readonly string[]) => {
  const calls = how === "kill" ? ["renameSync", "rmSync"] : ["renameSync", "openSync"];
  const hook = folder.write(
    "hook.mjs",
    `import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
let left = ${count};
for (const name of ${JSON.stringify(calls)}) {
  const real = fs[name];
  fs[name] = (...parts) => {
    if (/target|proc.self/.test(String(parts[0])) && (name !== "openSync" || parts[1] === "wx") && --left === 0) {
      if (${how === "kill"}) process.kill(process.pid, "SIGKILL");
      process.stderr.write("hook: full\\n");
      throw Object.assign(new Error("no"), { code: "ENOSPC" });
    }
    return real(...parts);
  };
}
syncBuiltinESMExports();
`,
  );
  return spawnSync(process.execPath, ["--import", hook, program(), ...words], { encoding: "utf8" });
};

const reset = (from: string | undefined = undefined): void => {
  rmSync(at("target"), { recursive: true, force: true });
  if (from !== undefined) cpSync(at(from), at("target"), { recursive: true, preserveTimestamps: true });
  else
    for (const [name, text] of Object.entries(before)) {
      folder.write(`target/${name}`, text);
      utimesSync(at("target", name), long, long);
    }
};
const promotion = () => ["promote", at("source"), at("target"), "--yes"];
const loggedDeeds = () => {
  const own = (name: string) => readFileSync(at("target", ".drawbridge", name), "utf8");
  const { entries, problems } = readLog(own("log.jsonl"), readHead(own("log.head")));
  expect(problems).toEqual([]);
  return entries.map(({ what }) => what);
};

describe("killed between any two writes", () => {
  /** Writes before the one after which one file is new and the others are old. */
  let half = 0;

  test("of a promotion: the files are all old or all new, and the next one goes on from there", () => {
    const seen = new Set<string>();
    for (let count = 1; ; count += 1) {
      reset();
      const { signal, status } = brokenOff(count, "kill", promotion());
      if (signal === null) {
        expect(status).toBe(0);
        break;
      }
      if (contents()["base.toml"] === after["base.toml"] && half === 0) half = count;
      const mixed = JSON.stringify(contents());
      // What was cut off before it began needs nobody to put it right.
      if (mixed === JSON.stringify(before)) continue;
      seen.add(mixed);
      const again = promote();
      expect(again.status, `killed at ${count}: ${again.stderr}`).toBe(0);
      expect(contents()).toEqual(promoted);
      expect(loggedDeeds(), `killed at ${count}`).toEqual(["promoted"]);
      const left = readdirSync(at("target", ".drawbridge")).filter(
        (name) => !/^(?:log\.|backups|\.gitignore)/u.test(name),
      );
      expect(left).toEqual([]);
    }
    // Some of them were killed while the files were of both.
    expect(seen.size).toBeGreaterThan(2);
  });

  test("of the way back: it is gone to its end by whoever comes next, and logged", () => {
    let some = 0;
    const id = idOf(promote());
    rmSync(at("kept"), { recursive: true, force: true });
    cpSync(at("target"), at("kept"), { recursive: true, preserveTimestamps: true });
    for (let count = 1; ; count += 1) {
      reset("kept");
      const { signal } = brokenOff(count, "kill", ["promote", "--rollback", id, at("target"), "--yes"]);
      if (signal === null) break;
      if (JSON.stringify(contents()) === JSON.stringify(promoted)) continue;
      some += 1;
      const again = back(id);
      expect([0, 3], `killed at ${count}: ${again.stderr}`).toContain(again.status);
      if (again.status === 3) expect(again.stderr).toContain("was taken back already");
      expect(contents()).toEqual(before);
      expect(loggedDeeds()).toEqual(["promoted", "rolled back"]);
    }
    expect(some).toBeGreaterThan(2);
  });

  test("is told by the log, and a file that was edited in between stays as it is", () => {
    expect(brokenOff(half, "kill", promotion()).signal).toBe("SIGKILL");
    expect(drawbridge(["log", at("target")]).stderr).toContain("was cut off");
    writeFileSync(at("target", "base.toml"), "by = 'hand'\n");
    const again = drawbridge(["promote", at("source"), at("target"), "--endpoints", "--yes"]);
    expect(again.stderr).toContain("base.toml was edited since");
    expect(contents()["base.toml"]).toBe("by = 'hand'\n");
  });
});

describe("no room", () => {
  test("wherever it ends, everything is as it was, and nothing is left over", () => {
    for (let count = 1; ; count += 1) {
      reset();
      const { status, stderr } = brokenOff(count, "full", promotion());
      if (JSON.stringify(contents()) === JSON.stringify(promoted)) {
        // Either it never came, or only when the line was in the log: then it was done.
        expect(status, stderr).toBe(0);
        expect(loggedDeeds()).toEqual(["promoted"]);
        if (!stderr.includes("hook: full")) break;
        continue;
      }
      expect(contents(), `full at ${count}: ${stderr}`).toEqual(before);
      // Before anything was in place it is refused; afterwards it was put back.
      expect([3, 4], stderr).toContain(status);
      expect(stderr, `full at ${count}`).toMatch(/drawbridge: .*the disk is full/u);
      expect(stderr).not.toContain("internal error");
    }
  });

  test("a write that the system cuts short is no file: ulimit -f", () => {
    folder.write("large/base.toml", `a = "${"x".repeat(8000)}"\n`);
    // In blocks of 512 bytes or of 1024, as the shell counts.
    const answer = spawnSync(
      "sh",
      ["-c", 'ulimit -f 4; exec "$0" "$@"', process.execPath, program(), "promote", at("large"), at("target"), "--yes"],
      { encoding: "utf8" },
    );
    expect(answer.status, answer.stderr).toBe(3);
    expect(answer.stderr).toMatch(/cannot write to .*; allow larger files \(ulimit -f\), .*; nothing was changed$/mu);
    expect(contents()).toEqual(before);
    expect(existsSync(at("target", ".drawbridge"))).toBe(false);
  });
});

describe("somebody else", () => {
  test("two at once: one is done, the other is refused or has nothing left to do", async () => {
    const both = await Promise.all(
      [1, 2].map(
        () =>
          new Promise<number | null>((done) =>
            spawn(process.execPath, [program(), "promote", at("source"), at("target"), "--yes"], {
              stdio: "ignore",
            }).on("exit", done),
          ),
      ),
    );
    expect(both).toContain(0);
    for (const status of both) expect([0, 3]).toContain(status);
    expect(contents()).toEqual(promoted);
    expect(log().document.problems).toEqual([]);
    expect(log().document.entries).toHaveLength(1);
  });

  test("a lock whose holder is gone is no lock, even when its number came again", () => {
    mkdirSync(at("target", ".drawbridge"), { mode: 0o700 });
    writeFileSync(at("target", ".drawbridge", "lock"), `${process.pid} 1\n`);
    expect(promote().status).toBe(0);
    writeFileSync(at("target", ".drawbridge", "lock"), `${process.pid}\n`);
    const held = back("20260101-000000-0000");
    expect(held.status).toBe(3);
    expect(held.stderr).toContain("another promotion works on");
  });

  test.each([
    ["a link", () => symlinkSync("/etc", at("target", ".drawbridge"))],
    ["a file", () => writeFileSync(at("target", ".drawbridge"), "")],
    ["a folder that others may read", () => mkdirSync(at("target", ".drawbridge"), { mode: 0o755 })],
  ])("where our folder should be there is %s: refused", (_what, put) => {
    put();
    const answer = promote();
    expect(answer.status).toBe(3);
    expect(contents()).toEqual(before);
  });

  test("a link, a pipe and a second name in the target are not written through", () => {
    const outside = folder.write("outside.toml", "secret = 'of somebody else'\n");
    rmSync(at("target", "more.toml"));
    symlinkSync(outside, at("target", "more.toml"));
    expect(promote().stderr).toContain("more.toml is no regular file");
    rmSync(at("target", "more.toml"));
    spawnSync("mkfifo", [at("target", "more.toml")]);
    expect(promote().stderr).toContain("more.toml is no regular file");
    rmSync(at("target", "more.toml"));
    linkSync(outside, at("target", "base.toml.link"));
    linkSync(outside, at("target", "more.toml"));
    writeFileSync(outside, "a = 1\n");
    expect(promote().status).toBe(0);
    expect(readFileSync(outside, "utf8")).toBe("a = 1\n");
  });

  test.skipIf(!isRoot)("files keep their owner and mode, and new ones are like those beside them", () => {
    for (const name of Object.keys(before)) {
      chownSync(at("target", name), 4711, 4712);
      chmodSync(at("target", name), 0o440);
    }
    const id = idOf(promote());
    for (const name of Object.keys(promoted))
      expect(statSync(at("target", name)), name).toMatchObject({ uid: 4711, gid: 4712, mode: 0o100440 });
    expect(back(id).status).toBe(0);
    expect(statSync(at("target", "base.toml"))).toMatchObject({
      uid: 4711,
      gid: 4712,
      mode: 0o100440,
      mtimeMs: long * 1000,
    });
    expect(existsSync(at("target", "new.toml"))).toBe(false);
  });

  test.skipIf(!isRoot)("an account without a name is one, and one that may not is told so", () => {
    chmodSync(folder.path, 0o755);
    const as = (words: readonly string[]) =>
      spawnSync("setpriv", ["--reuid=4711", "--regid=4711", "--clear-groups", process.execPath, program(), ...words], {
        encoding: "utf8",
      });
    const answer = as(["promote", at("source"), at("target"), "--yes"]);
    expect(answer.status, answer.stderr).toBe(2);
    expect(answer.stderr).toContain("permission denied; run it as an account that may");
    chownSync(at("target"), 4711, 4711);
    const foreign = as(["promote", at("source"), at("target"), "--yes"]);
    expect(foreign.stderr).toContain("would belong to another account");
    expect(contents()).toEqual(before);
    expect(existsSync(at("target", ".drawbridge"))).toBe(false);
    for (const name of Object.keys(before)) chownSync(at("target", name), 4711, 4711);
    const own = as(["promote", at("source"), at("target"), "--yes"]);
    expect(own.status, own.stderr).toBe(0);
    expect(log().document.entries[0]?.who).toMatch(/^uid 4711@/u);
    // Who may not look is not told that there is nothing.
    const other = spawnSync(
      "setpriv",
      ["--reuid=4712", "--regid=4712", "--clear-groups", process.execPath, program(), "log", at("target"), "--verify"],
      { encoding: "utf8" },
    );
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("permission denied");
  });
});

describe("names and texts that want to be something else", () => {
  afterEach(() => rmSync(at("odd"), { recursive: true, force: true }));

  test("no name steers the terminal, and what is no name in UTF-8 is refused by name", () => {
    const names = ["esc\u001b[2Jape.toml", "line\nbreak.toml", Buffer.from([0xff, 0xfe, ...Buffer.from(".toml")])];
    for (const name of names) {
      folder.write("odd/base.toml", "a = 1\n");
      writeFileSync(Buffer.concat([Buffer.from(`${at("odd")}/`), Buffer.from(name)]), "b = 1\n");
      const answer = drawbridge(["promote", at("odd"), at("target"), "--yes"]);
      expect(answer.status).toBe(2);
      expect(answer.stderr).toContain("rename it");
      expect(answer.stderr).not.toContain("\u001b");
      expect(
        answer.stderr
          .trim()
          .split("\n")
          .filter((line) => line.startsWith("drawbridge: ")),
      ).toHaveLength(1);
      rmSync(at("odd"), { recursive: true });
    }
    const longest = `${"n".repeat(250)}.toml`;
    folder.write(`odd/${longest}`, "b = 1\n");
    const answer = drawbridge(["promote", at("odd"), at("target"), "--yes"]);
    expect(answer.status, answer.stderr).toBe(0);
    expect(back(idOf(answer)).status).toBe(0);
    expect(contents()).toEqual(before);
  });

  test("a folder with spaces and quotes gets a way back that can be pasted", () => {
    for (const [name, text] of Object.entries(before)) folder.write(`odd/it's here/${name}`, text);
    const answer = drawbridge(["promote", at("source"), at("odd", "it's here"), "--yes", "--format", "json"]);
    expect(answer.status, answer.stderr).toBe(0);
    const { rollback } = documents.promote.parse(JSON.parse(answer.stdout));
    const pasted = rollback.replace(/^drawbridge/u, `"${process.execPath}" "${program()}"`);
    const undone = spawnSync("sh", ["-c", `${pasted} --yes`], { encoding: "utf8" });
    expect(undone.status, undone.stderr).toBe(0);
    expect(readFileSync(at("odd", "it's here", "base.toml"), "utf8")).toBe(before["base.toml"]);
  });

  test("somebody else's log is shown without steering anything; one that is a link or a pipe is not followed", () => {
    expect(promote().status).toBe(0);
    const path = at("target", ".drawbridge", "log.jsonl");
    writeFileSync(
      path,
      readFileSync(path, "utf8").replace(/"who":"[^"]*"/u, '"who":"\\u001b]0;owned\\u0007\\nforged: line"'),
    );
    const { stdout } = drawbridge(["log", at("target")]);
    for (const part of ["\u001b", "\u0007", "\nforged"]) expect(stdout).not.toContain(part);
    rmSync(path);
    symlinkSync("/etc/passwd", path);
    expect(drawbridge(["log", at("target")]).stderr).toContain("no regular file");
    rmSync(path);
    spawnSync("mkfifo", [path]);
    expect(drawbridge(["log", at("target")]).stderr).toContain("no regular file");
    expect(drawbridge(["log", at("nowhere")]).status).toBe(2);
  });

  test("a folder under another name is the same folder", () => {
    symlinkSync(at("target"), at("odd"));
    expect(drawbridge(["promote", at("target"), at("odd"), "--yes"]).stderr).toContain("the same folder");
  });
});

describe("--format json", () => {
  const document = ({ stdout }: Answer) => documents.promote.parse(JSON.parse(stdout));

  test("is one document whatever happens, without a secret", () => {
    const answers = [promote("--format", "json")];
    const { id, rollback, files } = document(answers[0] as Answer);
    expect(document(answers[0] as Answer)).toMatchObject({ state: "promoted", target: at("target"), problems: [] });
    expect(rollback).toBe(`drawbridge promote --rollback ${id} ${at("target")}`);
    expect(files.map(({ path }) => path)).toEqual(Object.keys(after).map((name) => at("target", name)));
    answers.push(promote("--format", "json"));
    expect(document(answers[1] as Answer)).toMatchObject({ state: "unchanged", id: null, files: [] });
    answers.push(drawbridge(["promote", "--rollback", id ?? "", at("target"), "--yes", "--format", "json"]));
    expect(document(answers[2] as Answer)).toMatchObject({ state: "rolled back", id });
    folder.write("bad/base.toml", 'password = "MARK-source"\nlocal = "http://localhost:1"\n');
    answers.push(drawbridge(["promote", at("bad"), at("target"), "--yes", "--format", "json"]));
    expect(document(answers[3] as Answer)).toMatchObject({ state: "refused", id: null });
    expect(document(answers[3] as Answer).problems).toHaveLength(2);
    expect(answers.map(({ status }) => status)).toEqual([0, 0, 0, 3]);
    for (const { stdout, stderr } of answers) expect(stdout + stderr).not.toContain("MARK-");
    const failed = drawbridge(["promote", at("none"), at("target"), "--yes", "--format", "json"]);
    expect(documents.error.parse(JSON.parse(failed.stdout)).error.exitCode).toBe(2);
  });

  test("nothing is left in a folder where nothing was promoted", () => {
    folder.write("bad/base.toml", "not toml\n");
    expect(drawbridge(["promote", at("bad"), at("target"), "--yes"]).status).toBe(3);
    expect(existsSync(at("target", ".drawbridge"))).toBe(false);
  });
});

describe("what the program accepts", () => {
  test.each([
    ["missing.json", undefined, "it is not there; name one that is"],
    ["half.json", "{", "is no JSON"],
    ["null.json", "null", "is no schema of a configuration: Invalid input"],
    ["empty.jar", "", "is no program of Ballerina's"],
    ["odd.jar", "PK\u0003\u0004", "is no program of Ballerina's"],
  ])("%s: one line that says what is wrong with it", (name, text, said) => {
    const path = text === undefined ? at(name) : folder.write(name, text);
    const answer = promote("--schema", path);
    expect(answer.status).toBe(2);
    expect(answer.stderr).toMatch(/^drawbridge: [^\n]+\n$/u);
    expect(answer.stderr).toContain(said);
    expect(contents()).toEqual(sorted(before));
  });

  test("a byte order mark in front of rules or of a schema is none of their text", () => {
    const schema = folder.write("marked.json", `\uFEFF${JSON.stringify({ type: "object" })}`);
    const rules = folder.write("marked.rules.json", `\uFEFF${JSON.stringify({ keep: ["limit"] })}`);
    expect(promote("--schema", schema, "--rules", rules).status).toBe(0);
    expect(contents()["base.toml"]).toBe('user = "new"\nlimit = 1\n');
  });
});
