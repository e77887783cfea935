import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { assemblePlan } from "../../src/core/assemble-plan.ts";
import { jsonText } from "../../src/reports/json.ts";
import { steps } from "../../steps/index.ts";
import { drawbridge, program, startDrawbridge, temporaryFolder } from "./drawbridge.ts";

const folder = temporaryFolder();
afterAll(folder.remove);

const image = () => {
  folder.write("image/etc/os-release", 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
  folder.write("image/etc/hostname", "app01\n");
  return join(folder.path, "image");
};

const file = {
  notJson: "{",
  list: "[]",
  oldVersion: '{ "schemaVersion": 2, "answers": {} }',
  unknownKey: '{ "schemaVersion": 1, "answers": {}, "answer": {} }',
  unknownQuestion: '{ "schemaVersion": 1, "answers": { "ssh.prot": 22022 } }',
  misfit: '{ "schemaVersion": 1, "answers": { "ssh.port": "often" } }',
  unknownControl: '{ "schemaVersion": 1, "answers": {}, "excluded": { "ssh-prot": "because" } }',
};
const written = (name: keyof typeof file) => folder.write(`${name}.json`, file[name]);

/** One line on standard error that says what is wrong and what to do, nothing on standard output. */
const complains = (words: readonly string[], line: RegExp, status = 2) => {
  const answer = drawbridge(words);
  expect(answer.stderr).toMatch(line);
  expect(answer.stderr).toMatch(/^drawbridge: [^\n]+\n$/u);
  expect(answer).toMatchObject({ status, stdout: "" });
};

describe("answers", () => {
  test.each([
    ["there is no such file", () => join(folder.path, "nowhere.json"), /there is no such file/u],
    ["a folder", () => folder.path, /cannot be read/u],
    ["no JSON", () => written("notJson"), /is not JSON/u],
    ["no object", () => written("list"), /does not fit: .*expected object/u],
    ["another version", () => written("oldVersion"), /does not fit at schemaVersion: /u],
    ["an unknown key", () => written("unknownKey"), /does not fit: .*answer/u],
    ["an unknown question", () => written("unknownQuestion"), /ssh\.prot: no such question; did you mean ssh\.port/u],
    ["a value that does not fit", () => written("misfit"), /ssh\.port: /u],
    [
      "an unknown control",
      () => written("unknownControl"),
      /ssh-prot: there is no such control; did you mean ssh-port/u,
    ],
  ])("%s", (_what, path, line) => {
    complains(["plan", "--root", image(), "--answers", path()], line);
  });

  test.each([
    [["--set", "ssh.prot=1"], /--set ssh\.prot: there is no such question; did you mean ssh\.port/u],
    [["--set", "zzzz.yyyy=1"], /there is no such question; drawbridge questions lists them/u],
    [["--set", "ssh.port=often"], /ssh\.port: /u],
    [["--set", "ssh.port=99999"], /ssh\.port: /u],
    [["--set", "ssh.banner=@/nowhere/at/all"], /\/nowhere\/at\/all: there is no such file/u],
    [["--control", "ssh-prot"], /there is no control ssh-prot; did you mean ssh-port/u],
    [["--control", "zzzzzzzzzz"], /there is no control zzzzzzzzzz; drawbridge list shows them/u],
  ])("%j", (words, line) => {
    complains(["plan", "--root", image(), ...words], line);
  });

  test("explain names what is near", () => {
    complains(["explain", "ssh-prot", "--root", image()], /there is no control ssh-prot; did you mean ssh-port/u);
  });
});

describe("plans", () => {
  const { plan } = assemblePlan({
    steps,
    facts: new Map(),
    findings: [],
    reader: { get: () => undefined as never },
    answers: {},
    excluded: {},
    host: { name: "app01", machineId: "0", release: "Debian" },
    version: "0",
  });

  test.each([
    ["no file", () => join(folder.path, "nowhere.json"), /there is no such file/u],
    ["no JSON", () => written("notJson"), /the plan .* is not JSON/u],
    ["another document", () => written("unknownKey"), /does not fit at tool/u],
    [
      "a change that could not travel",
      () =>
        folder.write(
          "path.json",
          jsonText({
            ...plan,
            changes: [{ kind: "absent", title: "x", phase: "files", risk: "none", path: "../etc", before: null }],
          }),
        ),
      /does not fit at changes\.0\.path: must be an absolute path/u,
    ],
    [
      "edited by hand",
      () => folder.write("edited.json", jsonText({ ...plan, host: { ...plan.host, name: "app02" } })),
      /was changed after it was made: make a new one/u,
    ],
  ])("%s", (_what, path, line) => {
    complains(["apply", path(), "--yes"], line);
  });

  test.each([
    [["apply", "--yes"], /apply what\? give a saved plan, --answers FILE/u],
    [["apply", "--recommended"], /no terminal to ask on: add --yes/u],
    [["apply", "plan.json", "--recommended", "--yes"], /a saved plan holds its answers/u],
    [["apply", "--root", "/mnt", "--yes"], /unknown option '--root'/u],
  ])("%j", (words, line) => {
    complains(words, line);
  });
});

const hasSsh = spawnSync("ssh", ["-V"]).error === undefined;

describe.skipIf(!hasSsh)("machines that cannot be worked on", () => {
  const config = () =>
    folder.write(
      "ssh_config",
      `Host web
  ProxyCommand printf 'HTTP/1.1 400 Bad Request\\r\\n\\r\\n'
Host silent
  ProxyCommand sh -c 'touch ${folder.path}/knocked; exec sleep 60'
  ConnectTimeout 60
Host gone
  ProxyCommand false
Host *
  UserKnownHostsFile ${folder.path}/known_hosts
`,
    );

  test.each([
    ["127.0.0.1:1", /the connection was refused.*--host NAME:PORT/u],
    ["nowhere.invalid", /there is no such host/u],
    ["web", /closed by the other side: is it ssh that answers/u],
    ["gone", /closed by the other side/u],
  ])("%s", (host, line) => {
    complains(["inspect", "--host", host, "--ssh-config", config()], line);
  });

  test("an ssh_config that is not one", () => {
    const path = folder.write("nonsense", "Frobnicate yes\n");
    complains(["status", "--host", "web", "--ssh-config", path], /ssh cannot read its configuration/u);
    complains(["status", "--host", "web", "--ssh-config", "/nowhere"], /ssh cannot read its configuration/u);
  });

  test("an environment without HOME, with an odd language, without a writable TMPDIR", () => {
    const env = {
      HOME: undefined,
      LANG: "xx_XX.nonsense",
      LC_ALL: "",
      TMPDIR: "/proc/nowhere",
      XDG_RUNTIME_DIR: undefined,
    };
    const answer = drawbridge(["inspect", "--host", "127.0.0.1:1"], { env });
    expect(answer).toMatchObject({
      status: 2,
      stdout: "",
      stderr: expect.stringContaining("the connection was refused"),
    });
  });

  test("Ctrl-C while it connects: at once, 130, and one line", async () => {
    const child = startDrawbridge(["inspect", "--host", "silent", "--ssh-config", config()]);
    let said = "";
    child.stderr.on("data", (part) => (said += part));
    // What is waited for from here on is the machine.
    while (!existsSync(join(folder.path, "knocked"))) await new Promise((resolve) => setTimeout(resolve, 50));
    child.kill("SIGINT");
    expect(await once(child, "close")).toEqual([130, null]);
    expect(said).toBe("drawbridge: interrupted: nothing was changed\n");
  });
});

describe("images", () => {
  test("no folder, and one that is no image", () => {
    complains(["inspect", "--root", "/nowhere/at/all"], /there is no folder \/nowhere\/at\/all/u);
    folder.write("empty/readme", "");
    complains(["inspect", "--root", join(folder.path, "empty")], /holds no etc/u);
  });
});

describe("results that cannot be written", () => {
  test("into a folder that is not there, over a folder, through a link", () => {
    complains(
      ["plan", "--root", image(), "--output", "/nowhere/plan.json"],
      /there is no such folder; choose another/u,
    );
    complains(["plan", "--root", image(), "--output", folder.path], /cannot write .*it is a folder/u);
    const target = folder.write("target", "mine");
    symlinkSync(target, join(folder.path, "link"));
    complains(["plan", "--root", image(), "--output", join(folder.path, "link")], /is a symbolic link/u);
    expect(readFileSync(target, "utf8")).toBe("mine");
  });

  test("a folder for files that is not empty", () => {
    complains(["generate", folder.path], /is not empty: name a new folder, nothing is ever overwritten/u);
  });

  test("a reader that goes away is no error", () => {
    const piped = `"$0" "$2" list 2>"$1" | head -n 1; cat "$1"`;
    const said = spawnSync(
      "bash",
      ["-o", "pipefail", "-c", piped, process.execPath, join(folder.path, "said"), program()],
      {
        encoding: "utf8",
      },
    );
    expect(said.status).toBe(0);
    expect(said.stdout.split("\n")).toHaveLength(2);
  });
});

describe("a password for sudo", () => {
  test("that does not come is asked for in one line", () => {
    complains(["inspect", "--ask-sudo-password"], /no password came on standard input/u);
  });
});
