/** Builds the stand-in's JAR on this machine, with its JDK, and keeps it in the lab's cache. */
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { must } from "../harness/index.ts";
import { withLock } from "../harness/owner.ts";
import { classFile } from "./class-file.ts";
import { modulesOf, nettyVersion, type Program, schemaOf, typeOf, variablesOf } from "./program.ts";

const sources = join(import.meta.dirname, "standin");
const cache = `${process.env.DRAWBRIDGE_LAB_CACHE ?? "/var/cache/drawbridge-lab"}/standin`;

const javaRelease = (release: number): number => release + 44;

/** Everything in the JAR but the compiled sources, by path. */
function contents(program: Program): Map<string, string | Uint8Array> {
  const root = `${program.organization}/${program.package}/${program.major}`;
  const version = javaRelease(program.java);
  const files = new Map<string, string | Uint8Array>();
  files.set("META-INF/MANIFEST.MF", `Manifest-Version: 1.0\r\nMain-Class: ${root.replaceAll("/", ".")}.$_init\r\n\r\n`);
  files.set(
    "META-INF/io.netty.versions.properties",
    ["netty-buffer", "netty-codec-http", "netty-handler"]
      .flatMap((name) => [`${name}.version=${nettyVersion(program)}`, `${name}.repoStatus=clean`])
      .join("\n"),
  );
  for (const { name, folder, exact } of modulesOf(program)) {
    const init = name === "-" ? { main: "standin/Integration" } : {};
    files.set(`${folder}/$_init.class`, classFile(`${folder}/$_init`, version, init));
    const configurables = variablesOf(program, name).map((variable, index) => ({
      variable,
      place: `${exact}(main.bal:${index + 1})`,
      ...typeOf(program, name, variable),
    }));
    const told = program.telling ? { configurables } : {};
    files.set(`${folder}/$configurationMapper.class`, classFile(`${folder}/$configurationMapper`, version, told));
  }
  for (const [path, text] of Object.entries(program.resources ?? {})) files.set(path, text);
  files.set("standin/schema.txt", schemaOf(program).join("\n"));
  files.set(
    "standin/program.properties",
    (["organization", "package", "defaultListener", "prometheus"] as const)
      .map((key) => `${key}=${program[key]}`)
      .join("\n"),
  );
  return files;
}

/** Makes the folder or file `name` in the cache unless it is there, from what `build` leaves at the path it is given. */
async function cached(name: string, build: (path: string) => Promise<void>): Promise<string> {
  const path = `${cache}/${name}`;
  if (existsSync(path)) return path;
  mkdirSync(cache, { recursive: true });
  await withLock(`${path}.lock`, async () => {
    if (existsSync(path)) return;
    const work = mkdtempSync(`${cache}/.building-`);
    try {
      await build(`${work}/made`);
      renameSync(`${work}/made`, path);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
  return path;
}

const digestOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const digest = createHash("sha256");
  for (const part of parts) digest.update(part).update("\0");
  return digest.digest("hex").slice(0, 12);
};

/** Folder of the compiled sources. */
async function compiled(): Promise<string> {
  const paths = readdirSync(sources)
    .filter((name) => name.endsWith(".java"))
    .map((name) => join(sources, name));
  const digest = digestOf(...paths.map((path) => readFileSync(path)));
  return cached(`classes-${digest}`, async (folder) => {
    await must(["javac", "--release", "17", "-Xlint:all,-serial", "-Werror", "-d", folder, ...paths]);
  });
}

/** Path of the JAR on this machine. */
export async function jarOf(program: Program): Promise<string> {
  const files = contents(program);
  const classes = await compiled();
  const digest = digestOf(classes, ...[...files].flat());
  return cached(`${program.package}-${digest}.jar`, async (jar) => {
    const folder = `${jar}-contents`;
    cpSync(classes, folder, { recursive: true });
    for (const [path, text] of files) {
      mkdirSync(dirname(`${folder}/${path}`), { recursive: true });
      writeFileSync(`${folder}/${path}`, text);
    }
    const top = readdirSync(folder).filter((name) => name !== "META-INF");
    const words = ["META-INF/MANIFEST.MF", "META-INF/io.netty.versions.properties", ...top];
    await must(["jar", "--create", "--no-manifest", "--file", jar, ...words], { cwd: folder });
  });
}
