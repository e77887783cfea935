import { few } from "../../../src/core/few.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { walk } from "../../../src/probes/files.ts";
import { setuidKept, setuidStripped } from "./questions.ts";

/** CIS Debian 12 7.1.13. */
export const setuid = control({
  id: "files-setuid",
  guideline: ["OS-11"],
  title: "Programs that run with their owner's rights come from packages",
  failing: "Programs of unknown origin run with their owner's rights",
  severity: "high",
  risk: "none",
  rationale:
    "A setuid program gives its owner's rights to whoever starts it: the oldest way to leave a door open. Those of packages are known and updated; any other needs somebody who answers for it.",
  references: [
    { source: "CIS Debian 12", id: "7.1.13" },
    { source: "CIS Debian 13", id: "7.1.13" },
    { source: "CIS Ubuntu 22.04", id: "7.1.13" },
    { source: "CIS Ubuntu 24.04", id: "7.1.13" },
    { source: "CIS RHEL 9", id: "7.1.13" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-7524" },
  ],
  needs: { walk },
  inspect: ({ walk: seen }, answers) => {
    const evidence = [
      {
        asked: `find ${seen.roots.join(" ")} -xdev -type f -perm /6000${seen.bounded ? " (stopped early)" : ""}`,
        answered: seen.privileged.map(({ mode, owner, group, path }) => `${mode} ${owner}:${group} ${path}`).join("\n"),
      },
    ];
    if (seen.unpackaged === undefined)
      return unknownVerdict("nobody can say which of them come from packages: no dpkg and no rpm here", evidence);
    const kept = answers.get(setuidKept);
    const odd = seen.unpackaged.filter((path) => !kept.includes(path));
    if (odd.length > 0) return fail(`no package brought ${few(odd, 3)}`, evidence);
    return pass(evidence, seen.bounded ? "as far as was looked: the walk was stopped early" : "");
  },
  plan: ({ walk: seen }, answers) =>
    seen.privileged
      .filter(({ path }) => answers.get(setuidStripped).includes(path))
      .map(({ path, mode, owner, group }) =>
        change({
          kind: "permissions",
          phase: "files",
          risk: "none",
          title: `${path}: runs with the rights of whoever starts it`,
          path,
          before: { mode, owner, group },
          after: { mode: (Number.parseInt(mode, 8) & 0o1777).toString(8).padStart(4, "0"), owner, group },
        }),
      ),
});
