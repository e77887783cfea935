import { describe, expect, test } from "vitest";
import { configurationWith } from "../../../../src/configuration/layout.ts";
import { exampleOf, registered, registryMarkdown } from "../../../../src/configuration/registry.ts";
import { known } from "../../../../src/model/fact.ts";
import type { Integration } from "../../../../src/model/integration.ts";
import { type ConfigurationPlaces, configurationPlaces } from "../../../../src/probes/configuration-places.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { readTrial, trialStarts } from "../../../../src/probes/trial-starts.ts";
import { readToml } from "../../../../src/toml/document.ts";
import { schemaStep } from "../../../../steps/configuration/schema/index.ts";
import { aJar, anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { marked, stateOf } from "../../runtime/secrets-fixture.ts";
import { factsOf, parsed, settle } from "../../settle.ts";

const telling = aJar({
  modules: [
    {
      organisation: "acme",
      name: "orders",
      major: 0,
      version: "0.1.0",
      configurables: ["dbUser", "dbPassword", "maxPayload"],
      variables: [
        { name: "dbUser", type: "string", required: false },
        { name: "dbPassword", type: "string", required: true },
        { name: "maxPayload", type: "decimal", required: false },
      ],
    },
  ],
});
const orders = (text: string, overrides: Partial<Integration> = {}): Integration => {
  const draft = anIntegration({ jar: telling, ...overrides });
  return { ...draft, configuration: configurationWith(draft, [{ path: "/opt/orders/Config.toml", text }]) };
};
const nothing: ConfigurationPlaces = { found: new Map(), texts: new Map() };
const facts = (all: readonly Integration[], places = nothing) =>
  factsOf([integrations, known(whatRunsHere(all))], [configurationPlaces, known(places)]);
const fine = `dbPassword = "${marked("db")}"\nmaxPayload = 10.0\n`;

describe("schema-configuration", () => {
  const verdict = (integration: Integration) => {
    const { results, details } = settle([schemaStep], facts([integration]));
    return `${results["schema-configuration"]} ${details["schema-configuration"]}`.trim();
  };

  test("holds what is configured against what the JAR declares", () => {
    expect(verdict(orders(fine))).toBe("pass");
    expect(verdict(orders("maxPayload = 10\n"))).toBe(
      "fail orders-api: maxPayload is an integer, the program wants a float such as 10.0; orders-api: dbPassword is required and has no value",
    );
  });

  test("a value in the environment is no missing one, and a JAR that does not tell is unknown", () => {
    const environment = [{ name: "BAL_CONFIG_VAR_DBPASSWORD", value: marked("variable"), from: "unit" }];
    expect(verdict(orders("maxPayload = 1.0\n", { environment }))).toBe("pass");
    expect(verdict(orders(fine, { jar: aJar() }))).toBe("unknown the JAR of orders-api does not name its variables");
  });
});

describe("schema-documented", () => {
  test("writes example, schema and endpoints for root, once; no secret is in them", () => {
    const { results, changes } = settle([schemaStep], facts([orders(fine)]));
    expect(results["schema-documented"]).toBe("fail");
    expect(JSON.stringify(changes)).not.toContain("MARKED");
    const written = changes.flatMap((change) => (change.kind === "file" ? [change] : []));
    const ours = written.filter(({ path }) => path.startsWith("/etc/integrations/"));
    expect(
      ours.map(({ path, after }) => `${path.slice("/etc/integrations/".length)} ${after.mode} ${after.owner}`),
    ).toEqual([
      "orders-api.Config.toml.example 0640 root",
      "orders-api.Config.schema.json 0640 root",
      "endpoints.md 0640 root",
      "endpoints.json 0640 root",
    ]);
    const there: ConfigurationPlaces = {
      found: new Map([
        ["/etc/integrations", stateOf("/etc/integrations")],
        ...ours.map(({ path }) => [path, stateOf(path)] as const),
      ]),
      texts: new Map(ours.map(({ path, after }) => [path, after.content])),
    };
    const again = settle([schemaStep], facts([orders(fine)], there));
    expect(again.results["schema-documented"]).toBe("pass");
    expect(again.changes).toEqual([]);
    const later = settle([schemaStep], facts([orders(`${fine}dbUser = "x"\n`)], there));
    expect(later.results["schema-documented"]).toBe("pass");
    expect(JSON.stringify(later.findings)).toContain("older than the configuration");
  });

  test("is left alone where it is written down elsewhere", () => {
    const { results, changes } = settle([schemaStep], facts([orders(fine)]), { "schema.document": false });
    expect(results["schema-documented"]).toBe("notapplicable");
    expect(changes).toEqual([]);
  });

  test("the example is TOML, with types, and placeholders where secrets are", () => {
    const example = exampleOf(
      orders(`${fine}[notifications]\ntoken = "${marked("token")}"\nurls = ["https://a:${marked("url")}@b/"]\n`),
    );
    expect(readToml(example).ok).toBe(true);
    expect(example).toContain(
      '# string, required, secret: belongs into the file of secrets\ndbPassword = "<secret>"\n',
    );
    expect(example).toContain("# decimal\nmaxPayload = 10.0\n");
    expect(example).toContain("# string\n# dbUser =\n");
    expect(example).not.toContain("MARKED");
  });

  test("endpoints stand in a table that nothing in a name can break", () => {
    const verification = { switchedOff: ["a.secureSocket.enable"], hostName: false, trust: undefined };
    const endpoint = { key: "up|stream", scheme: "https", host: "2001:db8::1", port: 443, verification } as const;
    const text = registryMarkdown(registered([orders(fine, { endpoints: [endpoint] })]));
    expect(text).toContain(
      "| orders-api | up\\|stream | https://[2001:db8::1]:443 | not checked: a.secureSocket.enable |",
    );
  });
});

test("what stands at the places is read by its paths", () => {
  const fact = parsed(
    configurationPlaces,
    "@state /etc/opt\ndirectory|755|root|root|0|0|/etc/opt\n@text /etc/integrations/load\nregular file|755|root|root|0|0|/etc/integrations/load\n|#!/bin/sh\n|\n|exit 0\n|.\n",
  );
  expect(fact.state === "known" && [...fact.value.found.keys()]).toEqual(["/etc/opt", "/etc/integrations/load"]);
  expect(fact.state === "known" && fact.value.texts.get("/etc/integrations/load")).toBe("#!/bin/sh\n\nexit 0\n");
});

describe("schema-trial-start", () => {
  const verdict = (...lines: readonly string[]) => {
    const trials = new Map([["orders-api", readTrial(lines)]]);
    const tried = known({ asked: true, trials });
    const { results, details } = settle([schemaStep], new Map([...facts([orders(fine)]), [trialStarts.id, tried]]), {
      "schema.trial": true,
    });
    return `${results["schema-trial-start"]} ${details["schema-trial-start"]}`.trim();
  };

  test("goes by what the program says, without its secrets", () => {
    expect(verdict("Finished with result: timeout")).toBe("pass");
    expect(
      verdict("error: [Config.toml:(1:1,1:9)] unused configuration value 'x.y'", "Finished with result: exit-code"),
    ).toBe("fail orders-api: error: [Config.toml:(1:1,1:9)] unused configuration value 'x.y'");
    const leaky = verdict(
      `error: [BAL_CONFIG_VAR_DBPASSWORD=${marked("v")}] configurable variable 'dbPassword' is expected to be of type`,
    );
    expect(leaky).toMatch(/^fail /u);
    expect(leaky).not.toContain("MARKED");
    expect(verdict("Exception in thread main java.nio.file.ReadOnlyFileSystemException")).toMatch(/^unknown /u);
    expect(verdict("gone")).toMatch(/^unknown /u);
  });

  test("nothing is started unless it is asked for", () => {
    const there = { here: whatRunsHere([orders(fine)]) };
    expect(trialStarts.input?.({ ...there, given: {} })).toBeUndefined();
    expect(trialStarts.input?.({ ...there, given: { "schema.trial": true } })).toBe(
      "orders-api\t812\torders\torders\t/opt/orders\torders-api.service\t/usr/bin/java\t-jar\t/opt/orders/orders.jar\n",
    );
    const idle = new Map([...facts([orders(fine)]), [trialStarts.id, known({ asked: false, trials: new Map() })]]);
    expect(settle([schemaStep], idle).results["schema-trial-start"]).toBe("notapplicable");
  });
});
