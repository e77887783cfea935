import { lastOf } from "../../../src/systemd/unit-file.ts";
import { type UnitDirective, unitLines } from "../unit.ts";
import { folderName, type Served } from "./served.ts";

/** A folder that systemd makes for the service before each start, owned by its account: systemd.exec(5) StateDirectory=. */
export type Folder = { readonly path: string; readonly directives: readonly UnitDirective[] };

const folder = (
  each: Served,
  kind: "StateDirectory" | "LogsDirectory",
  base: string,
  within: string | undefined,
  mode: string,
): Folder => {
  const own = lastOf(unitLines(each.unit), kind)?.split(/\s+/u)[0];
  const top = own === undefined || own === "" || own.includes("%") ? folderName(each) : (own.split(":")[0] as string);
  const name = within === undefined ? top : `${top}/${within}`;
  const modeSet = lastOf(unitLines(each.unit), `${kind}Mode`);
  return {
    path: `${base}/${name}`,
    directives: [
      { section: "Service", name: kind, value: name },
      // Where the owner of the unit has chosen folders and mode himself, his choice stays.
      ...(modeSet === undefined || modeSet === mode
        ? [{ section: "Service" as const, name: `${kind}Mode`, value: mode }]
        : []),
    ],
  };
};

export const logsFolder = (each: Served): Folder => folder(each, "LogsDirectory", "/var/log", undefined, "0750");

export const stateFolder = (each: Served, within: string): Folder =>
  folder(each, "StateDirectory", "/var/lib", within, "0700");

/** Folders that every account of the machine writes to. */
export const isShared = (path: string): boolean => /^(?:\/tmp|\/var\/tmp|\/dev\/shm)(?:\/|$)/u.test(path);
