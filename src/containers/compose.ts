import { LineCounter, parseDocument } from "yaml";
import { isSecretKey, looksLikeSecret } from "../workload/secrecy.ts";

/** A compose or stack file by the Compose specification: https://compose-spec.io; short and long forms alike. */

export type ComposeMount = {
  readonly source: string;
  readonly target: string;
  readonly readOnly: boolean;
  readonly kind: "bind" | "volume" | "tmpfs" | "other";
};

export type ComposePort = {
  /** undefined: on every address. */
  readonly host: string | undefined;
  readonly published: string;
  readonly target: string;
};

export type ComposeService = {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  readonly image: string | undefined;
  readonly builds: boolean;
  readonly user: string | undefined;
  readonly privileged: boolean;
  readonly readOnly: boolean;
  readonly networkMode: string;
  readonly pid: string;
  readonly ipc: string;
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  readonly securityOptions: readonly string[];
  readonly mounts: readonly ComposeMount[];
  readonly ports: readonly ComposePort[];
  /** Names of variables whose value is a secret as it is. */
  readonly secretVariables: readonly string[];
  readonly limits: { readonly memory: boolean; readonly processes: boolean };
  /** Its settings come from elsewhere too (extends): what is missing here may stand there. */
  readonly extends: boolean;
};

export type Compose =
  | { readonly ok: true; readonly services: readonly ComposeService[] }
  | { readonly ok: false; readonly problem: string };

type Mapping = Readonly<Record<string, unknown>>;

const mapping = (value: unknown): Mapping =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Mapping) : {};
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
const optional = (value: unknown): string | undefined => text(value) || undefined;

export const readCompose = (content: string): Compose => {
  const counter = new LineCounter();
  try {
    const document = parseDocument(content, {
      lineCounter: counter,
      merge: true,
      uniqueKeys: false,
      logLevel: "silent",
    });
    const [error] = document.errors;
    if (error !== undefined) {
      return { ok: false, problem: `line ${counter.linePos(error.pos[0]).line} is no YAML (${error.code})` };
    }
    const root = mapping(document.toJS({ maxAliasCount: 100 }));
    const services = Object.entries(mapping(root.services)).map(([name, value]) => {
      const node = document.getIn(["services", name], true) as { range?: readonly number[] } | undefined;
      // A mapping's own range begins at its first key, the line below the service's name.
      const line = node?.range?.[0] === undefined ? 1 : Math.max(1, counter.linePos(node.range[0]).line - 1);
      return service(name, line, mapping(value));
    });
    return "services" in root ? { ok: true, services } : { ok: false, problem: "it has no services" };
  } catch (error) {
    return { ok: false, problem: error instanceof Error ? (error.message.split("\n")[0] ?? "") : "it is no YAML" };
  }
};

const service = (name: string, line: number, given: Mapping): ComposeService => {
  const deploy = mapping(given.deploy);
  const limits = mapping(mapping(deploy.resources).limits);
  return {
    name,
    line,
    image: optional(given.image),
    builds: given.build !== undefined,
    user: optional(given.user),
    privileged: given.privileged === true || given.privileged === "true",
    readOnly: given.read_only === true || given.read_only === "true",
    networkMode: text(given.network_mode),
    pid: text(given.pid),
    ipc: text(given.ipc),
    added: list(given.cap_add).map(text),
    dropped: list(given.cap_drop).map(text),
    securityOptions: list(given.security_opt).map(text),
    mounts: list(given.volumes).map(mount),
    ports: list(given.ports).flatMap(port),
    secretVariables: variables(given.environment)
      .filter(({ name: variable, value }) => isSecretValue(variable, value))
      .map(({ name: variable }) => variable),
    limits: {
      memory: given.mem_limit !== undefined || limits.memory !== undefined,
      processes: given.pids_limit !== undefined || limits.pids !== undefined,
    },
    extends: given.extends !== undefined,
  };
};

const variables = (given: unknown): readonly { readonly name: string; readonly value: string }[] =>
  Array.isArray(given)
    ? given.map((entry) => {
        const word = text(entry);
        const at = word.indexOf("=");
        return at < 0 ? { name: word, value: "" } : { name: word.slice(0, at), value: word.slice(at + 1) };
      })
    : Object.entries(mapping(given)).map(([name, value]) => ({ name, value: text(value) }));

/** A value that stands in the file; one that compose fills in from outside is none. */
const isSecretValue = (name: string, value: string): boolean =>
  value !== "" &&
  !/^\$\{?[A-Za-z_]/u.test(value) &&
  !/^(?:true|false|null|~)$/iu.test(value) &&
  // Images take `…_FILE` for the path of a file that holds it.
  !(/_FILE$/u.test(name) && value.startsWith("/")) &&
  (isSecretKey(name) || looksLikeSecret(value));

const mount = (given: unknown): ComposeMount => {
  if (typeof given !== "string") {
    const { type, source, target, read_only: readOnly } = mapping(given);
    const kind = ["bind", "volume", "tmpfs"].find((known) => known === text(type)) as ComposeMount["kind"] | undefined;
    return { source: text(source), target: text(target), readOnly: readOnly === true, kind: kind ?? "other" };
  }
  const parts = given.split(":");
  const [first = "", second, ...options] = parts;
  if (second === undefined) return { source: "", target: first, readOnly: false, kind: "volume" };
  const flags = options.join(":").split(",");
  return {
    source: first,
    target: second,
    readOnly: flags.includes("ro"),
    kind: /^[./~$]/u.test(first) ? "bind" : "volume",
  };
};

const port = (given: unknown): readonly ComposePort[] => {
  if (typeof given === "object" && given !== null) {
    const { host_ip: host, published, target } = mapping(given);
    return published === undefined ? [] : [{ host: optional(host), published: text(published), target: text(target) }];
  }
  const word = text(given).replace(/\/(?:tcp|udp)$/u, "");
  const match = /^(?:(\[[^\]]*\]|[^:]*):)?(?:([^:]*):)?([^:]+)$/u.exec(word);
  if (match === null) return [];
  const [, one, two, target = ""] = match;
  // "9090" alone is published on a port of Docker's choice, "127.0.0.1:9090:9090" on one address.
  if (one === undefined) return [{ host: undefined, published: "", target }];
  if (two === undefined) return [{ host: undefined, published: one, target }];
  return [{ host: one.replace(/^\[|\]$/gu, ""), published: two, target }];
};

/** Whether a published port answers on every address of the machine. */
export const isOpenToAll = ({ host }: ComposePort): boolean =>
  host === undefined || host === "" || host === "0.0.0.0" || host === "::" || host === "*";

/** Paths whose content decides what the program does or opens: nothing in a container has to write them. */
const holdsConfiguration = ({ source, target }: ComposeMount): boolean =>
  [source, target].some(
    (path) =>
      /(?:^|\/)(?:config|conf|secrets?|certs?|tls|ssl|keys?|keystores?)(?:\/|$)/iu.test(path) ||
      /\.(?:toml|p12|pfx|jks|pem|crt|key|conf|properties|ya?ml|env)$/iu.test(path),
  );

/** Configuration that the container could change. */
export const writableConfiguration = ({ mounts }: ComposeService): readonly ComposeMount[] =>
  mounts.filter((given) => given.kind === "bind" && !given.readOnly && holdsConfiguration(given));

const wideCapabilities = new Set(
  "ALL SYS_ADMIN SYS_PTRACE SYS_MODULE SYS_RAWIO NET_ADMIN DAC_READ_SEARCH DAC_OVERRIDE BPF".split(" "),
);

/** What gives a container the machine, or a good part of it. */
export const breakouts = ({
  privileged,
  mounts,
  added,
  networkMode,
  pid,
  ipc,
  securityOptions,
}: ComposeService): readonly string[] => [
  ...(privileged ? ["privileged"] : []),
  ...mounts
    .filter(({ source, kind }) => kind === "bind" && /(?:^|\/)(?:docker|containerd|podman|crio)\.sock$/u.test(source))
    .map(({ source }) => `${source} mounted`),
  ...mounts
    .filter(({ source }) => /^\/(?:|etc|root|proc|sys|boot|dev|var\/lib\/docker|var\/run|run)\/?$/u.test(source))
    .map(({ source }) => `${source} of the host mounted`),
  ...added
    .map((name) => name.toUpperCase().replace(/^CAP_/u, ""))
    .filter((name) => wideCapabilities.has(name))
    .map((name) => `capability ${name}`),
  ...(networkMode === "host" ? ["network of the host"] : []),
  ...(pid === "host" ? ["processes of the host"] : []),
  ...(ipc === "host" ? ["shared memory of the host"] : []),
  ...securityOptions.filter((option) => /unconfined/u.test(option)),
];
