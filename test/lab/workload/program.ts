/** Which keys a stand-in knows: those of the modules it claims to be linked with, at their versions, and those of its own code. */

/** Line of releases of the distribution that the program claims to be compiled with. */
export type Distribution = "2201.10" | "2201.12" | "2201.13";

export type Program = {
  distribution: Distribution;
  organization: string;
  package: string;
  /** Major version of the package, as it appears in Main-Class. */
  major: number;
  /** Java release whose class files the JAR holds: 17, 21 or 25. The program dies on an older JVM. */
  java: 17 | 21 | 25;
  /** Whether the service uses the default listener; its own listeners (httpPort, httpsPort) come on top. */
  defaultListener: boolean;
  /** Linked with ballerinax/prometheus: serves metrics when observability is switched on. */
  prometheus: boolean;
  /** Whether the JAR names its configurable variables and exact versions, as today's compiler leaves it to. */
  telling: boolean;
  /** Linked with wso2/icp.runtime.bridge. Its keys are known and the control plane's certificate is read; nothing is sent. */
  bridge: boolean;
  /** Root variables without a default: the program does not start without them. */
  required: readonly string[];
  /** Further lines of the schema, `module path type`. */
  schema: readonly string[];
  /** Instead of the one that the distribution brings along. */
  netty?: string;
  /** Further files in the JAR, by their paths. */
  resources?: Readonly<Record<string, string>>;
};

export const defaultProgram: Program = {
  distribution: "2201.13",
  organization: "acme",
  package: "orders",
  major: 0,
  java: 17,
  defaultListener: true,
  prometheus: true,
  telling: true,
  bridge: false,
  required: [],
  schema: [],
};

const logKeys = ["ballerina.log level string", "ballerina.log format string", "ballerina.log modules table"].concat(
  ["name", "level"].map((field) => `ballerina.log modules.${field} string`),
);

const newLogKeys = [
  "ballerina.log enableSensitiveDataMasking boolean",
  "ballerina.log keyValues record",
  "ballerina.log destinations table",
  "ballerina.log destinations.type string",
  "ballerina.log destinations.path string",
  "ballerina.log destinations.mode string",
  "ballerina.log destinations.rotation record",
  "ballerina.log destinations.rotation.policy string",
  "ballerina.log destinations.rotation.maxFileSize int",
  "ballerina.log destinations.rotation.maxAge int",
  "ballerina.log destinations.rotation.maxBackupFiles int",
];

const http = (path: string, type: string): string => `ballerina.http ${path} ${type}`;

const httpLogKeys = [
  http("traceLogConsole", "boolean"),
  http("traceLogAdvancedConfig", "record"),
  http("traceLogAdvancedConfig.console", "boolean"),
  http("traceLogAdvancedConfig.path", "string"),
  http("traceLogAdvancedConfig.host", "string"),
  http("traceLogAdvancedConfig.port", "int"),
  http("accessLogConfig", "record"),
  http("accessLogConfig.console", "boolean"),
  http("accessLogConfig.format", "string"),
  http("accessLogConfig.attributes", "string[]"),
  http("accessLogConfig.path", "string"),
];

const accessLogFileKeys = [
  http("accessLogConfig.file", "record"),
  http("accessLogConfig.file.path", "string"),
  http("accessLogConfig.file.rotation", "record"),
  http("accessLogConfig.file.rotation.policy", "string"),
  http("accessLogConfig.file.rotation.maxFileSize", "int"),
  http("accessLogConfig.file.rotation.maxAge", "int"),
  http("accessLogConfig.file.rotation.maxBackupFiles", "int"),
];

const listenerFields: Record<string, string> = {
  host: "string",
  timeout: "decimal",
  server: "string",
  httpVersion: "string",
  gracefulStopTimeout: "decimal",
  requestLimits: "record",
  "requestLimits.maxUriLength": "int",
  "requestLimits.maxHeaderSize": "int",
  "requestLimits.maxEntityBodySize": "int",
  secureSocket: "record",
  "secureSocket.ciphers": "string[]",
  "secureSocket.shareSession": "boolean",
  "secureSocket.handshakeTimeout": "decimal",
  "secureSocket.sessionTimeout": "decimal",
  "secureSocket.key": "record",
  "secureSocket.key.path": "string",
  "secureSocket.key.password": "string",
  "secureSocket.key.certFile": "string",
  "secureSocket.key.keyFile": "string",
  "secureSocket.key.keyPassword": "string",
  "secureSocket.protocol": "record",
  "secureSocket.protocol.name": "string",
  "secureSocket.protocol.versions": "string[]",
  "secureSocket.mutualSsl": "record",
  "secureSocket.mutualSsl.verifyClient": "string",
  "secureSocket.mutualSsl.cert": "string",
  "secureSocket.certValidation": "record",
  "secureSocket.certValidation.type": "string",
  "secureSocket.certValidation.cacheSize": "int",
  "secureSocket.certValidation.cacheValidityPeriod": "int",
};

const defaultListenerKeys = [
  http("defaultListenerPort", "int"),
  http("defaultListenerConfig", "record"),
  ...Object.entries(listenerFields).map(([path, type]) => http(`defaultListenerConfig.${path}`, type)),
];

const observeKeys = [
  "enabled boolean",
  "provider string",
  "metricsEnabled boolean",
  "metricsReporter string",
  "tracingEnabled boolean",
  "tracingProvider string",
  "metricsLogsEnabled boolean",
].map((line) => `ballerina.observe ${line}`);

const bridgeKeys = ["enableSSL boolean", "cert string", "secret string", "serverUrl string", "runtime string"].map(
  (line) => `wso2.icp.runtime.bridge ${line}`,
);

/** What the program's own code declares; names that a Ballerina developer might choose. */
const ownKeys: Record<string, string> = {
  httpHost: "string",
  httpPort: "int",
  httpsPort: "int",
  httpsProtocols: "string[]",
  httpsCiphers: "string[]",
  keystorePath: "string",
  keystorePassword: "string",
  truststorePath: "string",
  truststorePassword: "string",
  upstreamUrl: "string",
  upstreamSecureSocket: "record",
  "upstreamSecureSocket.enable": "boolean",
  "upstreamSecureSocket.verifyHostName": "boolean",
  "upstreamSecureSocket.cert": "string",
  "upstreamSecureSocket.password": "string",
  apiKey: "string",
  clientSecret: "string",
  dbHost: "string",
  dbPort: "int",
  dbName: "string",
  dbUser: "string",
  dbPassword: "string",
  dbOptions: "record",
  "dbOptions.ssl": "record",
  "dbOptions.ssl.mode": "string",
  notifications: "record",
  "notifications.endpoint": "string",
  "notifications.token": "string",
  maxPayload: "decimal",
};

type Linked = { http: string; log: string; netty: string; keys: readonly string[] };

const linked: Record<Distribution, Linked> = {
  "2201.10": { http: "2.12.4", log: "2.10.0", netty: "4.1.108.Final", keys: [...httpLogKeys, ...logKeys] },
  "2201.12": {
    http: "2.14.9",
    log: "2.12.0",
    netty: "4.1.130.Final",
    keys: [...httpLogKeys, ...defaultListenerKeys, ...logKeys],
  },
  "2201.13": {
    http: "2.16.1",
    log: "2.16.1",
    netty: "4.1.132.Final",
    keys: [...httpLogKeys, ...accessLogFileKeys, ...defaultListenerKeys, ...logKeys, ...newLogKeys],
  },
};

export const nettyVersion = (program: Program): string => program.netty ?? linked[program.distribution].netty;

/** Lines `module path type [required]`; module `-` is the root package. */
export function schemaOf(program: Program): string[] {
  const required = (path: string): string => (program.required.includes(path) ? " required" : "");
  return [
    ...linked[program.distribution].keys,
    ...observeKeys,
    ...(program.prometheus ? ["ballerinax.prometheus host string", "ballerinax.prometheus port int"] : []),
    ...(program.bridge ? bridgeKeys : []),
    ...Object.entries(ownKeys).map(([path, type]) => `- ${path} ${type}${required(path)}`),
    ...program.schema,
  ];
}

export type Module = {
  /** As the schema names it; `-` is the root package. */
  name: string;
  /** Its folder in the JAR. Dots of a module's name are written `$0046` there. */
  folder: string;
  /** `acme/orders:0.1.0` */
  exact: string;
};

/** The root package and the modules it is linked with. */
export function modulesOf(program: Program): Module[] {
  const { http: httpVersion, log: logVersion } = linked[program.distribution];
  const module = (organization: string, name: string, version: string): Module => ({
    name: `${organization}.${name}`,
    folder: `${organization}/${name.replaceAll(".", "$0046")}/${version.split(".")[0]}`,
    exact: `${organization}/${name}:${version}`,
  });
  return [
    { ...module(program.organization, program.package, `${program.major}.1.0`), name: "-" },
    module("ballerina", "http", httpVersion),
    module("ballerina", "log", logVersion),
    module("ballerina", "observe", "1.2.3"),
    ...(program.prometheus ? [module("ballerinax", "prometheus", "1.0.0")] : []),
    ...(program.bridge ? [module("wso2", "icp.runtime.bridge", "1.0.0")] : []),
  ];
}

/** The variables of a module, without the fields of records. */
export const variablesOf = (program: Program, module: string): string[] =>
  schemaOf(program)
    .map((line) => line.split(" "))
    .filter(([owner, path = ""]) => owner === module && !path.includes("."))
    .map(([, path = ""]) => path);

/** The type that a module's variable is declared with, and whether the program starts without it. */
export const typeOf = (program: Program, module: string, variable: string): { type: string; required: boolean } => {
  const [, , type = "", required] =
    schemaOf(program)
      .map((line) => line.split(" "))
      .find(([owner, path]) => owner === module && path === variable) ?? [];
  return { type, required: required !== undefined };
};
