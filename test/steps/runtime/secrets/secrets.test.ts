import { describe, expect, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known } from "../../../../src/model/fact.ts";
import type { Integration, TextFile } from "../../../../src/model/integration.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { parseSecretPlaces, type SecretPlaces, secretPlaces } from "../../../../src/probes/secret-places.ts";
import { unitFiles } from "../../../../src/probes/unit-files.ts";
import { secrets } from "../../../../steps/runtime/secrets/index.ts";
import { secretsPlace } from "../../../../steps/runtime/secrets/questions.ts";
import { aJar, aUnit, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";
import { assembled, configured, fileAt, marked, noPlaces, stateOf } from "../secrets-fixture.ts";
import { aRuntimeUnit, runtimeUnits } from "../unit-fixture.ts";

const base = "/opt/orders/Config.toml";
const unitPath = "/etc/systemd/system/orders-api.service";
const environmentPath = "/etc/orders/orders.env";
const secretsPath = "/etc/integrations/orders-api.secrets.toml";

const textFile = (path: string, content: string, mode = "0644", owner = "root", group = "root"): TextFile => ({
  path,
  state: "read",
  problem: undefined,
  content,
  stat: stateOf(path, mode, owner, group),
});

const facts = (all: readonly Integration[], places: SecretPlaces = noPlaces) =>
  factsOf(
    [integrations, known(whatRunsHere(all))],
    [secretPlaces, known(places)],
    [
      unitFiles,
      known(
        runtimeUnits(
          all.flatMap(({ unit, unitFiles: files, environmentFiles }) =>
            unit === undefined
              ? []
              : [aRuntimeUnit({ name: unit.name, files: files as never, environmentFiles: environmentFiles as never })],
          ),
        ),
      ),
    ],
  );

const asFile = { "secrets.place": "file" };

describe("secret-in-configuration", () => {
  const open = configured(
    { [base]: `dbPassword = "${marked("db")}"\nport = 1\n` },
    {},
    { [base]: stateOf(base, "0644") },
  );

  test.each([
    [{ systemd: 257, encrypts: true }, "encrypted"],
    [{ systemd: 250, encrypts: false }, "credential"],
    [{ systemd: 249, encrypts: true }, "file"],
    [{ systemd: 0, encrypts: false }, "file"],
  ])("by default they go to the safest place that the machine has: %j %s", (machine, expected) => {
    const reader = answerReader(facts([open], { ...noPlaces, ...machine }), {});
    expect(reader.get(secretsPlace)).toBe(expected);
  });

  test("an open file with a secret fails; nothing shows it; moving it passes", () => {
    const settled = settle([secrets], facts([open]), asFile);
    expect(settled.results["secret-in-configuration"]).toBe("fail");
    expect(settled.details["secret-in-configuration"]).toBe("orders-api: dbPassword in /opt/orders/Config.toml");
    expect(JSON.stringify([settled.findings, settled.changes])).not.toContain("MARKED");
    expect(
      assembled(fileAt(settled.changes, secretsPath), { [base]: open.configuration.files[0]?.content ?? "" }),
    ).toBe(`dbPassword = "${marked("db")}"\n`);
    const dropIn = fileAt(settled.changes, "/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.conf");
    expect(dropIn.kind === "file" && dropIn.after.content).toContain(
      `BAL_CONFIG_FILES=${secretsPath}:/opt/orders/Config.toml`,
    );
    expect(settled.changes.filter(({ kind }) => kind === "unit")).toHaveLength(1);
  });

  test.each([
    ["encrypted", "LoadCredentialEncrypted=secrets.toml:/etc/credstore.encrypted/orders-api.secrets.toml"],
    ["credential", "LoadCredential=secrets.toml:/etc/credstore/orders-api.secrets.toml"],
  ])("%s: the unit loads it, and %%d stays a specifier", (place, line) => {
    const settled = settle([secrets], facts([open]), { "secrets.place": place });
    const dropIn = fileAt(settled.changes, "/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.conf");
    const content = dropIn.kind === "file" ? dropIn.after.content : "";
    expect(content).toContain(`${line}\n`);
    expect(content).toContain("BAL_CONFIG_FILES=%d/secrets.toml:/opt/orders/Config.toml");
  });

  test.each([
    ["0640", "root", "orders", "pass"],
    ["0600", "root", "root", "pass"],
    ["0640", "root", "staff", "fail"],
    ["0600", "orders", "orders", "fail"],
    ["0660", "root", "orders", "fail"],
  ])("%s %s:%s is %s, and what passes plans nothing", (mode, owner, group, result) => {
    const integration = configured({ [base]: 'dbPassword = "x"\n' }, {}, { [base]: stateOf(base, mode, owner, group) });
    const settled = settle([secrets], facts([integration]));
    expect(settled.results["secret-in-configuration"]).toBe(result);
    if (result === "pass") expect(settled.changes).toEqual([]);
  });

  test("no secret, no matter who reads it", () => {
    const integration = configured({ [base]: "port = 1\n" }, {}, { [base]: stateOf(base, "0666", "orders", "orders") });
    expect(settle([secrets], facts([integration])).results["secret-in-configuration"]).toBe("pass");
  });

  test("a program that is no service keeps its secrets, and says why", () => {
    const settled = settle([secrets], facts([{ ...open, unit: undefined }]));
    expect(settled.details["secret-in-configuration"]).toMatch(/Not from here: orders-api: orders-api is no service/u);
    expect(settled.changes).toEqual([]);
  });
});

describe("secrets of the unit and the command line", () => {
  const unit = `[Unit]
Description=orders

[Service]
User=orders
Environment=LANG=C PAYMENT_TOKEN=${marked("token")}
Environment="BAL_CONFIG_VAR_CLIENTSECRET=${marked("client")}"
EnvironmentFile=-${environmentPath}
ExecStart=/usr/bin/java -Djavax.net.ssl.keyStorePassword=${marked("store")} -jar /opt/orders/orders.jar -CdbPassword=${marked("argument")}
`;
  const environment = `# orders\nSMTP_HOST=mail\nSMTP_PASSWORD=${marked("smtp")}\n`;
  const integration = (): Integration => {
    const made = configured({ [base]: 'dbHost = "db"\n' }, { id: "orders-api" });
    const command = [
      "/usr/bin/java",
      `-Djavax.net.ssl.keyStorePassword=${marked("store")}`,
      "-jar",
      "/opt/orders/orders.jar",
      `-CdbPassword=${marked("argument")}`,
    ];
    return {
      ...made,
      commandLine: command,
      jar: aJar({
        modules: [
          {
            organisation: "acme",
            name: "orders",
            major: 0,
            version: undefined,
            configurables: ["clientSecret", "dbPassword"],
          },
        ],
      }),
      unitFiles: [textFile(unitPath, unit)],
      environmentFiles: [textFile(environmentPath, environment)],
      configuration: {
        ...made.configuration,
        settings: [
          ...made.configuration.settings,
          {
            path: ["dbPassword"],
            key: "dbPassword",
            value: marked("argument"),
            source: { kind: "argument", from: "command line" },
            shadowed: [],
            secret: true,
          },
          {
            path: ["clientSecret"],
            key: "clientSecret",
            value: marked("client"),
            source: { kind: "environment", variable: "BAL_CONFIG_VAR_CLIENTSECRET", from: "unit" },
            shadowed: [],
            secret: true,
          },
        ],
      },
    };
  };
  const texts = { [unitPath]: unit, [environmentPath]: environment, [base]: 'dbHost = "db"\n' };

  test("secret-in-unit, secret-in-command-line and secret-in-environment-file fail, and name no value", () => {
    const settled = settle([secrets], facts([integration()]), asFile);
    expect(settled.results).toMatchObject({
      "secret-in-unit": "fail",
      "secret-in-command-line": "fail",
      "secret-in-environment-file": "fail",
      "secret-in-configuration": "pass",
    });
    expect(settled.details["secret-in-command-line"]).toContain("-Djavax.net.ssl.keyStorePassword, -CdbPassword");
    expect(JSON.stringify([settled.findings, settled.changes])).not.toContain("MARKED");
  });

  test("what the program knows as a key becomes one; the rest stays a variable that only root reads", () => {
    const { changes } = settle([secrets], facts([integration()]), asFile);
    expect(assembled(fileAt(changes, unitPath), texts)).toBe(
      unit
        .replace(` PAYMENT_TOKEN=${marked("token")}`, "")
        .replace(`Environment="BAL_CONFIG_VAR_CLIENTSECRET=${marked("client")}"\n`, "")
        .replace(` -Djavax.net.ssl.keyStorePassword=${marked("store")}`, "")
        .replace(` -CdbPassword=${marked("argument")}`, ""),
    );
    expect(assembled(fileAt(changes, environmentPath), texts)).toBe("# orders\nSMTP_HOST=mail\n");
    expect(assembled(fileAt(changes, secretsPath), texts).split("\n").toSorted().join("\n")).toBe(
      ["", `clientSecret = "${marked("client")}"`, `dbPassword = "${marked("argument")}"`].join("\n"),
    );
    const variables = fileAt(changes, "/etc/integrations/orders-api.env");
    expect(assembled(variables, texts)).toContain(
      `PAYMENT_TOKEN="${marked("token")}"\nSMTP_PASSWORD="${marked("smtp")}"\n`,
    );
    expect(variables).toMatchObject({ after: { mode: "0600", owner: "root", group: "root" } });
    expect(assembled(fileAt(changes, "/etc/integrations/orders-api.options"), texts)).toBe(
      `"-Djavax.net.ssl.keyStorePassword=${marked("store")}"\n`,
    );
    const dropIn = fileAt(changes, "/etc/systemd/system/orders-api.service.d/zz-drawbridge-runtime.conf");
    const content = dropIn.kind === "file" ? dropIn.after.content : "";
    expect(content).toContain("JDK_JAVA_OPTIONS=@/etc/integrations/orders-api.options");
    expect(content).toContain("ExecStart=/usr/bin/java -jar /opt/orders/orders.jar\n");
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test("a variable whose spelling nobody knows stays a variable", () => {
    const unknownName = { ...integration(), jar: aJar({ modules: [] }) };
    const { changes } = settle([secrets], facts([unknownName]), asFile);
    expect(assembled(fileAt(changes, "/etc/integrations/orders-api.env"), texts)).toContain(
      `BAL_CONFIG_VAR_CLIENTSECRET="${marked("client")}"`,
    );
  });

  test("an environment file of root's alone is fine", () => {
    const closed = { ...integration(), environmentFiles: [textFile(environmentPath, environment, "0600")] };
    expect(settle([secrets], facts([closed])).results["secret-in-environment-file"]).toBe("pass");
  });

  test.each([
    [
      "a unit of a package",
      (one: Integration) => ({ ...one, unitFiles: [textFile("/usr/lib/systemd/system/orders-api.service", unit)] }),
    ],
    [
      "a value with quotes",
      (one: Integration) => ({
        ...one,
        unitFiles: [textFile(unitPath, `[Service]\nEnvironment="TOKEN=a \\"b"\nExecStart=/usr/bin/java -jar a.jar\n`)],
      }),
    ],
    [
      "a secret in a comment",
      (one: Integration) => ({ ...one, unitFiles: [textFile(unitPath, `# password=${marked("comment")}\n${unit}`)] }),
    ],
  ])("%s is left alone, and said", (_name, change) => {
    const settled = settle([secrets], facts([change(integration())]), asFile);
    expect(settled.details["secret-in-unit"]).toMatch(/Not from here/u);
    expect(settled.changes.filter(({ because }) => because.includes("secret-in-unit"))).toEqual([]);
    expect(JSON.stringify(settled.findings)).not.toContain("MARKED");
  });
});

describe("the other secrets controls", () => {
  test("secret-in-jar: configuration and keys in the program", () => {
    const bad = configured({}, { jar: aJar({ embedded: ["resources/acme/orders/Config.toml", "truststore.p12"] }) });
    expect(settle([secrets], facts([bad])).details["secret-in-jar"]).toContain("resources/acme/orders/Config.toml.");
    expect(settle([secrets], facts([configured({})])).results["secret-in-jar"]).toBe("pass");
    expect(settle([secrets], facts([configured({}, { jar: undefined })])).results["secret-in-jar"]).toBe("unknown");
  });

  test("secret-default-values: what everybody knows", () => {
    const bad = configured({ [base]: 'clientSecret = "bal_secret"\nuserName = "admin"\n' });
    const settled = settle([secrets], facts([bad]));
    expect(settled.results["secret-default-values"]).toBe("fail");
    expect(settled.details["secret-default-values"]).not.toContain("bal_secret");
    expect(
      settle([secrets], facts([configured({ [base]: 'clientSecret = "Vq8#x"\n' })])).results["secret-default-values"],
    ).toBe("pass");
  });

  test("secret-file-permissions: what was moved stays closed", () => {
    const places: SecretPlaces = {
      ...noPlaces,
      files: new Map([[secretsPath, { stat: stateOf(secretsPath, "0644", "root", "orders"), content: "" }]]),
    };
    const settled = settle([secrets], facts([configured({})], places));
    expect(settled.results["secret-file-permissions"]).toBe("fail");
    expect(settled.changes).toMatchObject([{ kind: "permissions", path: secretsPath, after: { mode: "0640" } }]);
    const closed: SecretPlaces = {
      ...noPlaces,
      files: new Map([[secretsPath, { stat: stateOf(secretsPath), content: "" }]]),
    };
    expect(settle([secrets], facts([configured({})], closed)).results["secret-file-permissions"]).toBe("pass");
    expect(settle([secrets], facts([configured({})])).results["secret-file-permissions"]).toBe("notapplicable");
  });

  test("secret-in-compose-file: values go to .env", () => {
    const path = "/opt/orders/docker-compose.yml";
    const content = `services:\n  orders:\n    environment:\n      DB_PASSWORD: ${marked("compose")}\n      - "API_TOKEN=${marked("other")}"\n      SMTP_PASSWORD: \${SMTP_PASSWORD}\n      DB_PASSWORD_FILE: /run/secrets/db\n`;
    const places: SecretPlaces = {
      ...noPlaces,
      compose: [path],
      files: new Map([[path, { stat: stateOf(path, "0644"), content }]]),
    };
    const settled = settle([secrets], facts([configured({})], places));
    expect(settled.details["secret-in-compose-file"]).toBe(`${path}: DB_PASSWORD, API_TOKEN`);
    expect(JSON.stringify([settled.findings, settled.changes])).not.toContain("MARKED");
    const texts = { [path]: content };
    expect(assembled(fileAt(settled.changes, path), texts)).toBe(
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as compose reads it.
      content.replace(marked("compose"), "${DB_PASSWORD}").replace(marked("other"), "${API_TOKEN}"),
    );
    expect(assembled(fileAt(settled.changes, "/opt/orders/.env"), texts)).toContain(
      `DB_PASSWORD=${marked("compose")}\nAPI_TOKEN=${marked("other")}\n`,
    );
  });

  test("without an integration nothing applies, and templates hold placeholders only", () => {
    const settled = settle([secrets], facts([]));
    expect(new Set(Object.values(settled.results))).toEqual(new Set(["notapplicable"]));
    const files = secrets.generate?.(answerReader(facts([]), {})) ?? [];
    expect(files.map(({ path }) => path)).toContain("/kubernetes/secret.yaml");
    for (const { content } of files) expect(content).not.toMatch(/password\s*=\s*"[^"…{]+"/iu);
  });

  test.each([
    ["encrypted", "LoadCredentialEncrypted=secrets.toml:"],
    ["credential", "LoadCredential=secrets.toml:"],
    ["file", "BAL_CONFIG_FILES=/etc/integrations/"],
  ])("%s is what the generated unit reads", (place, line) => {
    const files = secrets.generate?.(answerReader(factsOf(), { "secrets.place": place })) ?? [];
    expect(files.find(({ path }) => path.endsWith("/50-secrets.conf"))?.content).toContain(line);
  });
});

describe("the probe of places", () => {
  test("reads files, folders and compose files, and tells large ones and links apart", () => {
    const fact = parseSecretPlaces(
      [
        "@systemd 252",
        "@encrypts",
        "@folder /etc/credstore",
        "directory|700|root|root|0|0|/etc/credstore",
        "@file /etc/integrations/a.env",
        "regular file|600|root|root|0|0|/etc/integrations/a.env",
        "|A=1",
        "|@file /not/a/marker",
        "|.",
        "@compose /opt/a/compose.yaml",
        "symbolic link|777|root|root|0|0|/opt/a/compose.yaml",
        "",
      ].join("\n"),
    );
    expect(fact.state).toBe("known");
    if (fact.state !== "known") return;
    expect(fact.value.systemd).toBe(252);
    expect(fact.value.files.get("/etc/integrations/a.env")?.content).toBe("A=1\n@file /not/a/marker\n");
    expect(fact.value.files.get("/opt/a/compose.yaml")?.content).toBeUndefined();
    expect(fact.value.folders.get("/etc/credstore")?.kind).toBe("directory");
  });

  test("asks about nothing where nothing runs", () => {
    expect(secretPlaces.input?.({ here: whatRunsHere([]) })).toBeUndefined();
    expect(secretPlaces.input?.({ here: whatRunsHere([configured({}, { unit: aUnit() })]) })).toContain(
      "file\t/etc/integrations/orders-api.secrets.toml\n",
    );
  });
});
