import type { Integration, TomlValue, WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { endpointsOf } from "../../../src/workload/endpoints.ts";
import {
  workloadApplication,
  workloadConfiguration,
  workloadDistribution,
  workloadJava,
  workloadLogs,
  workloadModules,
  workloadName,
  workloadPort,
  workloadUpstreams,
} from "./questions.ts";

/** The integration that answers describe: the only one on a machine without any, and the one that templates are made for. */
export const describedByAnswers = (answers: AnswerReader): Integration => {
  const name = answers.get(workloadName);
  const application = answers.get(workloadApplication);
  const configuration = answers.get(workloadConfiguration);
  const jar = `${application}/${name}.jar`;
  const files = [`${configuration}/secrets.toml`, `${configuration}/Config.toml`];
  const base = files[1] as string;
  const user = name.replace(/[^a-z0-9_-]/gu, "-");
  const setting = (path: readonly string[], value: TomlValue, line: number) => ({
    path,
    key: path.join("."),
    value,
    source: { kind: "file" as const, path: base, line, start: 0, end: 0 },
    shadowed: [],
    secret: false,
  });
  const linked = answers.get(workloadModules);
  const upstreams = answers
    .get(workloadUpstreams)
    .map((address, index) =>
      setting([`upstream${index + 1}Url`], address.includes("://") ? address : `https://${address}`, index + 2),
    );
  const settings = [
    ...(linked.includes("ballerina/http")
      ? [setting(["ballerina", "http", "defaultListenerPort"], BigInt(answers.get(workloadPort)), 1)]
      : []),
    ...upstreams,
  ];
  const major = Number(answers.get(workloadJava));
  return {
    id: name,
    kind: "ballerina",
    unit: {
      name: `${name}.service`,
      activeState: "inactive",
      subState: "dead",
      user,
      group: user,
      dynamicUser: false,
      runsAs: undefined,
      workingDirectory: application,
      jar,
      ballerina: "yes",
      configurationFiles: files,
      logFolders: [answers.get(workloadLogs)],
      startedAt: undefined,
      recentRestarts: 0,
      dropIn: null,
      dropInFolder: false,
    },
    pid: undefined,
    container: false,
    user,
    workingDirectory: application,
    jar: {
      path: jar,
      size: 0,
      modified: 0,
      stat: { path: jar, kind: "file", mode: "0640", owner: "root", group: user, uid: 0, gid: 0 },
      mainClass: undefined,
      classMajor: major + 44,
      modules: linked.map((module) => {
        const [organisation = "", moduleName = ""] = module.split("/");
        return {
          organisation,
          name: moduleName,
          major: organisation === "ballerina" && moduleName !== "observe" ? 2 : 1,
          version: undefined,
        };
      }),
      netty: undefined,
      embedded: [],
    },
    java: { home: `/usr/lib/jvm/java-${major}-openjdk-amd64`, version: undefined, major, vendor: undefined },
    commandLine: ["/usr/bin/java", "-jar", jar],
    jvmOptions: [],
    environment: [{ name: "BAL_CONFIG_FILES", value: files.join(":"), from: "unit" }],
    unitFiles: [],
    environmentFiles: [],
    configuration: {
      decidedBy: "BAL_CONFIG_FILES",
      files: files.map((path) => ({ path, state: "missing", problem: undefined, content: undefined, stat: undefined })),
      settings,
    },
    sockets: [],
    endpoints: endpointsOf(settings),
    stores: [],
    logFiles: [],
  };
};

/** What to work for: the integrations of this machine, or the one that answers describe where there is none. */
export const described = (here: WhatRunsHere | undefined, answers: AnswerReader): readonly Integration[] =>
  here === undefined || here.integrations.length === 0 ? [describedByAnswers(answers)] : here.integrations;

/** The release of the distribution by the operator's word: the last argument of `supports`. */
export const statedDistribution = (answers: AnswerReader): string => answers.get(workloadDistribution);
