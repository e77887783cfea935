import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { ownProfile, policy } from "../../../src/probes/policy.ts";

/** What a login shell starts with. `timeout` in seconds; `core`: the largest core dump, in blocks of 512 bytes. */
export type ProfileLine = { readonly kind: "umask" | "timeout" | "core"; readonly value: string };

export const umaskIn = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : [...text.matchAll(/^[ \t]*umask[ \t]+([0-7]{3,4})\b/gmu)].at(-1)?.[1];

export const timeoutIn = (text: string): number | undefined => {
  const value = [...text.matchAll(/^[^#\n]*\bTMOUT=(\d+)/gmu)].at(-1)?.[1];
  return value === undefined ? undefined : Number(value);
};

type Start = { readonly [kind in ProfileLine["kind"]]?: string | undefined };

/** ulimit(1p): how large a core dump of what the shell starts may be; the last line counts. */
export const coreLimitIn = (text: string): string | undefined =>
  [...text.matchAll(/^[ \t]*ulimit[ \t]+-[SH]*c[ \t]+(\S+)/gmu)].at(-1)?.[1];

/** /etc/profile.d/zz-drawbridge.sh. Pure: the file back ends use it too. */
export const profileContent = ({ umask, timeout, core }: Start): string =>
  template("etc/profile.d/zz-drawbridge.sh")
    .replace(/^umask.*\n/mu, umask === undefined ? "" : `umask ${umask}\n`)
    .replace(/^ulimit.*\n/mu, core === undefined ? "" : `ulimit -c ${core}\n`)
    // Read only, so that a shell cannot forget it; a second reading of the file must not complain.
    .replace(
      /^\{\{timeout\}\}\n/mu,
      timeout === undefined ? "" : `[ -n "\${TMOUT:-}" ] ||\ntypeset -xr TMOUT=${timeout}\n`,
    );

/** bash reads its own file for shells that are no logins: the umask stands in both, once. */
export const bashContent = (content: string, umask: string): string => {
  const line = `umask ${umask}`;
  const begin = "# drawbridge: new files are closed to strangers";
  if (umaskIn(content) !== undefined) return content.replace(/^([ \t]*)umask[ \t]+[0-7]{3,4}\b/gmu, `$1${line}`);
  return `${content === "" || content.endsWith("\n") ? content : `${content}\n`}${begin}\n${line}\n`;
};

/** One file for login shells, and bash's own for the others. */
export const loginProfile = composer<ProfileLine, { policy: typeof policy }>({
  id: "login-profile",
  needs: { policy },
  compose: (wanted, facts) => {
    if (!wanted.some(({ needed }) => needed)) return [];
    const of = (kind: ProfileLine["kind"]) => wanted.find(({ value }) => value.kind === kind)?.value.value;
    const umask = of("umask");
    const { files, folders } = facts.policy;
    return [
      ...(folders.includes("/etc/profile.d")
        ? []
        : [rootFolder("A folder for what login shells start with", "/etc/profile.d")]),
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "What login shells start with",
        path: ownProfile,
        before: files.get(ownProfile) ?? null,
        after: {
          content: profileContent({ umask, timeout: of("timeout"), core: of("core") }),
          mode: "0644",
          owner: "root",
          group: "root",
        },
      }),
      ...(umask === undefined ? [] : ["/etc/bash.bashrc", "/etc/bashrc"]).flatMap((path) => {
        const before = files.get(path);
        return before === undefined
          ? []
          : [
              change({
                kind: "file",
                phase: "files",
                risk: "none",
                title: "The same umask for every bash",
                path,
                before,
                after: { ...before, content: bashContent(before.content, umask as string) },
              }),
            ];
      }),
    ];
  },
});
