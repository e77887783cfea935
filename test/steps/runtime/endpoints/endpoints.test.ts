import { describe, expect, it, test } from "vitest";
import { known } from "../../../../src/model/fact.ts";
import type { Endpoint, Integration } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { endpointPlaces, type Place, type PlaceTls, placesOf } from "../../../../src/probes/endpoints.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Network, network } from "../../../../src/probes/network.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { stores } from "../../../../src/probes/stores.ts";
import { unitFiles } from "../../../../src/probes/unit-files.ts";
import type { Certificate } from "../../../../src/stores/certificate.ts";
import { endpointsOf } from "../../../../src/workload/endpoints.ts";
import { encryptedUrl } from "../../../../steps/runtime/endpoints/endpoint-encrypted.ts";
import { endpoints } from "../../../../steps/runtime/endpoints/index.ts";
import { aConfigurationFile, anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { factsOf, settle } from "../../settle.ts";
import { noPlaces, settingsOf } from "../secrets-fixture.ts";
import { aRuntimeUnit, runtimeUnits } from "../unit-fixture.ts";

const now = Date.parse("2026-11-20T00:00:00Z") / 1000;
const day = 86_400;

const aCertificate = (overrides: Partial<Certificate> = {}): Certificate => ({
  pem: "",
  subject: "CN=partner.example",
  issuer: "CN=Public CA",
  serialNumber: "01",
  commonName: "partner.example",
  names: ["partner.example"],
  notBefore: now - 10 * day,
  notAfter: now + 100 * day,
  key: { type: "rsa", bits: 3072, curve: undefined },
  signature: { name: "SHA-256 with RSA", digest: "sha256" },
  sha256: "ab".repeat(32),
  spkiSha256: "cd".repeat(32),
  selfSigned: false,
  authority: false,
  ...overrides,
});

const good: PlaceTls = {
  port: 443,
  state: "answered",
  protocol: "TLSv1.3",
  verification: { code: 0, words: "ok" },
  chain: [aCertificate()],
};

const configured = (content: string): Integration => {
  const files = [aConfigurationFile({ content })];
  const settings = settingsOf(files);
  return anIntegration({
    configuration: { decidedBy: "working directory", files, settings },
    endpoints: endpointsOf(settings),
  });
};

const aNetwork: Network = {
  interfaces: [
    {
      name: "eth0",
      up: true,
      loopback: false,
      kind: "",
      addresses: [{ address: "192.0.2.7", prefix: 24, family: 4, scope: "global", dynamic: false }],
    },
  ],
  defaultDevices: ["eth0"],
  resolvers: ["192.0.2.53"],
  connections: [],
  session: undefined,
  ephemeral: { low: 32_768, high: 60_999 },
  archives: [],
};

/** `tls`: what each place answered, by host; `properties`: of the unit. */
const run = (
  integration: Integration,
  tls: Readonly<Record<string, Partial<PlaceTls>>> = {},
  given: Answers = {},
  properties: Readonly<Record<string, string>> = {},
) => {
  const places = placesOf([integration], aNetwork).map(
    (asked): Place => ({
      ...asked,
      addresses: asked.host === "nowhere.example" ? [] : ["198.51.100.9"],
      tls: tls[asked.host] === undefined ? undefined : { ...good, ...tls[asked.host] },
    }),
  );
  return settle(
    [endpoints],
    factsOf(
      [integrations, known(whatRunsHere([integration]))],
      [endpointPlaces, known({ places, withoutTls: undefined, now })],
      [network, known(aNetwork)],
      [secretPlaces, known(noPlaces)],
      [
        unitFiles,
        known(
          runtimeUnits([aRuntimeUnit({ properties: { ActiveState: "active", SubState: "running", ...properties } })]),
        ),
      ],
      [
        stores,
        known({
          files: [],
          openssl: "3.0.19",
          keytool: new Map<string, string>(),
          texts: new Map(),
          folders: new Map(),
          watch: "missing",
          now,
        }),
      ],
    ),
    given,
  );
};

const toml = (changes: ReturnType<typeof run>["changes"]) => {
  const file = changes.find((one) => one.kind === "file" && one.path.endsWith("Config.toml"));
  return file?.kind === "file" ? file.after.content : undefined;
};

describe("plain text", () => {
  const plain = configured('partnerUrl = "http://partner.example/stock" # since 2019\n');

  it("fails, and becomes https where the other side proves that it can", () => {
    const { results, changes } = run(plain, { "partner.example": {} });
    expect(results["endpoint-encrypted"]).toBe("fail");
    expect(toml(changes)).toBe('partnerUrl = "https://partner.example/stock" # since 2019\n');
  });

  test.each([
    [{ state: "plain", chain: [] }, /not with TLS/u],
    [{ state: "unreachable", chain: [] }, /nobody answered/u],
    [{ verification: { code: 20, words: "unable to get local issuer certificate" } }, /do not vouch/u],
    [{ chain: [aCertificate({ names: ["other.example"] })] }, /is for other\.example/u],
    [{ protocol: "TLSv1.1" }, /speaks TLSv1\.1/u],
  ] as [Partial<PlaceTls>, RegExp][])("stays as it is when it cannot: %o", (tls, words) => {
    const { details, changes } = run(plain, { "partner.example": tls });
    expect(details["endpoint-encrypted"]).toMatch(words);
    expect(toml(changes)).toBeUndefined();
  });

  it("passes on the machine itself, and where somebody gave a reason", () => {
    expect(run(configured('url = "http://127.0.0.1:8080/"\n')).results["endpoint-encrypted"]).toBe("pass");
    expect(run(configured('url = "http://192.0.2.7:8081/stock"\n')).results["endpoint-encrypted"]).toBe("pass");
    const accepted = { "endpoints.plain": ["partner.example:80 inside the VPN until 2027-06"] };
    expect(run(plain, {}, accepted).results["endpoint-encrypted"]).toBe("pass");
  });

  it("an address with a password in it is not rewritten", () => {
    const { changes } = run(configured('partnerUrl = "http://op:MARKED@partner.example/"\n'), {
      "partner.example": {},
    });
    expect(toml(changes)).toBeUndefined();
    expect(JSON.stringify(changes)).not.toContain("MARKED");
  });

  test.each([
    ["http://a.example/x?y#z", 443, "https://a.example/x?y#z"],
    ["http://a.example:8080/x", 8080, "https://a.example:8080/x"],
    ["http://a.example:80", 443, "https://a.example"],
    ["ws://[2001:db8::1]:8080/", 8080, "wss://[2001:db8::1]:8080/"],
    ["https://a.example/", 443, undefined],
  ])("%s on %i becomes %s", (url, port, wanted) => {
    expect(encryptedUrl(url, port)).toBe(wanted);
  });
});

describe("verification", () => {
  const careless = configured(
    'partnerUrl = "https://partner.example/"\n\n[partnerSecureSocket]\nenable = false\nverifyHostName = false\n',
  );

  it("is switched back on where a handshake proves that the call goes on", () => {
    const { results, changes } = run(careless, { "partner.example": {} });
    expect(results["endpoint-verification"]).toBe("fail");
    expect(toml(changes)).toContain("enable = true\nverifyHostName = true\n");
  });

  it("is left with the reason where it would break the call", () => {
    const { details, changes } = run(careless, {
      "partner.example": { verification: { code: 18, words: "self-signed certificate" } },
    });
    expect(details["endpoint-verification"]).toContain("cannot be switched on yet");
    expect(toml(changes)).toBeUndefined();
  });

  it("of databases is the databases' step's", () => {
    const database = configured('dbHost = "db.example"\ndbPort = 3306\n\n[dbOptions.ssl]\nmode = "DISABLED"\n');
    expect(run(database).results["endpoint-verification"]).toBe("pass");
  });

  it("passes where nothing is switched off", () => {
    expect(
      run(configured('partnerUrl = "https://partner.example/"\n'), { "partner.example": {} }).results,
    ).toMatchObject({
      "endpoint-verification": "pass",
      "endpoint-handshake": "pass",
      "endpoint-encrypted": "pass",
    });
  });
});

describe("partners", () => {
  const calling = configured('partnerUrl = "https://partner.example/"\n');

  it("that cannot be reached are unknown, with the reason", () => {
    const { results, details } = run(configured('url = "https://nowhere.example/"\n'), {
      "nowhere.example": { state: "unreachable", chain: [] },
    });
    expect(results["endpoint-handshake"]).toBe("unknown");
    expect(details["endpoint-handshake"]).toContain("could not be looked up");
  });

  it("with an expired certificate fail", () => {
    const { details } = run(calling, { "partner.example": { chain: [aCertificate({ notAfter: now - day })] } });
    expect(details["endpoint-handshake"]).toContain("expired on 2026-11-19");
  });

  it("are judged by the truststore named for them; one that cannot be read is unknown", () => {
    const trusting = configured('partnerUrl = "https://partner.example/"\npartnerTruststorePath = "/opt/trust.p12"\n');
    const { results, details } = run(trusting, { "partner.example": {} });
    expect(results["endpoint-handshake"]).toBe("unknown");
    expect(details["endpoint-handshake"]).toContain("/opt/trust.p12 could not be read");
  });
});

describe("places", () => {
  const endpoint = (host: string): Endpoint => ({
    key: "url",
    scheme: "https",
    host,
    port: 443,
    verification: { switchedOff: [], hostName: false, trust: undefined },
  });

  it("are asked once, whoever calls them, and never by a name that is none", () => {
    const calling = anIntegration({
      endpoints: [endpoint("A.example"), endpoint("a.example"), endpoint("-oProxy"), endpoint("a b")],
    });
    const places = placesOf([calling], undefined);
    expect(places.map(({ host, calls }) => [host, calls.length])).toEqual([["A.example", 2]]);
  });

  it("are read from what openssl prints, cut off or not", () => {
    const facts = {
      here: whatRunsHere([anIntegration({ endpoints: [endpoint("a.example")] })]),
      net: { state: "absent", reason: "" },
    };
    const parse = (stdout: string) => {
      const fact = endpointPlaces.parse({ stdout, exitCode: 0, truncated: false, timedOut: false }, facts);
      return fact.state === "known" ? fact.value.places[0]?.tls : undefined;
    };
    expect(parse("@now 1\np0\taddresses 192.0.2.1 \np0\tCONNECTED(00000003)\n")).toMatchObject({ state: "plain" });
    expect(parse("@now 1\np0\taddresses \n")).toMatchObject({ state: "unreachable" });
    expect(parse("@now 1\n@none\np0\taddresses 192.0.2.1 \n")).toBeUndefined();
    expect(parse("p0\tCONNECTED\np0\t-----BEGIN CERTIFICATE-----\np0\tAAAA\n")).toMatchObject({ chain: [] });
  });
});

describe("where integrations may connect to", () => {
  const calling = configured('partnerUrl = "https://partner.example/"\n');
  const asked = { "endpoints.egress": "allow-list" };

  it("is nobody's business unless it is asked for", () => {
    expect(run(calling, { "partner.example": {} }).results["endpoint-egress"]).toBe("notapplicable");
  });

  it("is derived from the configuration and held by systemd", () => {
    const { results, changes } = run(calling, { "partner.example": {} }, asked);
    expect(results["endpoint-egress"]).toBe("fail");
    const unit = changes.find((one) => one.kind === "file" && one.path.endsWith("zz-drawbridge-runtime.conf"));
    const content = unit?.kind === "file" ? unit.after.content : "";
    expect(content).toContain("IPAddressDeny=any");
    expect(content).toContain("IPAddressAllow=127.0.0.0/8 ::1/128 192.0.2.53 198.51.100.9");
  });

  it("passes with what systemd says about it", () => {
    const { results, changes } = run(calling, { "partner.example": {} }, asked, {
      IPAddressDeny: "::/0 0.0.0.0/0",
      IPAddressAllow: "127.0.0.0/8 ::1/128 192.0.2.53/32 198.51.100.9/32",
    });
    expect(results["endpoint-egress"]).toBe("pass");
    expect(changes).toEqual([]);
  });
});

describe("endpoint-control-plane", () => {
  const bridge = (text: string) =>
    configured(`[wso2.icp.runtime.bridge]\nserverUrl = "https://icp.example:9445"\n${text}`);
  it.each([
    ["", "fail"],
    ["enableSSL = true\n", "fail"],
    ['enableSSL = true\ncert = ""\n', "fail"],
    ['enableSSL = false\ncert = "/etc/ssl/icp.pem"\n', "fail"],
    ['enableSSL = true\ncert = "/etc/ssl/icp.pem"\n', "pass"],
  ])("%j is a %s", (text, result) => {
    expect(run(bridge(text)).results["endpoint-control-plane"]).toBe(result);
  });
  it("does not apply to programs that report to nobody", () => {
    expect(run(configured("port = 1\n")).results["endpoint-control-plane"]).toBe("notapplicable");
  });
  it("writes nothing until the certificate is named, and nothing that the program may not know", () => {
    const changes = (given: Answers) =>
      run(bridge('secret = "x"\n'), {}, given).changes.filter(({ because }) =>
        because.includes("endpoint-control-plane"),
      );
    expect(changes({})).toEqual([]);
    expect(changes({ "endpoints.control-plane-certificate": "/etc/ssl/icp.pem" })).toEqual([]);
  });
  it("sets both keys where the program knows them", () => {
    const known_ = bridge("");
    const jar = anIntegration().jar;
    const module = {
      organisation: "wso2",
      name: "icp.runtime.bridge",
      major: 1,
      version: "1.0.0",
      versionIs: "exact" as const,
      configurables: ["enableSSL", "cert", "serverUrl", "secret"],
    };
    const one = { ...known_, jar: jar && { ...jar, modules: [...jar.modules, module] } };
    const { changes } = run(one, {}, { "endpoints.control-plane-certificate": "/etc/ssl/icp.pem" });
    const file = changes.find((change) => change.kind === "file" && change.path.endsWith("Config.toml"));
    expect(file?.kind === "file" && file.after.content).toMatch(
      /enableSSL = true\n[\s\S]*cert = "\/etc\/ssl\/icp.pem"/u,
    );
  });
});
