import type { RuntimeUnit } from "../../../src/probes/unit-files.ts";
import type { Served } from "../jvm/served.ts";
import { isStale } from "../unit.ts";

const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Folders that are writable anyway (private ones of systemd), or that no service may have as its own. */
const isOut = (path: string): boolean =>
  /^\/(?:tmp|var\/tmp|dev|proc|sys|run)(?:\/|$)/u.test(path) ||
  /^\/(?:bin|boot|etc|home|lib[^/]*|opt|root|sbin|srv|usr|var|var\/(?:lib|log|cache|opt|spool))?$/u.test(path);

/**
 * Where a service writes besides the folders that systemd makes for it. On the top rung already, what it holds open
 * for writing is what it may write: nothing is added.
 */
export const writtenFolders = (each: Served): readonly string[] => {
  if (each.unit.properties.ProtectSystem === "strict" && !isStale(each.unit)) return [];
  const given = managedFolders(each.unit);
  return seenWriting(each).filter((path) => !given.some((folder) => path === folder || path.startsWith(`${folder}/`)));
};

const managedFolders = ({ properties }: RuntimeUnit): readonly string[] =>
  [
    ["StateDirectory", "/var/lib"],
    ["LogsDirectory", "/var/log"],
    ["CacheDirectory", "/var/cache"],
  ].flatMap(([name = "", base]) =>
    (properties[name] ?? "").split(" ").flatMap((folder) => (folder === "" ? [] : [`${base}/${folder.split(":")[0]}`])),
  );

/** As the machine shows it: its log folders, its log files, and what it holds open for writing. */
const seenWriting = ({ integration, unit }: Served): readonly string[] =>
  [
    ...(integration.unit?.logFolders ?? []),
    ...integration.logFiles.map(({ path }) => parent(path)),
    ...(unit.process?.writes ?? []).map(parent),
  ].filter((path, index, all) => path.startsWith("/") && !isOut(path) && all.indexOf(path) === index);
