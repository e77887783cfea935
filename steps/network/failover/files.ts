import { rootFolder } from "../../../src/core/root-folder.ts";
import { type Change, change } from "../../../src/model/change.ts";
import type { Failover } from "../../../src/probes/failover.ts";

export type Wanted = {
  readonly path: string;
  readonly content: string;
  readonly mode: string;
  readonly title: string;
};

const owned = { owner: "root", group: "root" } as const;

export const folderChange = (facts: Failover, path: string): readonly Change[] =>
  facts.folders.includes(path) ? [] : [rootFolder(`Failover: create ${path}`, path)];

export const fileChange = (facts: Failover, wanted: Wanted, verify: readonly string[][] = []): Change =>
  change({
    kind: "file",
    phase: "files",
    risk: "none",
    title: wanted.title,
    path: wanted.path,
    before: facts.files.get(wanted.path) ?? null,
    after: { content: wanted.content, mode: wanted.mode, ...owned },
    verify: verify.map((argv) => [...argv]),
  });

export const isAsWanted = (
  facts: Failover,
  { path, content, mode }: Wanted,
  like = (text: string) => text,
): boolean => {
  const found = facts.files.get(path);
  return found !== undefined && found.mode === mode && like(found.content) === like(content);
};

type Program = "keepalived" | "haproxy" | "nginx";

/** One that was put out of service by hand stays so at the next boot, and with it this node. */
export const startsByItself = (facts: Failover, program: Program): boolean =>
  facts.programs.get(program)?.enabled !== false;

export const enabling = (facts: Failover, program: Program): readonly Change[] =>
  startsByItself(facts, program)
    ? []
    : [
        change({
          kind: "command",
          phase: "services",
          risk: "none",
          title: `Failover: start ${program} with the machine`,
          argv: ["systemctl", "enable", `${program}.service`],
          inverse: ["systemctl", "disable", `${program}.service`],
          // Debian keeps the links of its old start scripts in step.
          touches: [
            `/etc/systemd/system/multi-user.target.wants/${program}.service`,
            ...[2, 3, 4, 5].map((level) => `/etc/rc${level}.d`),
          ],
        }),
      ];
