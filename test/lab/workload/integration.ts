/** Puts stand-in integrations on lab servers. */
import { type Server, until } from "../harness/index.ts";
import { jarOf } from "./jar.ts";
import { defaultProgram, type Program } from "./program.ts";

export type Unit = {
  /** Words between `java` and `-jar`. */
  jvm?: readonly string[];
  /** Words after the JAR, such as `-Cballerina.http.defaultListenerPort=9091`. */
  arguments?: readonly string[];
  /** Lines `Environment=NAME=value`. */
  environment?: Readonly<Record<string, string>>;
  environmentFiles?: readonly string[];
  /** Default the folder of the integration. */
  workingDirectory?: string;
  /** Further lines of the `[Service]` section. */
  directives?: readonly string[];
};

export type IntegrationWish = {
  name: string;
  program?: Partial<Program>;
  /** Made as a system account when it does not exist; default the integration's name. */
  user?: string;
  /** Text of Config.toml. */
  config?: string;
  configMode?: string;
  unit?: Unit;
  /** Waits until something listens on these TCP ports. Default the default listener's 9090 when the program has one. */
  ports?: readonly number[];
  /** Default true. */
  start?: boolean;
};

export type Integration = {
  name: string;
  /** Name of the unit, with its suffix. */
  unit: string;
  folder: string;
  jar: string;
  config: string;
  user: string;
  ports: readonly number[];
};

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `"${word.replace(/["\\]/g, "\\$&")}"`);

/** `$` means something in ExecStart and in nothing else here. */
const commandWord = (word: string): string => quoted(word).replaceAll("$", "$$$$");

export function unitText(integration: Pick<Integration, "name" | "folder" | "jar" | "user">, unit: Unit): string {
  const command = ["/usr/bin/java", ...(unit.jvm ?? []), "-jar", integration.jar, ...(unit.arguments ?? [])];
  return [
    "[Unit]",
    `Description=Integration ${integration.name}`,
    "After=network.target",
    "",
    "[Service]",
    ...(integration.user === "root" ? [] : [`User=${integration.user}`]),
    `WorkingDirectory=${unit.workingDirectory ?? integration.folder}`,
    ...Object.entries(unit.environment ?? {}).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    ...(unit.environmentFiles ?? []).map((path) => `EnvironmentFile=${path}`),
    `ExecStart=${command.map(commandWord).join(" ")}`,
    // A JVM that obeys SIGTERM says 143.
    "SuccessExitStatus=143",
    ...(unit.directives ?? []),
    "",
    "[Install]",
    "WantedBy=multi-user.target",
    "",
  ].join("\n");
}

/** Until something listens on the TCP port inside, on whichever address. */
export async function listening(server: Server, port: number, timeoutMs = 30_000): Promise<void> {
  await until(
    `a listener on port ${port} of server ${server.name}`,
    async () => ((await server.must(["ss", "-Hltn", `sport = :${port}`])).trim() ? true : undefined),
    { timeoutMs, everyMs: 100 },
  );
}

export async function installIntegration(server: Server, wish: IntegrationWish): Promise<Integration> {
  const program: Program = { ...defaultProgram, package: wish.name.replaceAll("-", "_"), ...wish.program };
  const folder = `/opt/${wish.name}`;
  const integration: Integration = {
    name: wish.name,
    unit: `${wish.name}.service`,
    folder,
    jar: `${folder}/${wish.name}.jar`,
    config: `${folder}/Config.toml`,
    user: wish.user ?? wish.name,
    ports: wish.ports ?? (program.defaultListener ? [9090] : []),
  };
  const { user } = integration;
  if ((await server.exec(["id", user])).exitCode !== 0)
    await server.must(["useradd", "--system", "--home-dir", folder, "--shell", "/usr/sbin/nologin", user]);
  await server.must(["install", "-d", "-o", user, "-g", user, "-m", "0755", folder]);
  await server.copyIn(await jarOf(program), integration.jar, { owner: `${user}:${user}` });
  if (wish.config !== undefined)
    await server.writeFile(integration.config, wish.config, {
      owner: `${user}:${user}`,
      mode: wish.configMode ?? "0644",
    });
  await server.writeFile(`/etc/systemd/system/${integration.unit}`, unitText(integration, wish.unit ?? {}));
  await server.must(["systemctl", "daemon-reload"]);
  await server.must(["systemctl", "enable", "--quiet", integration.unit]);
  if (wish.start ?? true) {
    await server.must(["systemctl", "start", integration.unit]);
    try {
      for (const port of integration.ports) await listening(server, port);
    } catch (error) {
      const journal = await server.exec(["journalctl", "--unit", integration.unit, "--lines=5", "--output=cat"]);
      throw new Error(`${(error as Error).message}; ${journal.stdout.trim().replaceAll("\n", " / ")}`);
    }
  }
  return integration;
}

/** A JVM that starts quickly and takes little memory, for tests that are not about JVMs. */
export const smallJvm = ["-Xmx48m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"] as const;

/** Ordinary integrations `order-1` and on, each with a port, an account and a secret of its own. */
export async function manyIntegrations(server: Server, count: number): Promise<Integration[]> {
  const installed: Integration[] = [];
  // Started together: most of a start is waiting for a core.
  for (let number = 1; number <= count; number += 1) {
    const port = 9100 + number;
    installed.push(
      await installIntegration(server, {
        name: `order-${number}`,
        config: `dbUser = "app${number}"\ndbPassword = "secret-of-${number}"\n\n[ballerina.http]\ndefaultListenerPort = ${port}\n`,
        unit: { jvm: smallJvm },
        ports: [port],
        start: false,
      }),
    );
  }
  await server.must(["systemctl", "start", ...installed.map(({ unit }) => unit)]);
  for (const { ports } of installed) for (const port of ports) await listening(server, port);
  return installed;
}
