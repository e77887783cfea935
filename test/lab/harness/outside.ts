/** Machines on the lab's network other than the servers: a namespace with an address, in which this machine's programs run. */
import { writeFileSync } from "node:fs";
import type { Endpoint } from "./network.ts";
import type { RunOptions, RunResult } from "./run.ts";
import { must, run } from "./run.ts";
import type { Server } from "./server.ts";

export type KeyPair = {
  /** Path of the private key, mode 0600. */
  path: string;
  /** One line as in authorized_keys. */
  publicKey: string;
};

export type SshOptions = {
  /** Default `op`. */
  user?: string;
  /** Path of a private key; default the operator's. */
  identity?: string;
  port?: number;
  timeoutMs?: number;
  input?: string;
};

export type Outsider = {
  address: string;
  addressV6: string;
  namespace: string;
  /** Runs a program of this machine as if from over there. */
  exec: (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;
  /** One ssh login; `command` is for the remote shell, as with ssh(1). Exit code 255 is ssh's own failure. */
  ssh: (server: Server, command: string, options?: SshOptions) => Promise<RunResult>;
};

export async function makeKeyPair(path: string, type: string, bits?: number): Promise<KeyPair> {
  const size = bits === undefined ? [] : ["-b", String(bits)];
  await must(["ssh-keygen", "-q", "-t", type, ...size, "-N", "", "-C", "operator@drawbridge-lab", "-f", path]);
  return { path, publicKey: (await must(["cat", `${path}.pub`])).trim() };
}

/**
 * Writes a configuration for `ssh -F` that knows exactly this server, by its name and by its addresses, and its true host keys:
 * an unknown or changed key is refused, nothing is asked, no other key and no agent is tried.
 */
export function writeSshConfig(
  folder: string,
  server: Pick<Server, "name" | "address" | "addressV6" | "hostKeys">,
  options: { user?: string; identity: string; port?: number },
): string {
  const label = [server.name, options.user ?? "op", options.port ?? 22, options.identity.split("/").at(-1)].join("-");
  const names = [server.name, server.address, server.addressV6];
  const known = `${folder}/${server.name}.known_hosts`;
  // hostKeys are "type base64 comment", known_hosts wants "names type base64".
  const lines = server.hostKeys.map((key) => `${names.join(",")} ${key.split(" ").slice(0, 2).join(" ")}\n`);
  writeFileSync(known, lines.join(""));
  const path = `${folder}/${label}.config`;
  writeFileSync(
    path,
    [
      `Host ${names.join(" ")}`,
      `  User ${options.user ?? "op"}`,
      `  Port ${options.port ?? 22}`,
      `  IdentityFile ${options.identity}`,
      "  IdentitiesOnly yes",
      "  IdentityAgent none",
      `  UserKnownHostsFile ${known}`,
      "  GlobalKnownHostsFile none",
      "  StrictHostKeyChecking yes",
      "  BatchMode yes",
      "  ConnectTimeout 5",
      "  LogLevel ERROR",
      `Host ${server.name}`,
      `  HostName ${server.address}`,
      "",
    ].join("\n"),
  );
  return path;
}

export function outsider(endpoint: Endpoint, sshConfig: (server: Server, options: SshOptions) => string): Outsider {
  const exec: Outsider["exec"] = (argv, options) =>
    run(["nsenter", `--net=/run/netns/${endpoint.namespace}`, "--", ...argv], options);
  return {
    address: endpoint.address,
    addressV6: endpoint.addressV6,
    namespace: endpoint.namespace,
    exec,
    ssh: (server, command, options = {}) =>
      exec(["ssh", "-F", sshConfig(server, options), server.name, command], {
        timeoutMs: options.timeoutMs ?? 60_000,
        ...(options.input === undefined ? {} : { input: options.input }),
      }),
  };
}
