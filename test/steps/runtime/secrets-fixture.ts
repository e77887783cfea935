import { createHash } from "node:crypto";
import type { Change } from "../../../src/model/change.ts";
import type { ConfigurationFile, Integration, Setting } from "../../../src/model/integration.ts";
import type { PathState } from "../../../src/probes/accounts.ts";
import type { SecretPlaces } from "../../../src/probes/secret-places.ts";
import { readToml } from "../../../src/toml/document.ts";
import { isSecretKey, looksLikeSecret } from "../../../src/workload/secrecy.ts";
import { aConfigurationFile, anIntegration } from "../integration-fixture.ts";

/** A secret that a test can look for in everything that is shown. */
export const marked = (place: string): string => `MARKED-${place}-x7Q`;

export const stateOf = (path: string, mode = "0640", owner = "root", group = "orders"): PathState => ({
  path,
  kind: "file",
  mode,
  owner,
  group,
  uid: owner === "root" ? 0 : 990,
  gid: group === "root" ? 0 : 990,
});

export const noPlaces: SecretPlaces = {
  systemd: 252,
  encrypts: true,
  files: new Map(),
  compose: [],
  folders: new Map(),
};

/** Settings as the files give them, the strongest first; a variable comes from one file. */
export const settingsOf = (files: readonly ConfigurationFile[]): readonly Setting[] => {
  const seen = new Set<string>();
  return files.flatMap((file) => {
    const read = readToml(file.content ?? "");
    if (!read.ok) return [];
    const tops = read.entries.map(({ path }) => path[0] as string);
    const mine = read.entries.filter(({ path }) => !seen.has(path[0] as string));
    for (const top of tops) seen.add(top);
    return mine.map(({ path, value, start, end, line }) => ({
      path,
      key: path.join("."),
      value,
      source: { kind: "file" as const, path: file.path, line, start, end },
      shadowed: [],
      secret: isSecretKey(path.join(".")) || (typeof value === "string" && looksLikeSecret(value)),
    }));
  });
};

/** An integration whose configuration files say this. */
export const configured = (
  files: Readonly<Record<string, string>>,
  overrides: Partial<Integration> = {},
  stats: Readonly<Record<string, PathState>> = {},
): Integration => {
  const all = Object.entries(files).map(([path, content]) =>
    aConfigurationFile({ path, content, stat: stats[path] ?? stateOf(path) }),
  );
  return anIntegration({
    configuration: { decidedBy: "working directory", files: all, settings: settingsOf(all) },
    ...overrides,
  });
};

/** The bytes that the machine would write. */
export const assembled = (change: Change, texts: Readonly<Record<string, string>>): string => {
  if (change.kind !== "file") throw new Error(`${change.kind} is no file`);
  if (change.after.parts === undefined) return change.after.content;
  return change.after.parts
    .map((part) => {
      if ("text" in part) return part.text;
      if ("random" in part) return `RANDOM-${part.random.name}`;
      const { path, offset, length, sha256 } = part.slice;
      const source = Buffer.from(texts[path] ?? "", "utf8");
      if (createHash("sha256").update(source).digest("hex") !== sha256) throw new Error(`${path} is another`);
      return source.subarray(offset, offset + length).toString("utf8");
    })
    .join("");
};

export const fileAt = (changes: readonly Change[], path: string): Change => {
  const found = changes.find((change) => change.kind === "file" && change.path === path);
  if (found === undefined) throw new Error(`nothing writes ${path}: ${changes.map(({ title }) => title).join("; ")}`);
  return found;
};
