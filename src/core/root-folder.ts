import { type Change, type ChangeOf, change } from "../model/change.ts";

type RootFolder = ChangeOf<"directory">;

/** A folder that root owns. Everybody may look into it unless `mode` says otherwise. */
export const rootFolder = (
  title: string,
  path: string,
  { mode = "0755", phase = "files" }: { readonly mode?: string; readonly phase?: Change["phase"] } = {},
): RootFolder =>
  change({
    kind: "directory",
    phase,
    risk: "none",
    title,
    path,
    after: { mode, owner: "root", group: "root" },
  }) as RootFolder;

/** For what drawbridge remembers on the machine. */
export const ownFolder = rootFolder("Make drawbridge's own configuration folder", "/etc/drawbridge", { mode: "0700" });

/** For programs that timers of ours start. */
export const programFolder = rootFolder("A folder for programs of drawbridge", "/usr/local/lib/drawbridge");

/** For configuration that belongs to no single integration, or that none may change. */
export const integrationsFolder = rootFolder(
  "A folder for what the integrations read and cannot change",
  "/etc/integrations",
);

/** For drop-ins of a unit: systemd.unit(5). */
export const dropInFolder = (unit: string): RootFolder =>
  rootFolder(`A folder for additions to ${unit}`, `/etc/systemd/system/${unit}.d`);
