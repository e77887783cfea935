/** Images are made once per machine and kept in the cache: Debian's base system, and one overlay layer per flavour. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import type { Flavour, FlavourName, Release } from "./flavours.ts";
import { basePackages, flavours } from "./flavours.ts";
import { withLock } from "./owner.ts";
import { must, run } from "./run.ts";
import { seededPaths } from "./seed.ts";
import type { Server } from "./server.ts";

/** Boots a throw-away server on the given layers, for a flavour's steps. */
export type Builder = (release: Release, parent: FlavourName, layers: readonly string[]) => Promise<Server>;

export type ImageOptions = {
  cache: string;
  builder: Builder;
  /** Told what takes long. */
  progress: (text: string) => void;
};

type Mirrors = { main: string; security: string };

/** Debian's mirrors as this machine's own apt uses them, or DRAWBRIDGE_LAB_MIRROR (main archive; security beside it). */
async function mirrors(): Promise<Mirrors> {
  const named = process.env.DRAWBRIDGE_LAB_MIRROR;
  if (named) return { main: named, security: named.replace(/debian\/?$/, "debian-security") };
  const targets = await run([
    "apt-get",
    "indextargets",
    "--format",
    "$(ORIGIN)|$(LABEL)|$(REPO_URI)",
    "Created-By: Packages",
  ]);
  const rows = targets.stdout.split("\n").map((line) => line.split("|"));
  const main = rows.find(([origin, label]) => origin === "Debian" && label === "Debian")?.[2];
  if (main === undefined)
    throw new Error(
      "this machine's apt knows no Debian mirror; run apt-get update, or set DRAWBRIDGE_LAB_MIRROR to one",
    );
  const security = rows.find(([, label]) => label === "Debian-Security")?.[2];
  return { main, security: security ?? main.replace(/debian\/?$/, "debian-security") };
}

const fingerprint = (value: unknown): string =>
  createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 10);

/** Folder of the image `name`; made by `build` in a folder beside it if it is not there. One process builds, others wait. */
async function cached(options: ImageOptions, name: string, build: (folder: string) => Promise<void>): Promise<string> {
  const folder = `${options.cache}/images/${name}`;
  if (existsSync(folder)) return folder;
  mkdirSync(`${options.cache}/images`, { recursive: true, mode: 0o700 });
  await withLock(`${folder}.lock`, async () => {
    if (existsSync(folder)) return;
    const unfinished = `${folder}.unfinished`;
    rmSync(unfinished, { recursive: true, force: true });
    options.progress(`building ${name}`);
    await build(unfinished);
    renameSync(unfinished, folder);
  });
  return folder;
}

async function baseImage(options: ImageOptions, release: Release): Promise<string> {
  return cached(options, `${release}-base-${fingerprint(basePackages)}`, async (folder) => {
    const { main, security } = await mirrors();
    await must(["debootstrap", `--include=${basePackages.join(",")}`, release, folder, main], { timeoutMs: 1_200_000 });
    const components = "main";
    writeFileSync(
      `${folder}/etc/apt/sources.list`,
      [
        `deb ${main} ${release} ${components}`,
        `deb ${main} ${release}-updates ${components}`,
        `deb ${security} ${release}-security ${components}`,
        "",
      ].join("\n"),
    );
    // Each server gets its own identity when it is created.
    for (const name of readdirSync(`${folder}/etc/ssh`).filter((entry) => entry.startsWith("ssh_host_")))
      rmSync(`${folder}/etc/ssh/${name}`);
    truncateSync(`${folder}/etc/machine-id`);
    await must(["chroot", folder, "apt-get", "clean"]);
  });
}

/** The read-only layers of a flavour, uppermost first; builds what is missing. */
export async function imageLayers(options: ImageOptions, release: Release, flavour: FlavourName): Promise<string[]> {
  const { parent, steps }: Flavour = flavours[flavour];
  const below =
    parent === undefined
      ? [await baseImage(options, release)]
      : await imageLayers(options, release, parent as FlavourName);
  const lineage = fingerprint([below[0]?.split("/").at(-1), steps]);
  const layer = await cached(options, `${release}-${flavour}-${lineage}`, async (folder) => {
    const server = await options.builder(release, (parent as FlavourName | undefined) ?? flavour, below);
    try {
      await server.waitForBoot();
      for (const step of steps) await server.must(step, { timeoutMs: 900_000 });
      await server.powerOff();
      const { upper } = server;
      await must(["umount", server.root]);
      for (const path of seededPaths) rmSync(`${upper}/${path}`, { recursive: true, force: true });
      for (const name of existsSync(`${upper}/etc/ssh`) ? readdirSync(`${upper}/etc/ssh`) : [])
        if (name.startsWith("ssh_host_")) rmSync(`${upper}/etc/ssh/${name}`);
      renameSync(upper, folder);
    } finally {
      await server.destroy();
    }
  });
  return [layer, ...below];
}
