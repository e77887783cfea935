import { describe, expect, it } from "vitest";
import { answerProblem, answerReader } from "../../../../src/core/answers.ts";
import { inspectControl } from "../../../../src/core/inspect.ts";
import { planFor } from "../../../../src/core/judge.ts";
import { type Fact, known } from "../../../../src/model/fact.ts";
import type { Integration, Setting } from "../../../../src/model/integration.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Dashboard, dashboards } from "../../../../src/probes/dashboards.ts";
import { type DefaultLogins, defaultLogins } from "../../../../src/probes/default-logins.ts";
import { firewall } from "../../../../src/probes/firewall.ts";
import { integrations } from "../../../../src/probes/integrations.ts";
import { type Listener, listeners } from "../../../../src/probes/listeners.ts";
import { recordedAnswers } from "../../../../src/probes/machine.ts";
import { network } from "../../../../src/probes/network.ts";
import { secretPlaces } from "../../../../src/probes/secret-places.ts";
import { readToml } from "../../../../src/toml/document.ts";
import { openPorts } from "../../../../steps/network/open-ports/index.ts";
import { allowedPorts } from "../../../../steps/network/open-ports/questions.ts";
import { firewallPublic } from "../../../../steps/os/firewall/questions.ts";
import { defaults } from "../../../../steps/runtime/defaults/index.ts";
import { listenerPorts } from "../../../../steps/runtime/defaults/questions.ts";
import { aConfigurationFile, aJar, anIntegration, whatRunsHere } from "../../integration-fixture.ts";
import { type FirewallName, firewallOf, listen, networkOf, sshd } from "../../os/firewall/server.ts";
import { noPlaces } from "../secrets-fixture.ts";

const java = (port: number, more: Partial<Listener> = {}) =>
  listen(port, {
    processes: [
      { pid: 812, name: "java", user: "orders", uid: 990, unit: "orders-api.service", executable: "/usr/bin/java" },
    ],
    ...more,
  });
const waiting = java(9090);

const settingsOf = (text: string, path = "/opt/orders/Config.toml"): readonly Setting[] => {
  const read = readToml(text);
  if (!read.ok) throw new Error(read.problem);
  return read.entries.map(({ path: keys, value, start, end, line }) => ({
    path: keys,
    key: keys.join("."),
    value,
    source: { kind: "file", path, line, start, end },
    shadowed: [],
    secret: false,
  }));
};
const configured = (text: string, more: Partial<Integration> = {}): Integration =>
  anIntegration({
    sockets: [waiting],
    configuration: {
      decidedBy: "working directory",
      files: [aConfigurationFile({ content: text })],
      settings: settingsOf(text),
    },
    ...more,
  });
const oldHttp = aJar({
  modules: [{ organisation: "ballerina", name: "http", major: 2, version: "2.12.0", versionIs: "exact" }],
});

type Given = {
  readonly here?: readonly Integration[];
  readonly sockets?: readonly Listener[];
  readonly ruleset?: FirewallName;
  readonly logins?: DefaultLogins;
  readonly dashboards?: readonly Dashboard[];
  readonly answers?: Answers;
};
const factsOf = ({ here = [], sockets, ruleset = "bookworm-none", logins, dashboards: consoles = [] }: Given) =>
  new Map<string, Fact<unknown>>([
    [integrations.id, known(whatRunsHere(here))],
    [listeners.id, known(sockets ?? [sshd(22), ...here.flatMap((one) => one.sockets)])],
    [network.id, known(networkOf("bookworm"))],
    [firewall.id, known(firewallOf(ruleset))],
    [defaultLogins.id, known(logins ?? { tried: false, attempts: [], unable: undefined })],
    [dashboards.id, known(consoles)],
    [secretPlaces.id, known(noPlaces)],
    [recordedAnswers.id, { state: "absent", reason: "nothing yet" }],
  ]);
const judge = (id: string, given: Given) => {
  const control = defaults.controls.find((one) => one.id === id);
  if (control === undefined) throw new Error(`no control ${id}`);
  const facts = factsOf(given);
  return inspectControl(defaults, control, facts, answerReader(facts, given.answers ?? {}));
};
const plan = (given: Given) => planFor([defaults, openPorts], factsOf(given), given.answers ?? {}, {}, "1");
const written = (given: Given): readonly string[] =>
  plan(given).plan.changes.flatMap((one) =>
    one.kind === "file" && one.path.endsWith(".toml") ? [one.after.content] : [],
  );
const move: Answers = { "defaults.ports": ["orders-api=9443"] };

describe("default-ports", () => {
  it.each([
    ["at 9090 for others", configured(""), "fail"],
    [
      "at 9090 on loopback",
      configured("", { sockets: [java(9090, { address: "127.0.0.1", reach: "loopback" })] }),
      "pass",
    ],
    ["elsewhere", configured("[ballerina.http]\ndefaultListenerPort = 9443\n", { sockets: [java(9443)] }), "pass"],
    ["no socket of that kind", configured("", { sockets: [java(8080)] }), "notapplicable"],
    ["in a container", configured("", { container: true }), "notapplicable"],
  ])("%s: %s", (_, integration, result) => {
    expect(judge("default-ports", { here: [integration] }).result).toBe(result);
  });

  it("says how it moves, or why not from here", () => {
    expect(judge("default-ports", { here: [configured("")] }).detail).toContain("--set defaults.ports=orders-api=PORT");
    expect(judge("default-ports", { here: [configured("", { jar: oldHttp })] }).detail).toContain(
      "an unknown key would stop it",
    );
  });

  it("moves nothing by itself", () => {
    expect(written({ here: [configured("")] })).toEqual([]);
  });

  it("writes the key where it belongs, keeps the rest, and restarts once", () => {
    const given = { here: [configured('# orders\nname = "x"\n')], answers: move };
    expect(written(given)).toEqual(['# orders\nname = "x"\n\n[ballerina.http]\ndefaultListenerPort = 9443\n']);
    expect(plan(given).plan.changes.filter(({ kind }) => kind === "unit")).toMatchObject([
      { unit: "orders-api.service", action: "restarted" },
    ]);
  });

  it("never writes a key that the program does not know", () => {
    expect(written({ here: [configured("", { jar: oldHttp })], answers: move })).toEqual([]);
  });

  it("is done once the program waits there", () => {
    const there = configured("[ballerina.http]\ndefaultListenerPort = 9443\n", { sockets: [java(9443)] });
    expect(judge("default-ports", { here: [there], answers: move }).result).toBe("pass");
    expect(written({ here: [there], answers: move })).toEqual([]);
  });

  it("fails while it does not, unless the restart was put off", () => {
    const written = configured("[ballerina.http]\ndefaultListenerPort = 9443\n");
    expect(judge("default-ports", { here: [written], answers: move }).result).toBe("fail");
    const later = { ...move, "jvm.restart": "later" };
    expect(judge("default-ports", { here: [written], answers: later })).toMatchObject({
      result: "pass",
      detail: "orders-api: 9443 counts from its next start",
    });
  });

  it("says who has to follow", () => {
    const control = defaults.controls.find(({ id }) => id === "default-ports");
    const here = [configured("")];
    const facts = factsOf({ here });
    expect(control?.breaks?.({ here: whatRunsHere(here) }, answerReader(facts, move))).toEqual([
      "whoever calls orders-api at 9090 (clients, proxies, load balancers, monitoring) has to call 9443",
    ]);
  });
});

describe("what follows a moved port", () => {
  const given = { here: [configured("")], answers: move };
  const reader = answerReader(factsOf(given), move);
  it("the ports that may listen, and those that anyone may reach", () => {
    expect(reader.get(allowedPorts)).toEqual(["9443/tcp"]);
    expect(reader.get(firewallPublic)).toEqual(["9443/tcp"]);
    expect(answerReader(factsOf({ here: given.here }), {}).get(firewallPublic)).toEqual(["9090/tcp"]);
  });

  it("a firewall that was told otherwise refuses the move, and says what to answer", () => {
    const answers = { ...move, "firewall.public": ["9090/tcp"] };
    expect(plan({ ...given, answers }).refusals).toMatchObject([
      { guard: "moved-ports", remedy: expect.stringContaining("9443/tcp") },
    ]);
    expect(plan({ ...given, answers: { ...answers, "firewall.owner": "unmanaged" } }).refusals).toEqual([]);
    expect(plan(given).refusals).toEqual([]);
  });
});

describe("defaults.ports", () => {
  const problem = (...wishes: string[]) => {
    const facts = factsOf({ here: [configured("")], sockets: [sshd(22), waiting, listen(8443)] });
    return answerProblem(listenerPorts, wishes, facts, answerReader(facts, {}));
  };
  it.each([
    [["orders-api"], "must be INTEGRATION=PORT"],
    [["orders-api=443"], "from 1024"],
    [["orders-api=70000"], "to 65535"],
    [["billing=9443"], "no integration of this host: orders-api"],
    [["orders-api=8443"], "8443 is taken by server"],
    [["orders-api=9443", "x=9443"], "named twice"],
  ])("%j: %s", (wishes, said) => expect(problem(...wishes)).toContain(said));
  it("refuses what waits at no default listener", () => {
    const facts = factsOf({ here: [configured("", { sockets: [java(8080)] })] });
    const reader = answerReader(facts, {});
    expect(answerProblem(listenerPorts, ["orders-api=9443"], facts, reader)).toContain(
      "not seen at a default listener",
    );
    const other = configured("", {
      id: "billing",
      configuration: {
        decidedBy: "working directory",
        files: [aConfigurationFile({ path: "/opt/billing/Config.toml" })],
        settings: [],
      },
    });
    const here = [configured("", { sockets: [java(8080)] }), other];
    expect(judge("default-ports", { here, answers: move }).result).toBe("fail");
    expect(written({ here, answers: move })).toEqual([]);
  });
  it("takes a free port", () => expect(problem("orders-api=9443")).toBeUndefined());
});

describe("default-secrets", () => {
  const known1 = "default-secret-key-at-least-32-characters-long-for-hs256";
  const controlPlane = (text: string, more: Partial<Integration> = {}) =>
    configured(text, {
      id: "icp",
      kind: "icp",
      jar: aJar({
        mainClass: "wso2.icp_server.2.$_init",
        modules: [
          {
            organisation: "wso2",
            name: "icp_server",
            major: 2,
            version: "2.0.0",
            versionIs: "exact",
            configurables: ["frontendJwtHMACSecret", "userServiceJwtHMACSecret", "opensearchPassword", "serverPort"],
          },
        ],
      }),
      ...more,
    });

  it("sees what is configured as published, and what counts because nothing is configured", () => {
    const { result, detail } = judge("default-secrets", {
      here: [controlPlane(`frontendJwtHMACSecret = "${known1}"\n`)],
    });
    expect(result).toBe("fail");
    expect(detail).toContain(
      "icp: frontendJwtHMACSecret; icp: userServiceJwtHMACSecret; icp: opensearchPassword (change",
    );
  });

  it("shows no value, not even a published one, and makes new ones on the machine", () => {
    const given = { here: [controlPlane(`# console\nfrontendJwtHMACSecret = "${known1}"\n`)] };
    expect(JSON.stringify(judge("default-secrets", given))).not.toContain(known1);
    const { changes } = plan(given).plan;
    expect(JSON.stringify(changes)).not.toContain(known1);
    const file = changes.find((one) => one.kind === "file" && one.path.endsWith(".toml"));
    expect(file).toMatchObject({
      sensitive: true,
      after: {
        parts: expect.arrayContaining([
          { random: { name: "frontendjwthmacsecret-icp", bytes: 48 } },
          { random: { name: "userservicejwthmacsecret-icp", bytes: 48 } },
        ]),
      },
    });
  });

  it("passes with others, also encrypted ones", () => {
    const text = `frontendJwtHMACSecret = "$secret{frontend}"\nuserServiceJwtHMACSecret = "one of our own making"\nopensearchPassword = "y"\n`;
    expect(judge("default-secrets", { here: [controlPlane(text)] }).result).toBe("pass");
  });

  it("leaves alone what another server has to know too", () => {
    const text = `authBackendUrl = "https://logins.internal:9447"\nfrontendJwtHMACSecret = "x"\nopensearchPassword = "y"\n`;
    const here = [controlPlane(text)];
    expect(judge("default-secrets", { here }).detail).toContain("another server checks logins");
    expect(written({ here })).toEqual([]);
  });

  it("sees the account of a version 1 dashboard", () => {
    const dashboard = aJar({
      modules: [{ organisation: "ballerinax", name: "wso2.controlplane", major: 1, version: undefined }],
    });
    const text = '[ballerinax.wso2.controlplane.dashboard]\nurl = "https://icp:9743/dashboard/api"\n';
    expect(judge("default-secrets", { here: [configured(text, { jar: dashboard })] }).result).toBe("fail");
    const changed = `${text}serviceAccount = "orders"\nserviceAccountPassword = "x"\n`;
    expect(judge("default-secrets", { here: [configured(changed, { jar: dashboard })] }).result).toBe("pass");
  });

  it("sees the accounts of a version 1 dashboard itself, by the tables that hold them", () => {
    const path = "/opt/icp/conf/deployment.toml";
    const finding = judge("default-secrets", { dashboards: [{ path, published: ["keystore", "mi_super_admin"] }] });
    expect(finding).toMatchObject({
      result: "fail",
      detail: `${path}: keystore (make a store with another password); ${path}: mi_super_admin (change it there, and wherever the account is used)`,
    });
    expect(judge("default-secrets", { dashboards: [{ path, published: [] }] }).result).toBe("pass");
  });

  it("does not apply to a program without one", () => {
    expect(judge("default-secrets", { here: [configured("")] }).result).toBe("notapplicable");
  });
});

describe("default-console-ports", () => {
  it("fails where strangers get in, passes behind a firewall, and passes over loopback", () => {
    const console = java(9446);
    expect(judge("default-console-ports", { sockets: [console] })).toMatchObject({ result: "fail" });
    expect(judge("default-console-ports", { sockets: [console], ruleset: "bookworm-drawbridge" }).result).toBe("pass");
    const local = java(9797, { address: "127.0.0.1", reach: "loopback" });
    expect(judge("default-console-ports", { sockets: [local] }).result).toBe("notapplicable");
  });
});

describe("default-logins", () => {
  const yes = { "defaults.try-logins": true };
  const attempt = (status: string) => ({
    what: "Grafana",
    url: "http://127.0.0.1:3000/api/org",
    user: "admin",
    status,
  });
  it.each([
    ["nobody asked", undefined, {}, "notapplicable"],
    ["answered too late", undefined, yes, "unknown"],
    ["no console", { tried: true, attempts: [], unable: undefined }, yes, "pass"],
    ["let in", { tried: true, attempts: [attempt("401"), attempt("200")], unable: undefined }, yes, "fail"],
    ["kept out", { tried: true, attempts: [attempt("401"), attempt("000")], unable: undefined }, yes, "pass"],
    ["silent", { tried: true, attempts: [attempt("000")], unable: undefined }, yes, "unknown"],
    ["no curl", { tried: true, attempts: [], unable: "curl is not installed" }, yes, "unknown"],
  ] as const)("%s: %s", (_, logins, answers, result) => {
    expect(judge("default-logins", { ...(logins && { logins }), answers }).result).toBe(result);
  });
});

it("generates the lines for both kinds of listeners", () => {
  const files = defaults.generate?.(answerReader(new Map(), { "defaults.ports": ["x=9555"] })) ?? [];
  const toml = files.find(({ path }) => path.endsWith(".toml.example"))?.content ?? "";
  const read = readToml(toml);
  expect(read.ok && read.root).toMatchObject({
    ballerina: { http: { defaultListenerPort: expect.anything(), defaultListenerConfig: { host: "127.0.0.1" } } },
  });
  expect(toml).toContain("defaultListenerPort = 9555");
  expect(files.some(({ path }) => path.endsWith(".bal"))).toBe(true);
});
