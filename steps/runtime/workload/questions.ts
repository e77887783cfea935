import { z } from "zod";
import { condition } from "../../../src/core/where.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { type AnswerReader, question } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { type FeatureName, features, supports } from "../../../src/workload/modules.ts";
import {
  serviceUserApplication,
  serviceUserConfiguration,
  serviceUserLogs,
  serviceUserName,
} from "../../os/service-user/questions.ts";

const needs = { here: raw(integrations) };
type Asked = { readonly here: Fact<WhatRunsHere> };

const hasNone = ({ here }: Asked): boolean => (knownValue(here)?.integrations.length ?? 0) === 0;

const folder = z
  .string()
  .trim()
  .regex(
    /^\/(?!.*(?:^|\/)\.{0,2}(?:\/|$))[^\t\n\r\0"]+$/u,
    "must be an absolute path, without . or .. and without a slash at the end",
  );

export const workloadExpected = question({
  id: "workload.expected",
  kind: "confirm",
  label: "Will run here",
  title: "Will an integration run on this machine?",
  why: "No integration was found here. If one will come, its steps ask what they would otherwise look at, and files are made for it; if not, they are passed over. The default is yes where Ballerina or WSO2 Integrator is installed.",
  schema: z.boolean(),
  needs,
  when: hasNone,
  default: ({ here }) => {
    const known = knownValue(here);
    return known === undefined || known.installations.length > 0;
  },
});

/** Nothing runs yet, and something will. */
const isDescribed = (facts: Asked, answers: AnswerReader): boolean => hasNone(facts) && answers.get(workloadExpected);

/** Where an integration runs, or will. */
export const whereIntegrations = condition({
  needs: { integrationsHere: needs.here },
  holds: ({ integrationsHere }, answers) =>
    !hasNone({ here: integrationsHere }) ||
    answers.get(workloadExpected) ||
    "no integration runs here, and none is expected (workload.expected)",
});

/** Asked only where nothing runs yet: everything else about a program is then derived from these answers. */

export const workloadName = question({
  id: "workload.name",
  kind: "text",
  label: "Name",
  title: "What is the integration called?",
  why: "No integration was found here, so the files that can be made for one are made for the one described now. Its service, its account and its folders carry this name.",
  schema: z
    .string()
    .trim()
    .regex(/^[a-z][a-z0-9_-]{0,30}$/u, "must be small letters, digits, - and _, beginning with a letter"),
  needs,
  when: isDescribed,
  // Whoever named an account for it has named it.
  default: (_facts, answers) => answers.get(serviceUserName) || "integration",
});

export const workloadPort = question({
  id: "workload.port",
  kind: "text",
  label: "Port",
  title: "On which port will it listen?",
  why: "Ballerina's own default is 9090, which every scanner of such servers tries; another one, such as 9443 with TLS, says less about what runs behind it.",
  schema: z.coerce.number().int().min(1).max(65_535),
  needs,
  when: isDescribed,
  default: () => 9443,
});

const folderQuestion = (
  name: "application" | "configuration" | "logs",
  given: typeof serviceUserApplication,
  title: string,
  base: string,
  why: string,
) =>
  question({
    id: `workload.${name}`,
    kind: "text",
    label: { application: "Program", configuration: "Configuration", logs: "Logs" }[name],
    title,
    why,
    schema: folder,
    needs,
    when: isDescribed,
    default: (_facts, answers) => answers.get(given)[0] ?? `${base}/${answers.get(workloadName)}`,
  });

export const workloadApplication = folderQuestion(
  "application",
  serviceUserApplication,
  "Where will its JAR lie?",
  "/opt",
  "The service may read this folder and never write to it: a program that can change itself is one that a break-in changes for good.",
);
export const workloadConfiguration = folderQuestion(
  "configuration",
  serviceUserConfiguration,
  "Where will its configuration lie?",
  "/etc",
  "Apart from the program, a new version of the program never overwrites it, and backups and permissions can differ.",
);
export const workloadLogs = folderQuestion(
  "logs",
  serviceUserLogs,
  "Where will it write its logs?",
  "/var/log",
  "The only folder that the service may write to.",
);

export const workloadJava = question({
  id: "workload.java",
  kind: "select",
  label: "Java",
  title: "Which Java will it run on?",
  why: "Ballerina 2201.8 to 2201.10 are made for Java 17, 2201.11 to 2201.13 for 21, and the current documents ask for 25. An older Java than the one it was compiled for does not start it.",
  schema: z.enum(["17", "21", "25"]),
  needs,
  when: isDescribed,
  choices: () => ["17", "21", "25"].map((value) => ({ value, label: `Java ${value}`, hint: "long-term support" })),
  default: () => "21" as const,
});

const modules = [
  ["ballerina/http", "serves or calls HTTP"],
  ["ballerina/log", "writes logs"],
  ["ballerina/observe", "metrics and traces"],
  ["ballerinax/prometheus", "metrics on a port of their own"],
  ["ballerinax/jaeger", "traces to Jaeger"],
  ["wso2/icp.runtime.bridge", "reports to an Integration Control Plane"],
] as const;

export const workloadModules = question({
  id: "workload.modules",
  kind: "multiselect",
  label: "Modules",
  title: "Which modules does it use?",
  why: "A key in Config.toml of a module that the program does not have stops it at its next start, so only keys of these modules are written.",
  schema: z.array(z.enum(modules.map(([name]) => name))),
  needs,
  when: isDescribed,
  choices: () => modules.map(([value, hint]) => ({ value, label: value, hint })),
  default: () => ["ballerina/http" as const, "ballerina/log" as const, "ballerina/observe" as const],
  describe: (names) => (names.length === 0 ? "none" : names.join(", ")),
});

/** What the JAR does not tell about keys that guidelines would write. */
const untold = ({ here }: Asked): readonly Integration[] =>
  (knownValue(here)?.integrations ?? []).filter((integration) =>
    (Object.keys(features) as FeatureName[]).some((name) => supports(integration, name) === "unknown"),
  );

export const workloadDistribution = question({
  id: "workload.distribution",
  kind: "text",
  label: "Ballerina release",
  title: "With which Ballerina release was the program built?",
  why: "Which keys Config.toml may have depends on it, and an unknown key stops the program. It is asked only where the JAR does not tell; 'bal version' on the machine that builds it does. Left empty, only keys that every release knows are written.",
  schema: z
    .string()
    .trim()
    .regex(/^(?:2201\.\d{1,2}\.\d{1,2})?$/u, "must be a release such as 2201.13.4, or nothing"),
  needs,
  when: (facts, answers) => isDescribed(facts, answers) || untold(facts).length > 0,
  default: (facts) => (hasNone(facts) ? "2201.13.4" : ""),
  current: (facts) => {
    const names = untold(facts).map(({ id }) => id);
    return names.length === 0 ? "the JARs tell" : `the JAR does not tell of ${names.join(", ")}`;
  },
  describe: (release) => (release === "" ? "not known" : release),
});

const address = z
  .string()
  .trim()
  .regex(
    /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[!-~]*)?$/u,
    "must be a host, host:port or an address such as https://api.example.net",
  );

export const workloadUpstreams = question({
  id: "workload.upstreams",
  kind: "list",
  label: "Calls",
  title: "Which services will it call?",
  why: "Outgoing connections can be kept to these: databases, queues and APIs as addresses (https://api.example.net, postgresql://db.example.net:5432).",
  schema: z.array(address),
  needs,
  when: isDescribed,
  default: () => [] as string[],
  describe: (all) => (all.length === 0 ? "none yet" : all.join(", ")),
});

export const workloadPeers = question({
  id: "workload.peers",
  kind: "list",
  label: "Called by",
  title: "Who calls it?",
  why: "Addresses or networks (10.0.4.0/24) of load balancers and clients; the port can be opened to them alone. Empty means anybody who reaches this network.",
  schema: z.array(
    z
      .string()
      .trim()
      .regex(
        /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f:]+:[0-9A-Fa-f:.]*)(?:\/\d{1,3})?$/u,
        "must be an IP address or network",
      ),
  ),
  needs,
  when: isDescribed,
  default: () => [] as string[],
  describe: (all) => (all.length === 0 ? "anybody" : all.join(", ")),
});

export const workloadHealthPath = question({
  id: "workload.health-path",
  kind: "text",
  label: "Health path",
  title: "Which path tells that an integration works?",
  why: "Before anything of an integration is changed, this path is asked on its default listener, and after the change it must answer with the same status, or everything is put back. Any status will do, so / is fine where there is no better one.",
  schema: z
    .string()
    .trim()
    .regex(/^\/[!-~]*$/u, "must be a path such as /health"),
  needs,
  when: ({ here }) => (knownValue(here)?.integrations ?? []).some(({ sockets }) => sockets.length > 0),
  default: () => "/",
  describe: (path) => `GET ${path}`,
});

export const workloadStartTime = question({
  id: "workload.start-time",
  kind: "text",
  label: "Start time",
  title: "How many seconds may an integration take to answer after a restart?",
  why: "What does not answer again by then is taken for broken, and everything is put back. A minute is enough for most; a large program on a small machine may need more.",
  schema: z.coerce.number().int().min(60).max(3600),
  needs,
  when: ({ here }) => (knownValue(here)?.integrations ?? []).some(({ unit }) => unit !== undefined),
  default: (): number => 60,
  describe: (seconds) => `${seconds} s`,
});
