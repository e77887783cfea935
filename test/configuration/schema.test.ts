import { describe, expect, test } from "vitest";
import { declaredConfigurables } from "../../src/configuration/ballerina-source.ts";
import { readMapperVariables } from "../../src/configuration/mapper.ts";
import { readRules } from "../../src/configuration/rules.ts";
import { effectiveTable, schemaOf, schemaProblems, variableBySchema } from "../../src/configuration/schema.ts";
import { readToml } from "../../src/toml/document.ts";
import { classFile } from "../lab/workload/class-file.ts";

const schema = schemaOf({
  root: { organisation: "acme", name: "orders" },
  modules: [
    {
      organisation: "acme",
      name: "orders",
      variables: [
        { name: "dbPassword", type: "string", required: true },
        { name: "maxPayload", type: "decimal", required: false },
        { name: "hosts", type: "string[]", required: false },
        { name: "notifications", type: undefined, required: undefined },
      ],
    },
    {
      organisation: "ballerina",
      name: "http",
      variables: [{ name: "defaultListenerPort", type: "int", required: false }],
    },
    { organisation: "ballerina", name: "log", variables: undefined },
  ],
});

const problems = (text: string): readonly string[] => {
  const read = readToml(text);
  if (!read.ok) throw new Error(read.problem);
  return schemaProblems(read.root, schema).map((problem) => problem.text);
};

describe("a configuration is held against what its program accepts", () => {
  test("one that fits has no problem, whichever way its own table is written", () => {
    const rest = "[ballerina.http]\ndefaultListenerPort = 9090\n[ballerina.log]\nanything = 1\n";
    expect(
      problems(`dbPassword = "x"\nmaxPayload = 1.5\nhosts = ["a"]\n[notifications]\ntoken = "t"\n${rest}`),
    ).toEqual([]);
    expect(problems(`[acme.orders]\ndbPassword = "x"\n${rest}`)).toEqual([]);
    expect(problems(`[orders]\ndbPassword = "x"\n${rest}`)).toEqual([]);
  });

  test("what would stop the program is named, without a value", () => {
    expect(problems('dbPassword = 7\nmaxPayload = 10\nhosts = ["a", 1]\nother = "hidden"\n')).toEqual([
      "dbPassword is an integer, the program wants a text",
      "maxPayload is an integer, the program wants a float such as 10.0",
      "hosts.1 is an integer, the program wants a text",
      "other is not known to the program: it would not start",
    ]);
    expect(problems("[ballerina.http]\nlisteners = 1\n[ballerina.cache]\nx = 1\n")).toEqual([
      "ballerina.http.listeners is not known to the program: it would not start",
      "ballerina.cache is not known to the program: it would not start",
      "dbPassword is required and has no value",
    ]);
  });

  test("ranges that somebody added are kept", () => {
    const ranged = {
      ...schema,
      properties: { ...schema.properties, maxPayload: { type: "number", maximum: 5 } as const },
    };
    const read = readToml('dbPassword = "x"\nmaxPayload = 9.0\n');
    expect(read.ok && schemaProblems(read.root, ranged)).toEqual([{ kind: "range", text: "maxPayload is above 5" }]);
  });

  test("of several files each variable comes whole from the first", () => {
    const variable = variableBySchema(schema);
    expect(variable(["ballerina", "http", "defaultListenerPort"])).toEqual([
      "ballerina",
      "http",
      "defaultListenerPort",
    ]);
    expect(variable(["notifications", "token"])).toEqual(["notifications"]);
    expect(
      effectiveTable(
        [
          '[notifications]\ntoken = "t"\n',
          '[notifications]\nendpoint = "e"\n[ballerina.http]\ndefaultListenerPort = 1\n',
        ],
        variable,
      ),
    ).toEqual({ notifications: { token: "t" }, ballerina: { http: { defaultListenerPort: 1n } } });
  });
});

describe("what a program declares", () => {
  test("is in the byte code of its mapper: names, simple types, what is required", () => {
    const configurables = [
      { variable: "dbPassword", place: "acme/orders:0.1.0(main.bal:1)", type: "string", required: true },
      { variable: "port", place: "acme/orders:0.1.0(main.bal:2)", type: "int" },
      { variable: "limits", place: "acme/orders:0.1.0(main.bal:3)", type: "Limits" },
    ];
    const bytes = classFile("acme/orders/0/$configurationMapper", 61, { configurables });
    expect(readMapperVariables(bytes)).toEqual([
      { name: "dbPassword", type: "string", required: true },
      { name: "port", type: "int", required: false },
      { name: "limits", type: undefined, required: false },
    ]);
    for (let length = 0; length < bytes.length; length += 7)
      expect(() => readMapperVariables(bytes.subarray(0, length))).not.toThrow();
  });

  test("is in its sources", () => {
    const source = `import ballerina/http;
configurable string host = "localhost:9090"; // configurable int no = 1;
configurable   int port = ?;
# configurable string neither = ?;
final configurable decimal[] rates = [1.0];
configurable record {| string name; |} person = {name: "configurable string x = 1"};
public function main() { string configurableText = "a"; }
`;
    expect(declaredConfigurables(source)).toMatchObject([
      { name: "host", type: "string", required: false },
      { name: "port", type: "int", required: true },
      { name: "rates", written: "decimal[]", required: false },
      { name: "person", required: false },
    ]);
  });
});

describe("rules", () => {
  test("are the same in TOML and JSON", () => {
    const toml = readRules(
      "r.toml",
      'logLevel = "INFO"\nkeep = ["a.b"]\n[set]\n"x.y" = 3\n[limits]\nm = { maximum = 10 }\n',
    );
    const json = readRules(
      "r.json",
      '{"logLevel":"INFO","keep":["a.b"],"set":{"x.y":3},"limits":{"m":{"maximum":10}}}',
    );
    expect(toml).toEqual(json);
    expect(toml).toMatchObject({ ok: true, rules: { set: { "x.y": 3n }, limits: { m: { maximum: 10 } } } });
  });

  test("that nobody knows are refused", () => {
    expect(readRules("r.toml", "loglevel = 1\n")).toMatchObject({ ok: false });
    expect(readRules("r.toml", "a = \n")).toMatchObject({
      ok: false,
      problem: expect.stringContaining("line 2, column 1"),
    });
    expect(readRules("r.json", "{")).toEqual({ ok: false, problem: "it is no JSON" });
  });
});
