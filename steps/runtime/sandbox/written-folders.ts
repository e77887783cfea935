import type { Served } from "../jvm/served.ts";

const parent = (path: string): string => path.slice(0, path.lastIndexOf("/")) || "/";

/** Folders that are writable anyway (private ones of systemd), or that no service may have as its own. */
const isOut = (path: string): boolean =>
  /^\/(?:tmp|var\/tmp|dev|proc|sys|run)(?:\/|$)/u.test(path) ||
  /^\/(?:bin|boot|etc|home|lib[^/]*|opt|root|sbin|srv|usr|var|var\/(?:lib|log|cache|opt|spool))?$/u.test(path);

/** Where a service writes, as the machine shows it: its log folders, its log files, and what it holds open for writing. */
export const writtenFolders = ({ integration, unit }: Served): readonly string[] =>
  [
    ...(integration.unit?.logFolders ?? []),
    ...integration.logFiles.map(({ path }) => parent(path)),
    ...(unit.process?.writes ?? []).map(parent),
  ].filter((path, index, all) => path.startsWith("/") && !isOut(path) && all.indexOf(path) === index);
