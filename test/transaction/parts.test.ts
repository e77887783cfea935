import { spawnSync } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { countingTools, ended, isInstalled, type Line, partsFile, sandbox, sha256, shells } from "./sandbox.ts";

const old = '# Größe\nport = 9090\npassword = "hünter2"\n';
const at = (path: string, content: string, text: string): Line => {
  const offset = Buffer.from(content.slice(0, content.indexOf(text))).length;
  return ["slice", path, String(offset), String(Buffer.from(text).length)];
};

/** The secret moves to a file of its own, the file that it leaves loses it, and a third gets what the machine makes. */
const moved: readonly Line[] = [
  ["require", "/srv/Config.toml", sha256(old)],
  ["random", "keystore", "24"],
  ...partsFile("0001", "/srv/Config.toml", [["text", "# Größe\nport = 9443\n"]], "0640"),
  ...partsFile("0002", "/srv/secrets.toml", [
    ["text", 'password = "'],
    at("/srv/Config.toml", old, "hünter2"),
    ["text", '"\nkeystore = "'],
    ["random", "keystore"],
    ["text", '"\n'],
  ]),
  ...partsFile("0003", "/srv/same", [["random", "keystore"]]),
];

/** Everything that a transaction wrote for others to read or to be told. */
const told = (directory: string, said: readonly string[]): string =>
  [...said, ...["journal", "events", "log", "manifest"].map((name) => join(directory, name))]
    .map((text) => (text.startsWith("/") ? (existsSync(text) ? readFileSync(text, "utf8") : "") : text))
    .join("\n");

describe.for(shells)("files made of parts under $name", { timeout: 60_000 }, ({ name, argv, missing }) => {
  let disk: ReturnType<typeof sandbox>;
  let before: string;
  beforeEach(({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    disk = sandbox();
    disk.write("/srv/Config.toml", old, 0o644);
    disk.age("/srv", "/etc");
    before = disk.snapshot();
  });
  afterEach(() => disk?.remove());

  const applied = () => {
    const transaction = disk.transaction("p-1", moved);
    const staged = transaction.run(argv, "stage");
    expect(staged).toMatchObject({ code: 0, output: "" });
    expect(disk.snapshot()).toBe(before);
    const committed = transaction.run(argv, "commit");
    expect(committed).toMatchObject({ code: 0, output: "" });
    return { transaction, said: [...staged.events, ...committed.events] };
  };

  test("of a credential are refused where no machine runs that could encrypt it, and leave no clear text", () => {
    const lines: readonly Line[] = [...moved, ["encrypted", "0002", "secrets.toml"]];
    const transaction = disk.transaction("p-1", lines);
    const staged = transaction.run(argv, "stage");
    expect(staged.code).toBe(3);
    expect(staged.events.at(-1)).toBe("error\t/srv/secrets.toml cannot be encrypted: the machine has to run for it");
    expect(disk.snapshot()).toBe(before);
    expect(readdirSync(join(transaction.directory, "files")).filter((file) => /^\d+$/u.test(file))).toEqual([]);
  });

  test.each([
    ["0009", "secrets.toml", /one file before it that is made of parts/u],
    ["0002", "../x", /not a name of a credential/u],
  ])("a credential %s %s is refused", (number, credential, reason) => {
    const staged = disk.transaction("p-1", [...moved, ["encrypted", number, credential]]).run(argv, "stage");
    expect(staged.code).toBe(2);
    expect(staged.events.at(-1)).toMatch(reason);
  });

  test("are put together on the machine, byte for byte, and taken back", () => {
    const { transaction, said } = applied();
    const made = disk.read("/srv/same");
    expect(made).toMatch(/^[A-Za-z0-9_-]{32}$/u);
    expect(disk.read("/srv/Config.toml")).toBe("# Größe\nport = 9443\n");
    expect(disk.read("/srv/secrets.toml")).toBe(`password = "hünter2"\nkeystore = "${made}"\n`);
    expect(statSync(disk.at("/srv/secrets.toml")).mode & 0o7777).toBe(0o600);
    expect(existsSync(join(transaction.directory, "random"))).toBe(true);
    expect(readdirSync(join(transaction.directory, "random"))).toEqual([]);
    expect(existsSync(join(transaction.directory, "sources"))).toBe(false);
    const undone = transaction.undo(argv);
    expect(undone).toMatchObject({ code: 0, output: "" });
    expect(disk.snapshot()).toBe(before);
    expect(readdirSync(join(transaction.directory, "files")).filter((file) => /^\d+$/u.test(file))).toEqual([]);
    const everything = told(transaction.directory, [...said, ...undone.events]);
    expect(everything).not.toContain("hünter2");
    expect(everything).not.toContain(made);
  });

  test("two runs make two texts", () => {
    const first = applied();
    const made = disk.read("/srv/same");
    first.transaction.undo(argv);
    const again = disk.transaction("p-2", moved);
    expect(again.run(argv, "stage").code).toBe(0);
    expect(again.run(argv, "commit").code).toBe(0);
    expect(disk.read("/srv/same")).not.toBe(made);
  });

  test("an edit since is merged; without our version, or on top of ours, it is left and named", ({ skip }) => {
    if (!isInstalled("diff3")) skip("diff3 is not installed");
    const { transaction } = applied();
    writeFileSync(disk.at("/srv/Config.toml"), "# Größe\nport = 9443\n\n\n\nadded = 1\n");
    const undone = transaction.undo(argv);
    expect(undone.code).toBe(5);
    expect(undone.events).toContainEqual(expect.stringMatching(/^left\t\/srv\/Config\.toml\t/u));
    expect(disk.read("/srv/Config.toml")).toContain("added = 1");
    expect(existsSync(disk.at("/srv/secrets.toml"))).toBe(false);
  });

  test("what was put together is known by its hash when the copy is gone", () => {
    const { transaction } = applied();
    rmSync(join(transaction.directory, "files/0002"));
    expect(transaction.undo(argv).code).toBe(0);
    expect(disk.snapshot()).toBe(before);
  });

  test("a source that changed since the plan is refused, and nothing stays behind", () => {
    const lines = [["require", "/srv/Config.toml", sha256("other")], ...moved.slice(1)];
    const transaction = disk.transaction("p-1", lines);
    const refused = transaction.run(argv, "stage");
    expect(refused.code).toBe(3);
    expect(refused.events.at(-1)).toMatch(/\/srv\/Config\.toml changed since the plan was made/u);
    expect(disk.snapshot()).toBe(before);
  });

  test("a part beyond the end of its source is refused", () => {
    const lines: readonly Line[] = [
      ["require", "/srv/Config.toml", sha256(old)],
      ...partsFile("0001", "/srv/new", [["slice", "/srv/Config.toml", "30", "9999"]]),
    ];
    const refused = disk.transaction("p-1", lines).run(argv, "stage");
    expect(refused).toMatchObject({ code: 3, output: "" });
    expect(refused.events.at(-1)).toMatch(/\/srv\/new cannot be put together/u);
    expect(disk.snapshot()).toBe(before);
  });

  test("a hostile name is a name", () => {
    const source = "/srv/ a [x]*.\\t $(id) 'q' -n/Config .toml";
    disk.write(source, old);
    const lines: readonly Line[] = [
      ["require", source, sha256(old)],
      ...partsFile("0001", `${source} & new`, [["text", "-n "], at(source, old, "hünter2")]),
    ];
    const transaction = disk.transaction("p-1", lines);
    expect(transaction.run(argv, "stage")).toMatchObject({ code: 0, output: "" });
    expect(transaction.run(argv, "commit").code).toBe(0);
    expect(disk.read(`${source} & new`)).toBe("-n hünter2");
    expect(transaction.undo(argv).code).toBe(0);
  });

  test("a file that others may write to is read where it lies, not where a link in its place leads", () => {
    disk.write("/srv/elsewhere", old);
    spawnSync("rm", [disk.at("/srv/Config.toml")]);
    disk.link("/srv/Config.toml", "elsewhere");
    const refused = disk.transaction("p-1", moved).run(argv, "stage");
    expect(refused.code).toBe(3);
    expect(refused.events.at(-1)).toContain("/srv/Config.toml changed since the plan was made");
  });

  test("no room for the file: refused, and neither secret nor piece stays behind", () => {
    const big = `${"x".repeat(1024 * 1024)}hünter2`;
    disk.write("/srv/big", big);
    const full = disk.snapshot();
    const lines: readonly Line[] = [
      ["require", "/srv/big", sha256(big)],
      ["random", "a", "24"],
      ...partsFile("0001", "/srv/new", [["random", "a"], at("/srv/big", big, "hünter2")]),
    ];
    const transaction = disk.transaction("p-1", lines);
    // Files beyond 64 KiB cannot be written, as on a full disk: the copy of the source is the first that is larger.
    const limited = ["sh", "-c", 'trap "" XFSZ; ulimit -f 128; exec "$@"', "sh", ...argv];
    const refused = transaction.run(limited, "stage");
    expect(refused).toMatchObject({ code: 3, output: "" });
    expect(refused.events.at(-1)).toBe("error\t/srv/big cannot be copied: is the disk full?");
    expect(disk.snapshot()).toBe(full);
    const left = spawnSync("grep", ["-rlE", "hünter2|^[A-Za-z0-9_-]{32}", transaction.directory], { encoding: "utf8" });
    expect(
      left.stdout.split("\n").filter((name) => /\/(?:random|sources|originals)\/|files\/0001$/u.test(name)),
    ).toEqual([]);
  });

  test("a tampered copy is not committed", () => {
    const transaction = disk.transaction("p-1", moved);
    expect(transaction.run(argv, "stage").code).toBe(0);
    writeFileSync(join(transaction.directory, "files/0002"), "other\n");
    expect(transaction.run(argv, "commit")).toMatchObject({ code: 3, output: "" });
    expect(disk.snapshot()).toBe(before);
  });

  test("a mebibyte with a secret at its end is put together", () => {
    const big = `${"x".repeat(1024 * 1024)}\nsecret-é-end`;
    disk.write("/srv/big", big);
    const lines: readonly Line[] = [
      ["require", "/srv/big", sha256(big)],
      ...partsFile("0001", "/srv/new", [["text", "a="], at("/srv/big", big, "secret-é-end"), ["text", "\0b\n"]]),
    ];
    const transaction = disk.transaction("p-1", lines);
    expect(transaction.run(argv, "stage").code).toBe(0);
    expect(transaction.run(argv, "commit").code).toBe(0);
    expect(disk.read("/srv/new")).toBe("a=secret-é-end\0b\n");
  });

  const faults: readonly [string, (whole: string) => string, RegExp][] = [
    [
      "without a require for its source",
      (text) => text.replace(/require\t.*\n/u, "verify\ttrue\n"),
      /must hold before it is cut/u,
    ],
    [
      "with an undeclared random text",
      (text) => text.replace(/random\tkeystore\t24\n/u, "verify\ttrue\n"),
      /no such random text/u,
    ],
    [
      "with a climbing source",
      (text) => text.replace("slice\t/srv/", "slice\t/srv/../srv/"),
      /not a plain absolute path/u,
    ],
    ["with a negative offset", (text) => text.replace(/(slice\t\S+\t)\d+/u, "$1-1"), /not a place in a file/u],
    ["with an octal offset", (text) => text.replace(/(slice\t\S+\t)\d+/u, "$1010"), /not a place in a file/u],
    ["with a length of none", (text) => text.replace(/(slice\t\S+\t\d+\t)\d+/u, "$10"), /not a place in a file/u],
    ["with a part of another change", (text) => text.replace("part\t0001", "part\t0009"), /belongs to no file/u],
    ["with an unknown part", (text) => text.replace("\tslice\t", "\tslide\t"), /no such part/u],
    ["with a text from elsewhere", (text) => text.replace("text\t0001", "text\t../0001"), /not a file name/u],
    ["with a short random text", (text) => text.replace("keystore\t24", "keystore\t8"), /from 12 to 768/u],
    ["with a name twice", (text) => text.replace(/(random\t.*\n)/u, "$1$1"), /not a new name/u],
    [
      "without a part",
      (text) => text.replace("change\t0003", "change\t0009").replace("part\t0003", "verify"),
      /has none/u,
    ],
    [
      "with a word about nothing",
      (text) => text.replace("end\t", "verify\tfile:@random/none\nend\t"),
      /no such random text: none/u,
    ],
  ];
  test.each(faults)("a manifest %s is refused", (_, manifest, reason) => {
    const refused = disk.transaction("p-1", moved, { manifest }).run(argv, "stage");
    expect(refused).toMatchObject({ code: 2, output: "" });
    expect(refused.events.at(-1)).toMatch(reason);
    expect(disk.snapshot()).toBe(before);
  });
});

describe.for(shells)("killed while files are put together under $name", { timeout: 600_000 }, ({
  name,
  argv,
  missing,
}) => {
  let folder: string;
  let disk: ReturnType<typeof sandbox>;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), "drawbridge-tools-")));
    disk = sandbox();
    disk.write("/srv/Config.toml", old, 0o644);
    disk.age("/srv", "/etc");
  });
  afterAll(() => {
    disk.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("at any point: undo gives the original bytes, resume gives the whole", async ({ skip }) => {
    if (missing) skip(`${name} is not installed`);
    const tools = countingTools(folder, ["sync", "mv", "base64", "tail", "head", "shred", "sha256sum"]);
    const before = disk.snapshot();
    const allow = (calls: number | null) => {
      rmSync(join(folder, "calls"), { force: true });
      if (calls === null) rmSync(join(folder, "limit"), { force: true });
      else writeFileSync(join(folder, "limit"), String(calls));
    };
    allow(null);
    const whole = disk.copy();
    const measured = whole.transaction("k-1", moved, { tools });
    expect(measured.run(argv, "stage").code).toBe(0);
    expect(measured.run(argv, "commit").code).toBe(0);
    const points = readFileSync(join(folder, "calls")).length;
    whole.remove();
    expect(points).toBeGreaterThan(20);
    for (let point = 1; point <= points; point += argv[0] === "dash" ? 5 : 15) {
      const killed = disk.copy();
      const transaction = killed.transaction("k-1", moved, { tools });
      allow(point);
      const stagedBy = await ended(transaction.start(argv, "stage"));
      if (stagedBy === null) await ended(transaction.start(argv, "commit"));
      allow(null);
      const state = transaction.state(argv);
      const other = killed.copy();
      const resumed = other.existing("k-1");
      if (state === "committing") {
        expect(resumed.run(argv, "resume"), `resumed at ${point}`).toMatchObject({ code: 0 });
        expect(other.read("/srv/secrets.toml")).toBe(`password = "hünter2"\nkeystore = "${other.read("/srv/same")}"\n`);
      }
      expect(resumed.undo(argv), `undone at ${point} in ${state}`).toMatchObject({ code: 0 });
      expect(other.snapshot(), `undone after resuming at ${point}`).toBe(before);
      other.remove();
      expect(transaction.undo(argv)).toMatchObject({ code: 0 });
      expect(killed.snapshot(), `undone at ${point} in ${state}`).toBe(before);
      expect(
        spawnSync("grep", ["-rlE", "^[A-Za-z0-9_-]{32}$", join(transaction.directory, "random")]).stdout?.toString() ??
          "",
      ).toBe("");
      killed.remove();
    }
  });
});
