import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { maskedTexts, type Promotion, promote } from "../../src/configuration/promotion.ts";
import { reachInput, reachProblems } from "../../src/configuration/reach.ts";
import { promotionRules } from "../../src/configuration/rules.ts";
import type { TomlValue } from "../../src/model/integration.ts";
import { readToml } from "../../src/toml/document.ts";
import { editToml } from "../../src/toml/edit.ts";

type Files = Readonly<Record<string, string>>;
const files = (all: Files) => Object.entries(all).map(([name, text]) => ({ name, text }));
const carry = (source: Files, target: Files, rules: object = {}, only: Promotion["only"] = "everything") =>
  promote({ source: files(source), target: files(target), rules: promotionRules.parse(rules), only });
const result = (source: Files, target: Files, rules: object = {}, only: Promotion["only"] = "everything") => {
  const made = carry(source, target, rules, only);
  expect(made.problems).toEqual([]);
  return Object.fromEntries(made.files.map(({ name, after }) => [name, after]));
};

describe("secrets", () => {
  test("stay the target's own, in its own file or in the same one", () => {
    const source = { "base.toml": 'user = "a" # who\npassword = "of-the-source"\n' };
    expect(result(source, { "secrets.toml": 'password = "of-the-target"\n' })).toEqual({
      "base.toml": 'user = "a" # who\n',
    });
    expect(result(source, { "base.toml": "password = 'of-the-target'\n" })).toEqual({
      "base.toml": "user = \"a\" # who\npassword = 'of-the-target'\n",
    });
  });

  test("of which the target has none stop it, and so do those that would be lost, or stand in a comment", () => {
    expect(carry({ "base.toml": 'password = "of-the-source"\n' }, {}).problems).toEqual([
      "result: password is a secret, and the target has none of its own: write it into the target's secrets first",
    ]);
    expect(carry({ "base.toml": 'user = "a"\n' }, { "base.toml": 'apiKey = "of-the-target"\n' }).problems).toEqual([
      "result: apiKey is a secret of the target's base.toml that the source does not know: move it to its secrets file first",
    ]);
    expect(carry({ "base.toml": 'user = "a" # password=hunter2hunter2\n' }, {}).problems).toEqual([
      "source: base.toml line 1 has a secret in a comment: take it out first",
    ]);
  });

  test("of a record take all of it along: half of each stage would be none of both", () => {
    const source = { "base.toml": '[mail]\nhost = "mail.dev"\ntoken = "of-the-source"\n' };
    expect(
      result(source, { "secrets.toml": '[mail]\nhost = "mail.prod"\ntoken = "of-the-target"\n' })["base.toml"],
    ).not.toContain("mail.dev");
    expect(result(source, { "base.toml": '[mail]\nhost = "mail.prod"\ntoken = "of-the-target"\n' })).toEqual({
      "base.toml": '[mail]\nhost = "mail.dev"\ntoken = "of-the-target"\n',
    });
  });

  test("that only the rules know are kept, and shown to nobody", () => {
    const rules = { secrets: ["merchant"] };
    const made = carry(
      { "base.toml": 'merchant = "of-the-source"\nuser = "a"\n' },
      { "base.toml": 'merchant = "of-the-target"\n' },
      rules,
    );
    expect(made.problems).toEqual([]);
    expect(made.files[0]?.after).toBe('merchant = "of-the-target"\nuser = "a"\n');
    expect(JSON.stringify(made.files.map((file) => maskedTexts(file, promotionRules.parse(rules))))).not.toContain(
      "of-the",
    );
    expect(made.notes.join()).not.toContain("of-the");
  });

  test("of the source are in no result, whatever stands around them", () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12}$/u).map((text) => `S3CRET${text}`);
    const key = fc.constantFrom("password", "apiKey", "token", "user", "limit", "url");
    const value = fc.oneof(secret, fc.boolean(), fc.bigInt({ min: 0n, max: 9n }));
    const tables = fc.dictionary(key, fc.oneof(value, fc.dictionary(key, value, { maxKeys: 3 })), { maxKeys: 4 });
    const hidden = (table: { [key: string]: TomlValue }): readonly string[] =>
      Object.entries(table).flatMap(([name, inner]) => {
        if (typeof inner === "object") return hidden(inner as { [key: string]: TomlValue });
        return ["password", "apiKey", "token"].includes(name) && typeof inner === "string" ? [inner] : [];
      });
    const written = (table: object) =>
      Object.entries(table).reduce(
        (text, [name, inner]) => editToml(text, [{ set: [name], value: inner as TomlValue }]),
        "",
      );
    fc.assert(
      fc.property(tables, tables, (from, to) => {
        const made = carry({ "base.toml": written(from) }, { "base.toml": written(to) });
        const own = hidden(to as { [key: string]: TomlValue });
        const shown = made.files
          .map((file) => maskedTexts(file, promotionRules.parse({})))
          .map(({ after }) => after)
          .join();
        for (const secretOfSource of hidden(from as { [key: string]: TomlValue })) {
          if (own.includes(secretOfSource) || written(to).includes(secretOfSource)) continue;
          if (made.problems.length === 0)
            expect(made.files.map(({ after }) => after).join()).not.toContain(secretOfSource);
          expect([...made.problems, ...made.notes].join()).not.toContain(secretOfSource);
        }
        for (const secretOfTarget of own) expect(shown).not.toContain(secretOfTarget);
        for (const { after } of made.files) expect(readToml(after).ok).toBe(true);
      }),
      { numRuns: 100 },
    );
  });
});

describe("rules", () => {
  test("replace whole hosts, in one go", () => {
    const source = {
      "endpoints.toml":
        'a = "https://db.dev:5432/x"\nb = "olddb.dev"\nc = "db.dev"\nd = "db.dev.example"\ne = ["db.dev", "x"]\nf = "DB.DEV."\n',
    };
    const hosts = { "db.dev": "db.prod", "db.prod": "db.other" };
    expect(result(source, {}, { hosts, forbid: [] })).toEqual({
      "endpoints.toml":
        'a = "https://db.prod:5432/x"\nb = "olddb.dev"\nc = "db.prod"\nd = "db.dev.example"\ne = ["db.prod", "x"]\nf = "db.prod."\n',
    });
  });

  test("set, bound, keep and skip, and leave every other byte", () => {
    const source = {
      "base.toml": "# here\nmax = 99   # much\nmin = 1\nratio = 0.5\n\n[ballerina.log]\nlevel = 'DEBUG'\n",
      "other.toml": "y = 1\n",
    };
    const rules = {
      logLevel: "WARN",
      set: { "new.key": 3n },
      limits: { max: { maximum: 10 }, min: { minimum: 2 }, ratio: { minimum: 0.75 } },
      skip: ["other.toml"],
    };
    expect(result(source, {}, rules)).toEqual({
      "base.toml":
        '# here\nmax = 10   # much\nmin = 2\nratio = 0.75\n\n[ballerina.log]\nlevel = "WARN"\n\n[new]\nkey = 3\n',
    });
    const kept = result(
      { "base.toml": "port = 9090\nx = 1\n" },
      { "base.toml": "port = 0x2382\n" },
      { keep: ["port"] },
    );
    expect(kept).toEqual({ "base.toml": "port = 0x2382\nx = 1\n" });
  });

  test("forbid hosts, and notice a host of the source that the target's own files keep", () => {
    const source = { "base.toml": 'apiUrl = "https://api.dev/"\n' };
    expect(carry(source, {}, { forbid: ["*.dev"] }).problems).toEqual([
      "result: apiUrl calls api.dev, which no endpoint of the target may",
    ]);
    expect(carry({ "base.toml": 'apiUrl = "http://localhost:8080/"\n' }, {}).problems).toHaveLength(1);
    expect(
      carry(
        { "base.toml": "x = 1\n" },
        { "mine.toml": 'apiUrl = "https://api.dev/"\n' },
        { hosts: { "api.dev": "api.prod" } },
      ).problems,
    ).toEqual(["result: apiUrl still names a host of the source: the target's own files keep it"]);
  });
});

describe("endpoints alone", () => {
  test("go where the target has them, and leave the rest", () => {
    const source = {
      "all.toml":
        'dbHost = "db.dev"\ndbPort = 5433\nuser = "dev"\napiUrl = "https://a.dev/"\nnewUrl = "https://n.dev/"\n',
    };
    const target = {
      "environment.toml": 'user = "prod"\ndbHost = "db.old" # ours\ndbPort = 5432\n',
      "endpoints.toml": 'apiUrl = "https://a.prod/"\n',
    };
    const hosts = { "db.dev": "db.prod", "a.dev": "a.prod", "n.dev": "n.prod" };
    expect(result(source, target, { hosts }, "endpoints")).toEqual({
      "environment.toml": 'user = "prod"\ndbHost = "db.prod" # ours\ndbPort = 5433\n',
      "endpoints.toml": 'apiUrl = "https://a.prod/"\nnewUrl = "https://n.prod/"\n',
    });
  });

  test("with a password in them stay the target's", () => {
    const made = carry(
      { "a.toml": 'apiUrl = "https://u:source-password@a.dev/"\n' },
      { "a.toml": 'apiUrl = "https://u:target-password@a.prod/"\n' },
      {},
      "endpoints",
    );
    expect(made.files).toEqual([]);
    expect(made.notes).toEqual(["apiUrl: has a password in it, the target keeps its own"]);
  });
});

test("what an endpoint answered becomes a problem or a note", () => {
  const verification = { switchedOff: [], hostName: false, trust: undefined };
  const at = (host: string) => ({ key: `to-${host}`, scheme: "https", host, port: 443, verification }) as const;
  const endpoints = [at("fine"), at("silent"), at("plain"), at("wrong"), at("$(reboot)")];
  expect(reachInput(endpoints, true).split("\n")).toEqual([
    "e0\tfine\t443\ttls",
    "e1\tsilent\t443\ttls",
    "e2\tplain\t443\ttls",
    "e3\twrong\t443\ttls",
    "",
  ]);
  const said = "e0\tanswers\t0 (ok)\ne1\tsilent\t-\ne2\tanswers\tnone\ne3\tanswers\t62 (hostname mismatch)\nover\n";
  expect(reachProblems(endpoints, said, "app01")).toEqual({
    problems: [
      "endpoint: to-silent: silent:443 does not answer from app01",
      "endpoint: to-plain: plain:443 answers, and not with TLS",
      "endpoint: to-wrong: wrong:443 has a certificate that app01 does not trust: 62 (hostname mismatch)",
    ],
    notes: ["to-fine: fine:443 answers, and its certificate is trusted", "to-$(reboot): $(reboot):443 was not asked"],
  });
});

describe("entries of arrays", () => {
  const user = (name: string, password: string) =>
    `[[ballerina.auth.users]]\nusername = "${name}"\npassword = "${password}"\n`;

  test("keep their own secrets wherever they stand: nobody gets the password of another", () => {
    expect(
      result(
        { "base.toml": user("alice", "source-a") + user("bob", "source-b") },
        { "base.toml": user("bob", "target-b") + user("alice", "target-a") },
      ),
    ).toEqual({ "base.toml": user("alice", "target-a") + user("bob", "target-b") });
  });

  test("that the target has not got, or more than once, stop it", () => {
    for (const target of [user("bob", "target-b"), user("alice", "target-1") + user("alice", "target-2")]) {
      const { problems } = carry({ "base.toml": user("alice", "source-a") }, { "base.toml": target });
      expect(problems[0]).toBe(
        "result: ballerina.auth.users.0.password is a secret, and no entry of the target is the same as that one: write the entry into the target first",
      );
    }
  });

  test("that nothing but secrets tell apart are the same only when there is one of them", () => {
    const keys = (...secrets: readonly string[]) => secrets.map((one) => `[[keys]]\nsecret = "${one}"\n`).join("");
    expect(result({ "base.toml": `a = 1\n${keys("source-1")}` }, { "base.toml": keys("target-1") })).toEqual({
      "base.toml": `a = 1\n${keys("target-1")}`,
    });
    expect(
      carry({ "base.toml": keys("source-1", "source-2") }, { "base.toml": keys("target-1", "target-2") }).problems,
    ).toHaveLength(2 + 2);
  });

  test("of several kinds hide their secrets, too", () => {
    const made = carry({ "base.toml": 'u = [[{ password = "of-the-source" }], [1]]\n' }, { "base.toml": "u = 1\n" });
    expect(made.files.map(({ after }) => after).join("")).not.toContain("of-the-source");
    expect(carry({ "base.toml": 'u = [1, { password = "of-the-source" }]\n' }, {}).problems.join("\n")).toContain(
      "result: u is a secret",
    );
  });

  test("are not made up by --endpoints", () => {
    const source = { "endpoints.toml": '[[x]]\nurl = "http://one.example/"\n' };
    for (const target of ["", 'x = "a text"\n', "[[x]]\nname = 'y'\n"].map((text) => ({ "endpoints.toml": text }))) {
      const { problems, files } = carry(source, target, {}, "endpoints");
      if (files.length === 0) expect(problems[0]).toContain("entry of an array that the target has not got");
      else expect(readToml(files[0]?.after ?? "").ok).toBe(true);
    }
  });
});

describe("rules", () => {
  test("that cannot be followed are a reason, not a crash", () => {
    expect(carry({ "base.toml": "a = 5\n" }, {}, { set: { "a.b": 1n } }).problems).toEqual([
      "result: base.toml cannot be written by the rules: a is no table that could hold b; change the rule or the source",
    ]);
    expect(promotionRules.safeParse({ limits: { a: { minimum: 10, maximum: 5 } } }).success).toBe(false);
  });

  test("set whole tables, and bring integers to the next one within limits", () => {
    const after = result(
      { "base.toml": "# top\n[ballerina.http]\nport = 5\n" },
      {},
      { set: { "ballerina.http": { port: 9n } } },
    );
    const read = readToml(after["base.toml"] ?? "");
    expect(
      read.ok && JSON.stringify(read.root, (_, value) => (typeof value === "bigint" ? Number(value) : value)),
    ).toBe('{"ballerina":{"http":{"port":9}}}');
    expect(after["base.toml"]).toContain("# top");
    expect(
      result({ "base.toml": "a = 1\nb = 9\n" }, {}, { limits: { a: { minimum: 1.5 }, b: { maximum: 8.5 } } }),
    ).toEqual({
      "base.toml": "a = 2\nb = 8\n",
    });
  });

  test("show no secret that only they know", () => {
    const { notes } = carry(
      { "base.toml": "x = 1\n" },
      {},
      { set: { merchant: "hide-this-99" }, secrets: ["merchant"] },
    );
    expect(notes).toEqual(["merchant: a secret by the rules"]);
  });

  test("keep what only the target's table has, as it is written there", () => {
    expect(
      result(
        { "base.toml": "user = 'a'\n[http]\nport = 1\n" },
        { "base.toml": "[http]\nport = 2\nsince = 2026-01-01\n[own]\nx = 'y'\n" },
        { keep: ["http", "own"] },
      )["base.toml"],
    ).toBe("user = 'a'\n[http]\nport = 2\nsince = 2026-01-01\n\n[own]\nx = 'y'\n");
    expect(
      carry({ "base.toml": "[[u]]\nn = 1\n" }, { "base.toml": "[[u]]\nn = 1\n[[u]]\nn = 2\n" }, { keep: ["u"] })
        .problems,
    ).toEqual([
      "result: u.1.n is to be kept, and the source's array has no such entry: name the file in the rules' skip",
    ]);
  });

  test("leave a text alone in which no host stands, whatever signs are in it", () => {
    const text = 'a = "\\u0000x\\u0000"\nb = "olddb.dev db.dev.example DB.dev"\n';
    expect(result({ "base.toml": text }, {})).toEqual({ "base.toml": text });
    expect(result({ "base.toml": text }, {}, { hosts: { "db.dev": "db.dev.prod" } })["base.toml"]).toContain(
      '"olddb.dev db.dev.example db.dev.prod"',
    );
  });
});

test("comments, order, line ends and all that is not touched are kept to the byte", () => {
  const text =
    '\uFEFF# top\r\na.b = 2020-01-01T00:00:00Z # when\r\nt = { x = 1, y = "db.dev" } # inline\r\n\r\n[[arr]]\r\nh = "db.dev" # one\r\n[[arr]]\r\nh = "x-db.dev"\r\nl = [1,\r\n # inside\r\n 0x10]\r\n';
  expect(result({ "base.toml": text }, {}, { hosts: { "db.dev": "db.prod" } })).toEqual({
    "base.toml": text.replace('y = "db.dev"', 'y = "db.prod"').replace('h = "db.dev"', 'h = "db.prod"'),
  });
});
