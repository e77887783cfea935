import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type Closures, closures, debianLimits } from "../../../src/probes/closures.ts";
import { coredumpFile, type Kernel, kernel, limitsFile } from "../../../src/probes/kernel.ts";
import { judgeSettings, proposeSettings, type Setting, setting } from "./settings.ts";

const settings: readonly Setting[] = [setting("fs.suid_dumpable", 0)];

/** limits.conf(5): the line that holds for everybody; a later file overrides an earlier one. */
const hardLimit = ({ limits }: Kernel): string | undefined =>
  limits
    .map(({ line }) => /^\*\s+(?:hard|-)\s+core\s+(\S+)$/u.exec(line)?.[1])
    .findLast((value) => value !== undefined);

const keeps = ({ coredump }: Kernel): boolean =>
  coredump !== undefined && (coredump.Storage !== "none" || coredump.ProcessSizeMax !== "0");

/** Debian 13 lifts the hard limit again in a file of its own, for root by name: a line for everybody does not reach root. */
const liftedLine = /^(?=(?:\*|root)\s+(?:hard|-)\s+core\s+(?!0\b))/gmu;

const lifted = ({ files }: Closures) => {
  const before = files.get(debianLimits);
  if (before === undefined || before.content.search(liftedLine) < 0) return [];
  return [
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "Debian's own limits: switch off what allows core dumps again",
      path: debianLimits,
      before,
      after: { ...before, content: before.content.replace(liftedLine, "# off by drawbridge: ") },
    }),
  ];
};

const folderFor = (path: string) => rootFolder("A folder for additions", path);

/** core(5), limits.conf(5), coredump.conf(5); CIS Debian 12 1.5.3. Heap dumps of a JVM are files of its own and not meant here. */
export const coreDumps = control({
  id: "kernel-core-dumps",
  guideline: ["OS-14"],
  title: "Crashed programs leave no memory behind",
  failing: "Crashed programs leave their memory on disk",
  severity: "low",
  risk: "none",
  rationale:
    "A core dump is the whole memory of a program: keys, passwords, customers' data, in a file that backups and support tickets carry on. Switch it on for the hour in which it is needed.",
  references: [
    { source: "CIS Debian 12", id: "1.5.3" },
    { source: "CIS Debian 13", id: "1.5.11" },
    { source: "CIS Debian 13", id: "1.5.4" },
    { source: "CIS Ubuntu 22.04", id: "1.5.3" },
    { source: "CIS Ubuntu 24.04", id: "1.5.3" },
    { source: "STIG RHEL 9", id: "RHEL-09-213095" },
    { source: "NIST 800-53", id: "CM-6" },
    { source: "NIST 800-53", id: "SC-7(10)" },
    { source: "NIST 800-53", id: "SI-11(a)" },
    { source: "NIST 800-53", id: "SI-11(b)" },
    { source: "Lynis", id: "KRNL-5820" },
    { source: "man", id: "core(5)" },
  ],
  needs: { kernel, closures },
  inspect: (facts) => {
    const dumpable = judgeSettings(facts.kernel, settings);
    const limit = hardLimit(facts.kernel);
    const evidence = [
      ...dumpable.evidence,
      { asked: "limits.conf: hard core for everybody", answered: limit ?? "not set" },
      ...(facts.kernel.coredump
        ? [
            {
              asked: "systemd-analyze cat-config systemd/coredump.conf",
              answered: `Storage=${facts.kernel.coredump.Storage ?? "external"} ProcessSizeMax=${facts.kernel.coredump.ProcessSizeMax ?? "default"}`,
            },
          ]
        : []),
    ];
    const problems = [
      ...(dumpable.result === "fail" ? [dumpable.detail] : []),
      ...(limit === "0" ? [] : ["accounts may have core dumps"]),
      ...(lifted(facts.closures).length === 0 ? [] : [`${debianLimits} allows them again`]),
      ...(keeps(facts.kernel) ? ["systemd-coredump keeps them"] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: (facts) => [
    ...proposeSettings(facts.kernel, settings),
    ...(facts.kernel.folders.includes("/etc/security/limits.d") ? [] : [folderFor("/etc/security/limits.d")]),
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "No core dumps for accounts",
      path: limitsFile,
      before: facts.kernel.own.get(limitsFile) ?? null,
      after: {
        content: template("etc/security/limits.d/zz-drawbridge.conf"),
        mode: "0644",
        owner: "root",
        group: "root",
      },
    }),
    ...lifted(facts.closures),
    // Also where systemd-coredump is not installed: whoever installs it later to look into one crash gets no archive of all.
    ...(facts.kernel.folders.includes("/etc/systemd/coredump.conf.d")
      ? []
      : [folderFor("/etc/systemd/coredump.conf.d")]),
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "systemd-coredump keeps nothing",
      path: coredumpFile,
      before: facts.kernel.own.get(coredumpFile) ?? null,
      after: {
        content: template("etc/systemd/coredump.conf.d/zz-drawbridge.conf"),
        mode: "0644",
        owner: "root",
        group: "root",
      },
    }),
  ],
  breaks: () => ["a program that crashes leaves no core dump to look into"],
});
