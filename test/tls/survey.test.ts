import { describe, expect, test } from "vitest";
import { readSurveys, surveyQuestions } from "../../src/tls/survey.ts";

const refused = "15030300020246";
/** ServerHello of TLS 1.2 with a suite, and ServerHelloDone. */
const accepted = (suite: string, version = "0303") => {
  const body = `${version}${"11".repeat(32)}00${suite}00`;
  const flight = `02${(body.length / 2).toString(16).padStart(6, "0")}${body}0e000000`;
  return `16${version}${(flight.length / 2).toString(16).padStart(4, "0")}${flight}`;
};

describe("questions", () => {
  const text = surveyQuestions([
    { id: "t1", address: "127.0.0.1", port: 443, serverName: "a.example", wait: 50, limit: 700 },
    { id: "t2", address: "::1", port: 8443, serverName: undefined, wait: 0, limit: 2000 },
  ]);
  const lines = text
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));

  test("are lines of fields that hold hex, names and numbers only", () => {
    for (const fields of lines) for (const field of fields) expect(field).toMatch(/^[A-Za-z0-9.:-]*$/u);
    expect(lines.filter(([kind]) => kind === "hello").map(([, name]) => name)).toEqual([
      "first",
      "TLSv1.2",
      "TLSv1.3",
      "SSLv3",
      "TLSv1",
      "TLSv1.1",
      "groups",
      "weak-groups",
    ]);
  });

  test("the first hello is one of a client that speaks TLS 1.2 and 1.3", () => {
    expect(lines[0]?.[6]).toContain("002b00050403040303");
  });

  test("a name travels as the extension that asks for it, none as nothing", () => {
    const targets = lines.filter(([kind]) => kind === "target");
    expect(targets[0]?.slice(1)).toEqual([
      "t1",
      "127.0.0.1",
      "443",
      "0000000e000c000009612e6578616d706c65",
      "50",
      "700",
    ]);
    expect(targets[1]?.slice(1)).toEqual(["t2", "::1", "8443", "", "0", "2000"]);
  });
});

describe("answers", () => {
  const of = (...lines: (readonly string[])[]) => readSurveys(lines.map((line) => line.join("\t")).join("\n"));

  test("protocols and suites are those that were agreed on", () => {
    const survey = of(
      ["t1", "first", "done", accepted("c030")],
      ["t1", "TLSv1.2", "done", accepted("c030")],
      ["t1", "TLSv1.2", "done", accepted("0035")],
      ["t1", "TLSv1.2", "done", refused],
      ["t1", "TLSv1", "done", accepted("0035", "0301")],
      ["t1", "SSLv3", "done", refused],
    ).get("t1");
    expect(survey?.protocols).toEqual(["TLSv1", "TLSv1.2"]);
    expect(survey?.suites).toEqual({ TLSv1: ["0035"], "TLSv1.2": ["c030", "0035"] });
    expect(survey?.incomplete).toBeUndefined();
  });

  test("a server that answers a lower version than asked for does not speak the one asked for", () => {
    const survey = of(["t1", "first", "done", refused], ["t1", "TLSv1.1", "done", accepted("0035", "0301")]).get("t1");
    expect(survey?.protocols).toEqual([]);
  });

  test("what says something else, or nothing, is no TLS", () => {
    const surveys = of(
      ["t1", "first", "spoke", Buffer.from("SSH-2.0-OpenSSH_9.2\r\n").toString("hex")],
      ["t2", "first", "limit", ""],
      ["t3", "first", "refused", ""],
    );
    expect(surveys.get("t1")).toMatchObject({ speaks: "other", said: "SSH-2.0-OpenSSH_9.2" });
    expect(surveys.get("t2")?.speaks).toBe("silent");
    expect(surveys.get("t3")?.speaks).toBe("silent");
  });

  test("what took too long is said: the list is then a lower bound", () => {
    const survey = of(
      ["t1", "first", "done", accepted("c030")],
      ["t1", "TLSv1.2", "done", accepted("c030")],
      ["t1", "TLSv1.2", "limit", ""],
    ).get("t1");
    expect(survey?.incomplete).toBe("no answer in time to TLSv1.2");
  });

  test("lines that are none of ours are passed over", () => {
    expect(of(["over"], ["t1", "first"], ["t1", "first", "done", "zz"]).size).toBe(0);
  });
});
