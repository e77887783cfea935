import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { killControlGroups } from "./container.ts";
import type { FlavourName, Release } from "./flavours.ts";
import { imageLayers } from "./images.ts";
import type { Endpoint, Network } from "./network.ts";
import { closeEndpoint, closeNetwork, networkOf, openEndpoint, openNetwork, restoreForwarding } from "./network.ts";
import type { KeyPair, Outsider } from "./outside.ts";
import { makeKeyPair, outsider, writeSshConfig } from "./outside.ts";
import { claim, isAlive, noteOf, processesWhere, release, withLock } from "./owner.ts";
import { missingPrerequisites } from "./prerequisites.ts";
import { run, until } from "./run.ts";
import type { Server } from "./server.ts";
import { createServer } from "./server.ts";

export type ServerOptions = {
  release: Release;
  /** Default `fresh`. */
  flavour?: FlavourName;
  /** Host name; default the release and a number. Letters, digits, hyphens; at most 20. */
  name?: string;
  /** A small disk, held in memory, for trying what happens when it is full. Unlimited otherwise. */
  diskMegabytes?: number;
};

export type Lab = {
  /** The lab's own folder: keys, ssh configurations, the servers' disks. Gone after close. */
  directory: string;
  network: Network;
  keys: { operator: KeyPair };
  /** Boots a server and waits until it is up and its sshd listens. The first server of a release or flavour takes minutes, later ones seconds. */
  server: (options: ServerOptions) => Promise<Server>;
  /** The operator's machine. */
  client: Outsider;
  /** One more machine on the network, with an address of its own. */
  stranger: () => Promise<Outsider>;
  /** A further key pair, for example `keyPair("weak", "rsa", 1024)`. */
  keyPair: (name: string, type: string, bits?: number) => Promise<KeyPair>;
  /** Path of a configuration for `ssh -F`; hosts in it: the server's name and both addresses. Defaults: user op, operator's key, port 22. */
  sshConfig: (server: Server, options?: { user?: string; identity?: string; port?: number }) => string;
  /** Destroys every server and all else the lab made on this machine. */
  close: () => Promise<void>;
};

const stateDirectory = "/run/drawbridge-lab";
const highestSlot = 200;

const slotClaim = (slot: number): string => `${stateDirectory}/slot-${slot}`;
const sweepLock = `${stateDirectory}/sweep.lock`;

function claimedSlots(): number[] {
  return readdirSync(stateDirectory)
    .map((name) => /^slot-(\d+)$/.exec(name)?.[1])
    .filter((slot) => slot !== undefined)
    .map(Number);
}

/** Removes everything that carries the slot's prefix on this machine, whoever made it. The slot's owner must be dead or this process. */
async function sweepSlot(slot: number, directory: string): Promise<void> {
  const network = networkOf(slot);
  const machine = new RegExp(`^--machine=${network.prefix}-`);
  const isOurs = (argv: string[]): boolean =>
    argv[0] === "systemd-nspawn" &&
    argv.some((word) => machine.test(word)) &&
    argv.some((word) => word === "--keep-unit");
  for (const pid of processesWhere(isOurs)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
  killControlGroups(network.prefix);
  await until("end of the lab's servers", () => (processesWhere(isOurs).length === 0 ? true : undefined), {
    timeoutMs: 10_000,
  });
  await closeNetwork(network);
  if (!directory.endsWith(`/labs/${slot}`)) return;
  for (const point of mountPointsBelow(directory)) await run(["umount", "--lazy", point]);
  if (mountPointsBelow(directory).length === 0) rmSync(directory, { recursive: true, force: true });
}

function mountPointsBelow(directory: string): string[] {
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point.startsWith(`${directory}/`))
    .reverse();
}

async function takeSlot(cache: string): Promise<{ slot: number; directory: string }> {
  mkdirSync(stateDirectory, { recursive: true, mode: 0o700 });
  return withLock(sweepLock, async () => {
    for (const slot of claimedSlots().filter((number) => !isAlive(slotClaim(number)))) {
      await sweepSlot(slot, noteOf(slotClaim(slot)));
      rmSync(slotClaim(slot), { force: true });
    }
    if (claimedSlots().length === 0) restoreForwarding(stateDirectory);
    for (let slot = 1; slot <= highestSlot; slot += 1) {
      const directory = `${cache}/labs/${slot}`;
      if (!claim(slotClaim(slot), directory)) continue;
      await sweepSlot(slot, directory);
      mkdirSync(`${directory}/ssh`, { recursive: true, mode: 0o700 });
      await openNetwork(networkOf(slot), stateDirectory);
      return { slot, directory };
    }
    throw new Error(
      `all ${highestSlot} labs of this machine are in use; close one (their owners: ls -l ${stateDirectory})`,
    );
  });
}

/** Throws one line naming what is missing when this machine cannot run a lab; see labOrSkip for tests. */
export async function openLab(options: { progress?: (text: string) => void } = {}): Promise<Lab> {
  const missing = missingPrerequisites();
  if (missing !== undefined) throw new Error(missing);
  const cache = process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab";
  if (!/^\/[\w./-]+$/.test(cache))
    throw new Error(`DRAWBRIDGE_LAB_CACHE=${cache}: use an absolute path of letters, digits, dots, hyphens`);
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const progress = options.progress ?? ((text: string) => process.stderr.write(`lab: ${text}\n`));

  const { slot, directory } = await takeSlot(cache);
  const network = networkOf(slot);
  const operator = await makeKeyPair(`${directory}/ssh/operator`, "ed25519");
  const servers = new Map<string, Server>();
  const endpoints: Endpoint[] = [];
  let lastIndex = 9;
  const nextIndex = (): number => {
    lastIndex += 1;
    if (lastIndex > 254) throw new Error("a lab has room for 245 machines; open another one");
    return lastIndex;
  };

  async function boot(
    { release, diskMegabytes }: Pick<ServerOptions, "release" | "diskMegabytes">,
    flavour: FlavourName,
    name: string,
    layers: readonly string[],
  ): Promise<Server> {
    if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
      throw new Error(`server name ${name}: use at most 20 small letters, digits, hyphens`);
    if (servers.has(name)) throw new Error(`server name ${name} is taken in this lab; choose another`);
    const server = await createServer({
      name,
      release,
      flavour,
      layers,
      index: nextIndex(),
      directory: `${directory}/servers/${name}`,
      network,
      operatorKey: `${operator.publicKey}\n`,
      ...(diskMegabytes === undefined ? {} : { diskMegabytes }),
    });
    const known: Server = {
      ...server,
      destroy: async () => {
        servers.delete(name);
        await server.destroy();
      },
    };
    servers.set(name, known);
    return known;
  }

  const counts = new Map<string, number>();
  const numbered = (label: string): string => {
    const count = (counts.get(label) ?? 0) + 1;
    counts.set(label, count);
    return `${label}${count}`;
  };
  async function server(wish: ServerOptions): Promise<Server> {
    const flavour = wish.flavour ?? "fresh";
    const builder = (release: Release, parent: FlavourName, layers: readonly string[]): Promise<Server> =>
      boot({ release }, parent, numbered("builder"), layers);
    const layers = await imageLayers({ cache, builder, progress }, wish.release, flavour);
    const booted = await boot(wish, flavour, wish.name ?? numbered(wish.release), layers);
    await booted.waitForBoot();
    await booted.waitForSsh();
    return booted;
  }

  const sshConfig: Lab["sshConfig"] = (target, wish = {}) =>
    writeSshConfig(`${directory}/ssh`, target, { identity: operator.path, ...wish });

  async function outsiderAt(label: string): Promise<Outsider> {
    const endpoint = await openEndpoint(network, label, nextIndex());
    endpoints.push(endpoint);
    return outsider(endpoint, (target, wish) => sshConfig(target, wish));
  }

  const client = await outsiderAt("client");
  let closed = false;
  return {
    directory,
    network,
    keys: { operator },
    server,
    client,
    stranger: () => outsiderAt(`stranger${endpoints.length}`),
    keyPair: (name, type, bits) => makeKeyPair(`${directory}/ssh/${name}`, type, bits),
    sshConfig,
    close: async () => {
      if (closed) return;
      closed = true;
      for (const running of [...servers.values()]) await running.destroy();
      for (const endpoint of endpoints) await closeEndpoint(network, endpoint);
      await withLock(sweepLock, async () => {
        await sweepSlot(slot, directory);
        release(slotClaim(slot));
        if (claimedSlots().length === 0) restoreForwarding(stateDirectory);
      });
    },
  };
}

/** Labs of this machine, as `slot owner folder` lines; for people. */
export function listLabs(): string[] {
  if (!existsSync(stateDirectory)) return [];
  return claimedSlots().map((slot) => {
    const [pid, , folder] = readlinkSync(slotClaim(slot)).split(":");
    return `dblab${slot}\tprocess ${pid}${isAlive(slotClaim(slot)) ? "" : " (dead; swept by the next lab)"}\t${folder}`;
  });
}
