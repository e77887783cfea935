import { few } from "../../../src/core/few.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Walk, walk } from "../../../src/probes/files.ts";
import { sharedPaths } from "./questions.ts";

const open = ({ worldWritable }: Walk, shared: readonly string[]) =>
  worldWritable.filter(({ path }) => !shared.some((each) => path === each || path.startsWith(`${each}/`)));

const octal = (mode: number): string => mode.toString(8).padStart(4, "0");

/** CIS Debian 12 7.1.11. */
export const worldWritable = control({
  id: "files-world-writable",
  guideline: ["OS-11"],
  title: "No file or folder can be written by everybody",
  failing: "Files or folders can be written by everybody",
  severity: "high",
  risk: "restart",
  rationale:
    "What everybody may write, a broken service may write: a script that root runs, a configuration, somebody else's upload. A folder that has to be open gets the sticky bit, so that files in it stay their owner's.",
  references: [
    { source: "CIS Debian 12", id: "7.1.11" },
    { source: "CIS Debian 13", id: "7.1.11" },
    { source: "CIS Ubuntu 22.04", id: "7.1.11" },
    { source: "CIS Ubuntu 24.04", id: "7.1.11" },
    { source: "CIS RHEL 9", id: "7.1.11" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-6354" },
  ],
  needs: { walk },
  inspect: ({ walk: seen }, answers) => {
    const found = open(seen, answers.get(sharedPaths));
    const evidence = [
      {
        asked: `find ${seen.roots.join(" ")} -xdev -perm -0002${seen.bounded ? " (stopped early)" : ""}`,
        answered:
          found
            .slice(0, 12)
            .map(({ path, mode }) => `${mode} ${path}`)
            .join("\n") || "nothing",
      },
    ];
    if (found.length > 0) {
      return fail(
        few(
          found.map(({ path }) => path),
          3,
        ),
        evidence,
      );
    }
    return pass(evidence, seen.bounded ? "as far as was looked: the walk was stopped early" : "");
  },
  plan: ({ walk: seen }, answers) =>
    open(seen, answers.get(sharedPaths)).map(({ path, kind, mode, owner, group }) => {
      const bits = Number.parseInt(mode, 8);
      return change({
        kind: "permissions",
        phase: "files",
        risk: "restart",
        title: kind === "directory" ? `${path}: files in it stay their owner's` : `${path}: not for everybody to write`,
        path,
        before: { mode, owner, group },
        after: { mode: octal(kind === "directory" ? bits | 0o1000 : bits & ~0o002), owner, group },
      });
    }),
  breaks: ({ walk: seen }, answers) => {
    const names = open(seen, answers.get(sharedPaths)).map(({ path }) => path);
    return names.length === 0
      ? []
      : [
          `programs that write or tidy up what others left in ${names.slice(0, 3).join(", ")} may be refused: name those in files.shared`,
        ];
  },
});
