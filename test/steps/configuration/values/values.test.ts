import { describe, expect, test } from "vitest";
import { configurationWith } from "../../../../src/configuration/layout.ts";
import { absent, known } from "../../../../src/model/fact.ts";
import type { Endpoint, Integration } from "../../../../src/model/integration.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { values } from "../../../../steps/configuration/values/index.ts";
import { anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { marked } from "../../runtime/secrets-fixture.ts";
import { factsOf, settle } from "../../settle.ts";

const facts = (all: readonly Integration[], listening: readonly Pick<Listener, "port">[] | undefined = []) =>
  factsOf(
    [integrations, known(whatRunsHere(all))],
    [listeners, listening === undefined ? absent("no ss") : known(listening as readonly Listener[])],
  );

const given = (files: Readonly<Record<string, string>>, overrides: Partial<Integration> = {}): Integration => {
  const draft = anIntegration(overrides);
  const configuration = configurationWith(
    draft,
    Object.entries(files).map(([path, text]) => ({ path, text })),
  );
  return { ...draft, configuration };
};

describe("values-shadowed", () => {
  const base = { "/srv/base.toml": `level = "INFO"\ndbPassword = "${marked("file")}"\n` };

  test("an environment variable that overrides a file is found, without its value", () => {
    const orders = given(base, {
      environment: [{ name: "BAL_CONFIG_VAR_DBPASSWORD", value: marked("variable"), from: "unit" }],
    });
    const { results, details, findings, changes } = settle([values], facts([orders]));
    expect(results["values-shadowed"]).toBe("fail");
    expect(details["values-shadowed"]).toBe("orders-api: dbPassword by BAL_CONFIG_VAR_DBPASSWORD (unit)");
    expect(JSON.stringify(findings)).not.toContain("MARKED");
    expect(findings[0]?.evidence[0]?.answered).toContain("wins over /srv/base.toml:2");
    expect(changes).toEqual([]);
    expect(settle([values], facts([orders]), { "values.known": ["dbPassword"] }).results["values-shadowed"]).toBe(
      "pass",
    );
  });

  test("an argument does the same; one file over the other is what layers are for", () => {
    const argument = given(base, { commandLine: ["java", "-jar", "a.jar", "-Clevel=DEBUG"] });
    expect(settle([values], facts([argument])).details["values-shadowed"]).toContain("level by an argument");
    const layered = given({ "/srv/environment.toml": 'level = "DEBUG"\n', ...base });
    expect(settle([values], facts([layered])).results["values-shadowed"]).toBe("pass");
  });

  test("fields of a record that a stronger file gives without them are lost", () => {
    const orders = given({
      "/srv/environment.toml": '[notifications]\nendpoint = "https://a"\n',
      "/srv/base.toml": "[notifications]\nretries = 3\n",
    });
    expect(settle([values], facts([orders])).details["values-shadowed"]).toBe(
      "orders-api: notifications.retries lost with its record",
    );
  });

  test("nothing is configured, nothing is overridden", () => {
    expect(settle([values], facts([given({})])).results["values-shadowed"]).toBe("notapplicable");
  });
});

describe("values-endpoints", () => {
  const calling = (host: string, port = 443): Integration => {
    const verification = { switchedOff: [], hostName: false, trust: undefined };
    const endpoint: Endpoint = { key: "upstreamUrl", scheme: "https", host, port, verification };
    return anIntegration({ endpoints: [endpoint] });
  };
  const verdict = (integration: Integration, listening?: readonly Pick<Listener, "port">[], answers = {}) =>
    settle([values], facts([integration], listening), answers).results["values-endpoints"];

  test.each([
    ["api.example.com", "pass"],
    ["developer.example.com", "pass"],
    ["api.dev.example.com", "fail"],
    ["api-staging2.example.com", "fail"],
    ["localhost", "fail"],
  ])("%s in production: %s", (host, result) => {
    expect(verdict(calling(host))).toBe(result);
  });

  test("what listens on this machine may be called, and other stages may call what they like", () => {
    expect(verdict(calling("127.0.0.1", 5432), [{ port: 5432 }])).toBe("pass");
    expect(verdict(calling("api.dev.example.com"), [], { "values.stage": "other" })).toBe("notapplicable");
    expect(verdict(anIntegration())).toBe("notapplicable");
  });
});
