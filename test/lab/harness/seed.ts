/** What makes one server out of an image: its name, its identity, its host keys, who may log in, and how it reaches apt. */

import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { must, run } from "./run.ts";

/** What {@link seed} and a boot write; a layer is kept without them. */
export const seededPaths = [
  "etc/hostname",
  "etc/hosts",
  "etc/machine-id",
  "etc/resolv.conf",
  "etc/apt/apt.conf.d/01lab",
  "root/.ssh",
  "home/op/.ssh",
  "var/log/journal",
  "var/log/btmp",
  "var/log/lastlog",
  "var/log/wtmp",
  "var/tmp",
  "tmp",
  "run",
  "var/lib/systemd/timers",
  "var/lib/systemd/random-seed",
] as const;

const hostKeyTypes = [
  ["ed25519", "256"],
  ["ecdsa", "256"],
  ["rsa", "3072"],
] as const;

/** A timer of Debian that missed its hour while the "server" was an image would fire at the first boot and change the disk under a test. */
const persistentTimers = [
  "apt-daily",
  "apt-daily-upgrade",
  "dpkg-db-backup",
  "e2scrub_all",
  "fstrim",
  "logrotate",
  "man-db",
] as const;

function resolverOfHost(): string {
  const stub = "/run/systemd/resolve/resolv.conf";
  const own = readFileSync("/etc/resolv.conf", "utf8");
  return /^nameserver\s+127\./m.test(own) && existsSync(stub) ? readFileSync(stub, "utf8") : own;
}

/** Proxy settings of the host's apt and environment, as apt.conf(5) text; empty when it needs none. */
async function aptProxies(): Promise<string> {
  const dump = await run(["apt-config", "dump"]);
  const lines = dump.stdout.split("\n").filter((line) => /^Acquire::.*proxy/i.test(line) && !/ "";$/.test(line));
  for (const scheme of ["http", "https"]) {
    const value = process.env[`${scheme}_proxy`] ?? process.env[`${scheme.toUpperCase()}_PROXY`];
    if (value) lines.push(`Acquire::${scheme}::Proxy "${value}";`);
  }
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

async function authorize(root: string, home: string, owner: number, publicKey: string): Promise<void> {
  const folder = `${root}${home}/.ssh`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${folder}/authorized_keys`, publicKey, { mode: 0o600 });
  await must(["chown", "-R", `${owner}:${owner}`, folder]);
}

/** Writes into the mounted, not yet booted `root`. Returns the public host keys, one line each as in ssh_host_*.pub. */
export async function seed(root: string, hostname: string, operatorKey: string): Promise<string[]> {
  writeFileSync(`${root}/etc/hostname`, `${hostname}\n`);
  writeFileSync(
    `${root}/etc/hosts`,
    `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n`,
  );
  writeFileSync(`${root}/etc/machine-id`, `${randomBytes(16).toString("hex")}\n`);
  chmodSync(`${root}/etc/machine-id`, 0o444);
  rmSync(`${root}/etc/resolv.conf`, { force: true });
  writeFileSync(`${root}/etc/resolv.conf`, resolverOfHost());
  const proxies = await aptProxies();
  if (proxies !== "") writeFileSync(`${root}/etc/apt/apt.conf.d/01lab`, proxies);

  await authorize(root, "/root", 0, operatorKey);
  if (existsSync(`${root}/home/op`)) await authorize(root, "/home/op", 1000, operatorKey);

  mkdirSync(`${root}/var/lib/systemd/timers`, { recursive: true });
  for (const timer of persistentTimers) writeFileSync(`${root}/var/lib/systemd/timers/stamp-${timer}.timer`, "");

  const keys: string[] = [];
  for (const [type, bits] of hostKeyTypes) {
    const path = `${root}/etc/ssh/ssh_host_${type}_key`;
    rmSync(path, { force: true });
    await must(["ssh-keygen", "-q", "-t", type, "-b", bits, "-N", "", "-C", `root@${hostname}`, "-f", path]);
    keys.push(readFileSync(`${path}.pub`, "utf8").trim());
  }
  return keys;
}
