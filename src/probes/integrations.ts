import { readMapperVariables } from "../configuration/mapper.ts";
import { quoteProgram } from "../core/probe-script.ts";
import { type Fact, known as knownFact, knownValue, unknown } from "../model/fact.ts";
import type {
  Installation,
  Integration,
  JarFile,
  JavaRuntime,
  JvmOption,
  LinkedModule,
  OtherProgram,
  TextFile,
  WhatRunsHere,
} from "../model/integration.ts";
import { askable, followUp, questionLine, raw } from "../model/probe.ts";
import {
  environmentFileVariables,
  type JavaCommand,
  javaCommand,
  javaWords,
  systemdWords,
} from "../workload/command-line.ts";
import { configurationPaths, effectiveConfiguration, type Variable } from "../workload/configuration.ts";
import { endpointsOf } from "../workload/endpoints.ts";
import {
  classMajor,
  entryContent,
  type JarEntry,
  manifestAttribute,
  rangesOf,
  type Slice,
  sliceFrom,
  sliceOf,
} from "../workload/jar.ts";
import { httpAtLeast, moduleOfEntry, packageOfMainClass, readConfigurationMapper } from "../workload/modules.ts";
import { logPathsOf, storesOf } from "../workload/references.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { type Listener, listeners } from "./listeners.ts";
import {
  type JarHead,
  type ProgramSeen,
  type UnitSetup,
  type Workload,
  type WorkloadUnit,
  workload,
} from "./workload.ts";

/** Bytes of a file that are read: a Config.toml is small, and what is larger is not judged by its beginning. */
const fileLimit = 1024 * 1024;
/** Bytes of an entry, compressed and inflated: class files of modules have some thousand. */
const entryLimit = 128 * 1024;

/** A program to be looked into: a unit, a process that no unit runs, or a JAR that nothing runs. */
type Candidate = {
  readonly unit: WorkloadUnit | undefined;
  readonly setup: UnitSetup | undefined;
  readonly program: ProgramSeen | undefined;
  readonly jar: string | undefined;
};

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

const isIntegration = ({ unit, program }: Pick<Candidate, "unit" | "program">): boolean =>
  unit?.ballerina === "yes" || program?.ballerina === "yes";

const candidatesOf = (services: Workload): readonly Candidate[] => {
  const units = services.units.map((unit): Candidate => {
    const program = services.programs.find((seen) => seen.unit === unit.name);
    const setup = services.setups.find((seen) => seen.unit === unit.name);
    return { unit, setup, program, jar: program?.jar ?? unit.jar };
  });
  const loose = services.programs
    .filter(({ unit }) => unit === undefined || !services.units.some(({ name }) => name === unit))
    .map((program): Candidate => ({ unit: undefined, setup: undefined, program, jar: program.jar }));
  const running = [...units, ...loose].filter(isIntegration);
  // Beside a program's own JAR lie its older versions: kept for the way back, not programs of their own.
  const folders = new Set(running.flatMap(({ jar }) => (jar === undefined ? [] : [folderOf(jar)])));
  const lying = [...services.jars.keys()]
    .filter((path) => !folders.has(folderOf(path)))
    .map((jar): Candidate => ({ unit: undefined, setup: undefined, program: undefined, jar }));
  return [...running, ...lying];
};

const othersOf = (services: Workload): readonly OtherProgram[] => [
  ...services.units
    .filter((unit) => !isIntegration({ unit, program: services.programs.find((seen) => seen.unit === unit.name) }))
    .map(({ name, user, runsAs, jar }) => ({ name, user: runsAs ?? user, jar })),
  ...services.programs
    .filter((program) => program.unit === undefined && program.ballerina !== "yes")
    .map(({ pid, user, jar }) => ({ name: `process ${pid}`, user, jar })),
];

/** Words of the command, of the process or else as systemctl shows them. */
const wordsOf = ({ program, setup }: Candidate): readonly string[] =>
  program?.commandLine ?? (setup === undefined ? [] : systemdWords(setup.execStart));

const directoryOf = ({ program, unit, jar }: Candidate): string =>
  program?.workingDirectory ?? unit?.workingDirectory ?? (jar === undefined ? "/" : folderOf(jar));

const homeOf = ({ program, setup }: Candidate): string | undefined =>
  /^(\/.*)\/bin\/java$/u.exec(program?.executable ?? setup?.executable ?? "")?.[1];

/** `@FILE` words before the program; the JVM reads them relative to the working directory. */
const argumentFiles = (candidate: Candidate): readonly string[] =>
  javaCommand(wordsOf(candidate))
    .options.filter((word) => word.startsWith("@") && !word.startsWith("@@"))
    .map((word) => absolute(word.slice(1), directoryOf(candidate)));

const absolute = (path: string, directory: string): string =>
  path.startsWith("/") ? path : `${directory.replace(/\/$/u, "")}/${path}`;

/** Environment of the unit as far as systemd itself says it; files of it are read with everything else. */
const unitEnvironment = (setup: UnitSetup | undefined): readonly Variable[] =>
  systemdWords(setup?.environment ?? "").flatMap((word) => {
    const sign = word.indexOf("=");
    return sign > 0 ? [{ name: word.slice(0, sign), value: word.slice(sign + 1), from: "unit" }] : [];
  });

/**
 * What a process really got, or what a unit would give it: Environment=, then EnvironmentFile= over it, in order
 * (systemd.exec(5)).
 */
const environmentOf = (candidate: Candidate, files: ReadonlyMap<string, TextFile>): readonly Variable[] => {
  const { setup, program } = candidate;
  const planned = [
    ...unitEnvironment(setup),
    ...(setup?.environmentFiles ?? []).flatMap((path) =>
      environmentFileVariables(files.get(path)?.content ?? "").map((variable) => ({ ...variable, from: path })),
    ),
  ];
  if (program === undefined) return lastOfEach(planned);
  return program.environment.map(({ name, value }) => ({
    name,
    value,
    from: planned.findLast((variable) => variable.name === name && variable.value === value)?.from ?? "process",
  }));
};

const lastOfEach = (variables: readonly Variable[]): readonly Variable[] =>
  variables.filter(({ name }, index) => !variables.slice(index + 1).some((later) => later.name === name));

/** Before env files are read: BAL_CONFIG_FILES as the workload probe found it there. */
const wantedConfiguration = (candidate: Candidate): readonly string[] => {
  const { unit, program, setup } = candidate;
  const environment =
    program?.environment.map((variable) => ({ ...variable, from: "process" })) ?? unitEnvironment(setup);
  const { paths } = configurationPaths({ environment, workingDirectory: directoryOf(candidate) });
  return program === undefined ? [...paths, ...(unit?.configurationFiles ?? [])] : paths;
};

/** Modules whose variables matter to the guidelines; the rest of a JAR's hundred is not fetched. */
const mappedModules =
  /^(?:ballerina\/(?:http|log|observe)|ballerinax\/(?:prometheus|jaeger|[a-z0-9.]*(?:sql|oracledb|redis|kafka|rabbitmq)[a-z0-9.]*)|wso2\/.*)$/u;

/** The entries of a JAR whose content is wanted, at most 24. */
const wantedEntries = (head: JarHead): readonly JarEntry[] => {
  const own = new Set(["META-INF/MANIFEST.MF", "META-INF/io.netty.versions.properties"]);
  const mapper = /^(.+\/\d+)\/\$configurationMapper\.class$/u;
  const wanted = head.entries.filter(({ name }) => {
    if (own.has(name)) return true;
    const module = moduleOfEntry(name.replace(mapper, "$1/$_init.class"));
    if (module === undefined) return false;
    if (!mapper.test(name)) return !libraries.has(module.organisation);
    return !libraries.has(module.organisation) || mappedModules.test(`${module.organisation}/${module.name}`);
  });
  return wanted.slice(0, 24);
};

const wantedRanges = (head: JarHead | undefined): readonly Slice[] =>
  head === undefined ? [] : rangesOf(wantedEntries(head).map((entry) => sliceOf(entry, head, entryLimit)));

const libraries = new Set(["ballerina", "ballerinai", "ballerinax"]);

const requestsOf = (services: Workload): readonly string[] => {
  const candidates = candidatesOf(services);
  const files = new Set(
    candidates.flatMap((candidate) => {
      const home = homeOf(candidate);
      const { setup, program } = candidate;
      // Files of a container are behind a file system of its own, whose links lead elsewhere: not followed from here.
      if (program?.container) return [];
      return [
        ...wantedConfiguration(candidate),
        ...argumentFiles(candidate),
        ...(setup?.environmentFiles ?? []),
        ...(setup?.fragment === undefined ? [] : [setup.fragment]),
        ...(setup?.dropIns ?? []),
        ...(home === undefined ? [] : [`${home}/release`]),
      ];
    }),
  );
  const jars = new Set(candidates.flatMap(({ jar }) => (jar === undefined ? [] : [jar])));
  return [
    ...[...files].filter(askable).map((path) => questionLine("file", path)),
    ...[...jars].filter(askable).flatMap((path) => {
      const ranges = wantedRanges(services.jars.get(path));
      if (ranges.length === 0) return [];
      return [questionLine("ranges", path, ...ranges.map(({ offset, length }) => `${offset + 1} ${length}`))];
    }),
  ];
};

/**
 * Reads files and slices of JARs, each line a question. A symlink is followed where only root could have made it; a pipe or a
 * device is not opened. Where it is started with the word "timeout", no file in a folder of somebody else is waited for longer than
 * two seconds.
 */
const reader = `tab=$(printf '\\t') newline='
'
set -f
IFS=$newline
questions=$(cat) carefully=$1
set --
folders=''
for line in $questions; do
  rest=\${line#*"$tab"} path=\${rest%%"$tab"*}
  case $line in file"$tab"*) set -- "$@" "$path" ;; esac
  case $newline$folders in *"$newline\${path%/*}/$newline"*) ;; *) folders=$folders\${path%/*}/$newline ;; esac
done
# Folders that nobody but root can write to.
trusted=$newline
[ -z "$folders" ] || for line in $(stat -c '%u %a %n' -- $folders 2>/dev/null); do
  path=\${line#* } path=\${path#* }
  case \${line%" $path"} in '0 '*[2367]? | '0 '*[2367]) ;; '0 '*) trusted=$trusted$path$newline ;; esac
done
# One line for each file that is there, in the order in which they are asked for.
states=''
[ $# -eq 0 ] || states=$(stat -c '%s %F|%a|%U|%G|%u|%g|%n' -- "$@" 2>/dev/null)
set -- $states
for line in $questions; do
  kind=\${line%%"$tab"*} rest=\${line#*"$tab"} path=\${rest%%"$tab"*}
  # In a folder of somebody else a pipe may take the file's place at any moment.
  case $trusted in *"$newline\${path%/*}/$newline"*) safe=yes patience='' ;; *) safe='' patience=\${carefully:+timeout\${newline}2} ;; esac
  case $kind in
    file)
      printf '@file %s\\n' "$path"
      case \${1-} in *"|$path") ;; *) echo missing; continue ;; esac
      size=\${1%% *} state=\${1#* }
      [ "\${state#*|*|*|*|*|*|}" = "$path" ] || { echo missing; continue; }
      shift
      printf '%s\\n' "$state"
      if [ -L "$path" ]; then
        if [ -n "$safe" ]; then real=$(readlink -f -- "$path"); else echo 'problem it is a symlink in a folder that others can write to'; continue; fi
        size=${fileLimit + 1} patience="timeout\${newline}2"
      else
        real=$path
      fi
      if [ -d "$real" ]; then echo 'problem it is a folder'; continue; fi
      if [ ! -e "$real" ]; then echo 'problem it is a symlink to nothing'; continue; fi
      if [ ! -f "$real" ]; then echo 'problem it is not a regular file'; continue; fi
      echo content
      if [ "$size" -le ${fileLimit} ]; then $patience base64 "$real"; else $patience head -c ${fileLimit + 1} -- "$real" | base64; fi
      ;;
    ranges)
      printf '@jar %s\\n' "$path"
      [ -f "$path" ] || continue
      rest=\${rest#*"$tab"}$tab
      while [ -n "$rest" ]; do
        range=\${rest%%"$tab"*} rest=\${rest#*"$tab"}
        $patience dd if="$path" iflag=skip_bytes,count_bytes,fullblock bs=65536 skip="$((\${range% *} - 1))" count="\${range#* }" 2>/dev/null
      done | base64
      ;;
  esac
done
exit 0`;

/**
 * All files under one time limit, for starting timeout(1) costs more than reading. Only where that runs out, because somebody laid
 * a pipe in the place of a file, they are read again, each under its own.
 */
const script = `questions=$(cat)
reader=${quoteProgram(reader)}
answer=$(printf '%s\\n' "$questions" | timeout 4 sh -c "$reader" sh '')
[ $? -ne 124 ] || answer=$(printf '%s\\n' "$questions" | sh -c "$reader" sh timeout)
printf '%s\\n' "$answer"
exit 0`;

type Answered = {
  readonly files: ReadonlyMap<string, TextFile>;
  /** What was read of each JAR: its ranges, one behind the other. */
  readonly jars: ReadonlyMap<string, Buffer>;
};

const readAnswers = (stdout: string): Answered => {
  const files = new Map<string, TextFile>();
  const jars = new Map<string, Buffer>();
  for (const section of stdout.split(/^@/mu).slice(1)) {
    const [head = "", ...lines] = section.split("\n");
    const path = head.slice(head.indexOf(" ") + 1);
    if (head.startsWith("file ")) files.set(path, readTextFile(path, lines));
    else if (head.startsWith("jar ")) jars.set(path, Buffer.from(lines.join(""), "base64"));
  }
  return { files, jars };
};

const readTextFile = (path: string, lines: readonly string[]): TextFile => {
  const [stat] = pathStates(lines);
  const nothing = { path, content: undefined, stat };
  if (lines.includes("missing")) return { ...nothing, state: "missing", problem: undefined };
  const problem = lines.find((line) => line.startsWith("problem "))?.slice("problem ".length);
  if (problem !== undefined) return { ...nothing, state: "unreadable", problem };
  const start = lines.indexOf("content");
  if (start < 0) return { ...nothing, state: "unreadable", problem: "it could not be read" };
  const bytes = Buffer.from(lines.slice(start + 1).join(""), "base64");
  if (bytes.length > fileLimit)
    return { ...nothing, state: "unreadable", problem: `it is larger than ${fileLimit / 1024 / 1024} MiB` };
  const content = bytes.toString("utf8");
  // Offsets into a text that is not what the bytes say would point at the wrong place.
  if (!Buffer.from(content, "utf8").equals(bytes))
    return { ...nothing, state: "unreadable", problem: "it is not UTF-8 text" };
  return { path, state: "read", problem: undefined, content, stat };
};

const jarFile = (path: string, head: JarHead, read: Buffer): JarFile => {
  const ranges = wantedRanges(head);
  const contents = new Map(
    wantedEntries(head).flatMap((entry) => {
      const content = entryContent(sliceFrom(read, ranges, sliceOf(entry, head, entryLimit)), entry, entryLimit);
      return content === undefined ? [] : [[entry.name, content] as const];
    }),
  );
  const text = (name: string) => contents.get(name)?.toString("utf8");
  const netty = /^netty-(?:codec-http|common|handler|buffer)\.version=(\S+)/mu.exec(
    text("META-INF/io.netty.versions.properties") ?? "",
  )?.[1];
  const mappers = [...contents].flatMap(([name, bytes]) => {
    const module = name.endsWith(mapperName) ? moduleOfEntry(name.replace(mapperName, "$$_init.class")) : undefined;
    return module === undefined ? [] : [{ module, bytes }];
  });
  const majors = [...contents.values()].flatMap((bytes) => classMajor(bytes) ?? []);
  const modules = head.entries
    .flatMap(({ name }) => moduleOfEntry(name) ?? [])
    .map((module) => {
      const mapper = mappers.find((other) => sameModule(other.module, module));
      return dated(module, mapper?.bytes, netty);
    });
  return {
    path,
    size: head.size,
    modified: head.modified,
    stat: head.stat,
    mainClass: manifestAttribute(text("META-INF/MANIFEST.MF") ?? "", "Main-Class"),
    classMajor: majors.length === 0 ? undefined : Math.max(...majors),
    modules: modules.toSorted((a, b) => (fullName(a) < fullName(b) ? -1 : 1)),
    netty,
    embedded: head.entries
      .map(({ name }) => name)
      .filter((name) => /(?:Config\.toml|Secrets\.toml|\.(?:p12|pfx|jks|pem|key|env))$/u.test(name)),
  };
};

const fullName = ({ organisation, name }: LinkedModule): string => `${organisation}/${name}`;

const mapperName = "$configurationMapper.class";

const dated = (module: LinkedModule, mapper: Buffer | undefined, netty: string | undefined): LinkedModule => {
  const read = mapper && readConfigurationMapper(mapper);
  const variables = mapper && readMapperVariables(mapper);
  const configurables = read && { configurables: read.configurables, ...(variables?.length && { variables }) };
  if (read?.version !== undefined) return { ...module, version: read.version, versionIs: "exact", ...configurables };
  const least = module.organisation === "ballerina" && module.name === "http" ? httpAtLeast(netty) : undefined;
  return { ...module, ...(least !== undefined && { version: least, versionIs: "at least" }), ...configurables };
};

const sameModule = (one: LinkedModule, two: LinkedModule): boolean =>
  one.organisation === two.organisation && one.name === two.name && one.major === two.major;

/** `release` of a Java home: NAME="value" lines. */
const javaRuntime = (home: string, release: string | undefined): JavaRuntime => {
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, "mu").exec(release ?? "")?.[1];
  const version = field("JAVA_VERSION");
  const [first = "", second = ""] = (version ?? "").split(/[._+-]/u);
  const major = Number(first === "1" ? second : first);
  return {
    home,
    version,
    major: version !== undefined && Number.isInteger(major) && major > 0 ? major : undefined,
    vendor: field("IMPLEMENTOR"),
  };
};

/**
 * In the order in which the JVM takes them, later ones win: JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS (of the launcher), the command
 * line with its @files, _JAVA_OPTIONS.
 */
const jvmOptions = (
  command: JavaCommand,
  environment: readonly Variable[],
  argumentFile: (path: string) => string | undefined,
): readonly JvmOption[] => {
  const variable = (name: string) =>
    javaWords(environment.findLast((candidate) => candidate.name === name)?.value ?? "").map((text) => ({
      text,
      from: name,
    }));
  return [
    ...variable("JAVA_TOOL_OPTIONS"),
    ...variable("JDK_JAVA_OPTIONS"),
    ...command.options.flatMap((text): readonly JvmOption[] => {
      if (!text.startsWith("@") || text.startsWith("@@")) return [{ text, from: "command line" }];
      const content = argumentFile(text.slice(1));
      return content === undefined
        ? [{ text, from: "command line" }]
        : javaWords(content).map((word) => ({ text: word, from: text.slice(1) }));
    }),
    ...variable("_JAVA_OPTIONS"),
  ];
};

const socketsOf = (all: readonly Listener[], { program, unit }: Candidate): readonly Listener[] =>
  all.filter(({ processes }) =>
    processes.some(
      (process) =>
        process.pid === program?.pid || (unit !== undefined && process.unit !== "" && process.unit === unit.name),
    ),
  );

const knownState = (path: string, services: Workload): PathState | undefined => {
  const tree = services.trees.find((candidate) => path.startsWith(`${candidate.path}/`));
  const entry = tree?.entries.find((candidate) => candidate.path === path);
  return entry ?? (tree !== undefined && !tree.cut ? { path, kind: "missing" } : undefined);
};

const integrationOf = (
  candidate: Candidate,
  id: string,
  services: Workload,
  listening: readonly Listener[],
  { files, jars }: Answered,
): Integration => {
  const { unit, setup, program } = candidate;
  const workingDirectory = directoryOf(candidate);
  const head = candidate.jar === undefined ? undefined : services.jars.get(candidate.jar);
  const jar =
    candidate.jar === undefined || head === undefined
      ? undefined
      : jarFile(candidate.jar, head, jars.get(candidate.jar) ?? Buffer.alloc(0));
  const environment = environmentOf(candidate, files);
  const commandLine = wordsOf(candidate);
  const command = javaCommand(commandLine);
  const options = jvmOptions(command, environment, (path) => files.get(absolute(path, workingDirectory))?.content);
  const mainClass = jar?.mainClass ?? (command.mainClass?.endsWith("$_init") ? command.mainClass : undefined);
  const inContainer: TextFile["problem"] = "it lies in a container";
  const configuration = effectiveConfiguration({
    environment,
    commandLine: command.arguments,
    workingDirectory,
    mainClass,
    modules: jar?.modules ?? [],
    file: (path) =>
      program?.container
        ? { path, state: "unreadable", problem: inContainer, content: undefined, stat: undefined }
        : files.get(path),
  });
  const textFile = (path: string): TextFile =>
    files.get(path) ?? {
      path,
      state: "unreadable",
      problem: "it was not looked at",
      content: undefined,
      stat: undefined,
    };
  const home = homeOf(candidate);
  const { settings } = configuration;
  return {
    id,
    kind: isIcp(mainClass, candidate.jar) ? "icp" : "ballerina",
    unit,
    pid: program?.pid,
    container: program?.container ?? false,
    user: program?.user ?? unit?.runsAs ?? unit?.user ?? (head?.stat.owner || "root"),
    workingDirectory,
    jar,
    java: home === undefined ? undefined : javaRuntime(home, files.get(`${home}/release`)?.content),
    commandLine,
    jvmOptions: options,
    environment,
    unitFiles: [setup?.fragment, ...(setup?.dropIns ?? [])].filter((path) => path !== undefined).map(textFile),
    environmentFiles: (setup?.environmentFiles ?? []).map(textFile),
    configuration,
    sockets: socketsOf(listening, candidate),
    endpoints: endpointsOf(settings),
    stores: storesOf(settings, options, workingDirectory),
    logFiles: logPathsOf(settings, options, setup?.output ?? [], workingDirectory).map(({ path, from }) => ({
      path,
      from,
      stat: knownState(path, services),
    })),
  };
};

const isIcp = (mainClass: string | undefined, jar: string | undefined): boolean => {
  const owner = packageOfMainClass(mainClass);
  return (
    (owner?.organisation === "wso2" && /icp|control_?plane/u.test(owner.name)) ||
    /\/icp\/(?:bin|lib)\//u.test(jar ?? "")
  );
};

/** Names without what their kind adds; the second of a name gets a number. */
const idsOf = (candidates: readonly Candidate[]): readonly string[] => {
  const taken = new Set<string>();
  return candidates.map(({ unit, jar, program }) => {
    const plain =
      unit?.name.replace(/\.service$/u, "") ??
      (jar === undefined ? `process-${program?.pid ?? 0}` : jar.slice(jar.lastIndexOf("/") + 1).replace(/\.jar$/u, ""));
    let id = plain;
    for (let number = 2; taken.has(id); number += 1) id = `${plain}-${number}`;
    taken.add(id);
    return id;
  });
};

const installationsOf = (services: Workload): readonly Installation[] =>
  services.installations.map(({ path, version, java }) => ({
    product: path.endsWith("/icp") ? "icp" : path.includes("wso2-integrator") ? "wso2-integrator" : "ballerina",
    path,
    version: version?.replace(/^ballerina-/u, ""),
    bundledJava: java.map(({ home, release }) => javaRuntime(home, release)),
  }));

const assemble = (services: Workload, listening: Fact<readonly Listener[]>, stdout: string): WhatRunsHere => {
  const answered = readAnswers(stdout);
  const candidates = candidatesOf(services);
  const ids = idsOf(candidates);
  return {
    integrations: candidates.map((candidate, index) =>
      integrationOf(candidate, ids[index] as string, services, knownValue(listening) ?? [], answered),
    ),
    installations: installationsOf(services),
    others: othersOf(services),
    bounds: [
      ...services.bounds,
      // No sockets because nobody could look is not the same as none.
      ...(listening.state === "known" || candidates.length === 0
        ? []
        : [`who listens on which port: ${listening.reason}`]),
    ],
  };
};

/** What runs here: every integration with its program, JVM, configuration, sockets, endpoints, stores and log files. */
export const integrations = followUp({
  id: "integrations",
  long: true,
  asks: "the configuration files, unit files, Java and JAR parts of every service that runs Ballerina",
  follows: { services: workload, listening: raw(listeners) },
  timeLimit: 20,
  sizeLimit: 32 * 1024 * 1024,
  input: ({ services }) => {
    const requests = requestsOf(services);
    return requests.length === 0 ? undefined : requests.join("");
  },
  script,
  parse: ({ stdout, timedOut, truncated }, { services, listening }): Fact<WhatRunsHere> => {
    if (timedOut || truncated) return unknown("reading what the integrations are made of took too long");
    return knownFact(assemble(services, listening, stdout));
  },
});
