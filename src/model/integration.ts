import type { PathState } from "../probes/accounts.ts";
import type { Listener } from "../probes/listeners.ts";
import type { WorkloadUnit } from "../probes/workload.ts";

/** A value as TOML knows it. Dates are kept as their text. */
export type TomlValue =
  | string
  | number
  | bigint
  | boolean
  | readonly TomlValue[]
  | { readonly [key: string]: TomlValue };

/** Where a configurable's value comes from, most powerful first: environment, argument, files in their order, default. */
export type SettingSource =
  | { readonly kind: "environment"; readonly variable: string; readonly from: string }
  | { readonly kind: "argument"; readonly from: string }
  /** `start` and `end`: offsets of the value's text in UTF-16 code units of the file's content. `line`: from 1. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly line: number;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: "data"; readonly from: string };

/** One effective value of a program's configuration. Values of secrets stay in memory and are never shown. */
export type Setting = {
  /** Table and key, as in `["ballerina", "http", "defaultListenerPort"]`; indexes of arrays of tables are digits. */
  readonly path: readonly string[];
  /** The same, as a person writes it: "ballerina.http.defaultListenerPort". */
  readonly key: string;
  readonly value: TomlValue;
  readonly source: SettingSource;
  /** Values given elsewhere that do not count because this one wins. */
  readonly shadowed: readonly { readonly value: TomlValue; readonly source: SettingSource }[];
  /** The key's name or the value's shape says that it must not be shown. */
  readonly secret: boolean;
};

export type ConfigurationFile = {
  readonly path: string;
  readonly state: "read" | "missing" | "unreadable" | "invalid";
  /** Why it is unreadable or invalid: names line and column, never a value. */
  readonly problem: string | undefined;
  /** Whole text when it was read (or is invalid TOML): holds secrets. */
  readonly content: string | undefined;
  /** Undefined when missing. */
  readonly stat: PathState | undefined;
};

export type Configuration = {
  /** What decides where TOML comes from (an exclusive choice in this order). */
  readonly decidedBy: "BAL_CONFIG_FILES" | "BAL_CONFIG_DATA" | "working directory" | "nothing";
  /** In order of precedence, the strongest first. */
  readonly files: readonly ConfigurationFile[];
  readonly settings: readonly Setting[];
  /**
   * Values that no setting has because a stronger source gives their variable: a record comes whole from one source, and
   * what a weaker file says about its other fields is lost.
   */
  readonly ignored?: readonly Pick<Setting, "path" | "key" | "value" | "source" | "secret">[];
  /** What the program knows no variable for, as far as its JAR tells: fatal at its next start. */
  readonly unused?: readonly Pick<Setting, "key" | "source">[];
};

/** A file beside the program that says how it is started: of the unit, of its environment, of JVM arguments. */
export type TextFile = {
  readonly path: string;
  readonly state: "read" | "missing" | "unreadable";
  readonly problem: string | undefined;
  /** Holds secrets. */
  readonly content: string | undefined;
  readonly stat: PathState | undefined;
};

/** A module whose classes are in the JAR. `version` only where something in the JAR dates it; it may be a lower bound. */
export type LinkedModule = {
  readonly organisation: string;
  readonly name: string;
  readonly major: number;
  readonly version: string | undefined;
  /** Whether `version` is what the compiler wrote into the JAR, or the oldest it can be; absent without a version. */
  readonly versionIs?: "exact" | "at least";
  /** Names of its configurable variables, where the JAR names them: any other key of the module stops the program. */
  readonly configurables?: readonly string[];
  /** Types of those whose type is a simple one, and which of them the program does not start without. */
  readonly variables?: readonly {
    readonly name: string;
    readonly type: string | undefined;
    readonly required: boolean;
  }[];
};

export type JarFile = {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly modified: number;
  readonly stat: PathState;
  /** `<organisation>.<package>.<major>.$_init` of a Ballerina program. */
  readonly mainClass: string | undefined;
  /** Major version of the newest class file looked at: 61 is Java 17, 65 is 21, 69 is 25. */
  readonly classMajor: number | undefined;
  readonly modules: readonly LinkedModule[];
  /** Version of Netty by META-INF/io.netty.versions.properties. */
  readonly netty: string | undefined;
  /** Names of entries that should not be in a JAR: configuration, stores, private keys. */
  readonly embedded: readonly string[];
};

export type JavaRuntime = {
  readonly home: string;
  /** JAVA_VERSION of its `release` file: "17.0.15". */
  readonly version: string | undefined;
  readonly major: number | undefined;
  /** IMPLEMENTOR of its `release` file. */
  readonly vendor: string | undefined;
};

export type JvmOption = {
  readonly text: string;
  /** "command line", "JDK_JAVA_OPTIONS", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", or the path of an @file. */
  readonly from: string;
};

export type Endpoint = {
  /** The setting that names it, as a person writes it: "orders.upstreamUrl". */
  readonly key: string;
  readonly scheme:
    | "http"
    | "https"
    | "postgresql"
    | "mysql"
    | "sqlserver"
    | "ldap"
    | "ldaps"
    | "amqp"
    | "amqps"
    | "kafka"
    | "tcp";
  readonly host: string;
  readonly port: number;
  /** What the configuration next to it says about TLS. */
  readonly verification: {
    /** `secureSocket.enable = false`, `sslmode`-like settings that do not verify, `trustServerCertificate`. */
    readonly switchedOff: readonly string[];
    /** True when the name of the host is not checked: `verifyHostName = false`. */
    readonly hostName: boolean;
    /** Truststore or certificate file named beside it. */
    readonly trust: string | undefined;
  };
};

export type StoreReference = {
  readonly path: string;
  readonly purpose: "key" | "trust" | "certificate" | "private key" | "unknown";
  /** The setting or JVM option that names it. */
  readonly key: string;
  /** The setting beside it that holds its password. */
  readonly passwordKey: string | undefined;
  /** In memory only. */
  readonly password: string | undefined;
};

export type LogFile = { readonly path: string; readonly from: string; readonly stat: PathState | undefined };

/** One integration of this host: a Ballerina program, by its unit, its process or just its JAR on disk. */
export type Integration = {
  /** Name of its unit without ".service", else of its JAR without ".jar": unique on the host. */
  readonly id: string;
  readonly kind: "ballerina" | "icp" | "java";
  readonly unit: WorkloadUnit | undefined;
  readonly pid: number | undefined;
  readonly container: boolean;
  /** The account it runs as, or would. */
  readonly user: string;
  readonly workingDirectory: string;
  readonly jar: JarFile | undefined;
  readonly java: JavaRuntime | undefined;
  /** Whole command line of the running process, else of ExecStart: holds secrets. */
  readonly commandLine: readonly string[];
  readonly jvmOptions: readonly JvmOption[];
  /** Environment of the running process, else of the unit: holds secrets. `from`: "unit", "process", path of an env file. */
  readonly environment: readonly { readonly name: string; readonly value: string; readonly from: string }[];
  /** The unit's own file first, then its drop-ins in the order in which they count. */
  readonly unitFiles: readonly TextFile[];
  /** EnvironmentFile= of the unit, in order. */
  readonly environmentFiles: readonly TextFile[];
  readonly configuration: Configuration;
  /** Sockets that its process listens on. */
  readonly sockets: readonly Listener[];
  readonly endpoints: readonly Endpoint[];
  readonly stores: readonly StoreReference[];
  readonly logFiles: readonly LogFile[];
};

/** Ballerina, WSO2 Integrator or ICP installed on the host. */
export type Installation = {
  readonly product: "ballerina" | "wso2-integrator" | "icp";
  readonly path: string;
  readonly version: string | undefined;
  readonly bundledJava: readonly JavaRuntime[];
};

/** A Java program that is no integration: left alone, and shown so that nobody wonders. */
export type OtherProgram = { readonly name: string; readonly user: string; readonly jar: string | undefined };

export type WhatRunsHere = {
  readonly integrations: readonly Integration[];
  readonly installations: readonly Installation[];
  readonly others: readonly OtherProgram[];
  /** What was not looked into, in words: "more than 40 JARs below /opt". */
  readonly bounds: readonly string[];
};
