import { classMajor, entryContent, type JarEntry, manifestAttribute } from "../workload/jar.ts";
import { moduleOfEntry, packageOfMainClass, readConfigurationMapper } from "../workload/modules.ts";
import { readMapperVariables } from "./mapper.ts";
import type { ModuleVariables, Program } from "./schema.ts";

/** Bytes of one class that are read; a mapper of a hundred variables has twenty thousand. */
const entryLimit = 512 * 1024;

/** The entries of a whole archive (APPNOTE.TXT of PKWARE, 4.3.12 and 4.3.16). undefined when it is none. */
const entriesOf = (jar: Buffer): { readonly entries: readonly JarEntry[]; readonly shift: number } | undefined => {
  const end = jar.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  if (end < 0 || end + 22 > jar.length) return undefined;
  const size = jar.readUInt32LE(end + 12);
  const shift = end - size - jar.readUInt32LE(end + 16);
  if (shift < 0) return undefined;
  const entries: JarEntry[] = [];
  for (let at = end - size; at + 46 <= end && jar.readUInt32LE(at) === 0x02014b50; ) {
    const nameLength = jar.readUInt16LE(at + 28);
    entries.push({
      name: jar.subarray(at + 46, at + 46 + nameLength).toString("latin1"),
      method: jar.readUInt16LE(at + 10),
      compressedSize: jar.readUInt32LE(at + 20),
      size: jar.readUInt32LE(at + 24),
      offset: jar.readUInt32LE(at + 42),
    });
    at += 46 + nameLength + jar.readUInt16LE(at + 30) + jar.readUInt16LE(at + 32);
  }
  return { entries, shift };
};

/** What a JAR says about the configuration of its program; undefined when it is no program of Ballerina's. */
export const programOfJar = (jar: Buffer): Program | undefined => {
  const archive = entriesOf(jar);
  if (archive === undefined) return undefined;
  const content = (name: string): Buffer | undefined => {
    const entry = archive.entries.find((each) => each.name === name);
    if (entry === undefined) return undefined;
    return entryContent(jar.subarray(entry.offset + archive.shift), entry, entryLimit);
  };
  const root = packageOfMainClass(
    manifestAttribute(content("META-INF/MANIFEST.MF")?.toString("utf8") ?? "", "Main-Class"),
  );
  if (root === undefined) return undefined;
  const modules = archive.entries.flatMap(({ name }): readonly ModuleVariables[] => {
    const module = moduleOfEntry(name);
    if (module === undefined) return [];
    const mapper = content(name.replace(/\$_init\.class$/u, "$configurationMapper.class"));
    return [{ organisation: module.organisation, name: module.name, variables: variablesOf(mapper) }];
  });
  return { root, modules };
};

/** Names from the class's texts, types and what is required from its code. undefined: it tells neither. */
export const variablesOf = (mapper: Buffer | undefined): ModuleVariables["variables"] => {
  if (mapper === undefined || classMajor(mapper) === undefined) return undefined;
  const names = readConfigurationMapper(mapper)?.configurables;
  if (names === undefined) return undefined;
  const told = new Map((readMapperVariables(mapper) ?? []).map((variable) => [variable.name, variable]));
  return names.map((name) => ({ name, type: told.get(name)?.type, required: told.get(name)?.required }));
};
