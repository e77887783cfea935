/** Builds the stand-in's JAR on this machine, with its JDK, and keeps it in the lab's cache. */
import { createHash } from "node:crypto";
import {
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
import { classFile } from "./class-file.ts";
import { modulesOf, nettyVersion, type Program, schemaOf } from "./program.ts";

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
  files.set(`${root}/$_init.class`, classFile(`${root}/$_init`, version, "standin/Integration"));
  files.set(`${root}/$configurationMapper.class`, classFile(`${root}/$configurationMapper`, version));
  for (const module of modulesOf(program))
    for (const name of ["$_init", "$configurationMapper"])
      files.set(`${module}/${name}.class`, classFile(`${module}/${name}`, version));
  files.set("standin/schema.txt", schemaOf(program).join("\n"));
  files.set(
    "standin/program.properties",
    (["organization", "package", "defaultListener", "prometheus"] as const)
      .map((key) => `${key}=${program[key]}`)
      .join("\n"),
  );
  return files;
}

/** Path of the JAR on this machine. */
export async function jarOf(program: Program): Promise<string> {
  const files = contents(program);
  const digest = createHash("sha256").update(JSON.stringify([...files].map(([path, text]) => [path, String(text)])));
  const java = readdirSync(sources).filter((name) => name.endsWith(".java"));
  for (const name of java) digest.update(readFileSync(join(sources, name)));
  const jar = `${cache}/${program.package}-${digest.digest("hex").slice(0, 12)}.jar`;
  if (existsSync(jar)) return jar;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(`${cache}/.building-`);
  try {
    const classes = `${work}/classes`;
    const paths = java.map((name) => join(sources, name));
    await must(["javac", "--release", "17", "-Xlint:all,-serial", "-Werror", "-d", classes, ...paths]);
    for (const [path, text] of files) {
      mkdirSync(dirname(`${classes}/${path}`), { recursive: true });
      writeFileSync(`${classes}/${path}`, text);
    }
    const top = readdirSync(classes).filter((name) => name !== "META-INF");
    const words = ["META-INF/MANIFEST.MF", "META-INF/io.netty.versions.properties", ...top];
    await must(["jar", "--create", "--no-manifest", "--file", `${work}/program.jar`, ...words], { cwd: classes });
    // Two tests may build the same one at the same time; the last rename stands and both are the same.
    renameSync(`${work}/program.jar`, jar);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return jar;
}
