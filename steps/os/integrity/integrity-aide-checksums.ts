import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { aideFile, daemons } from "../../../src/probes/daemons.ts";
import { installAide } from "./integrity-aide.ts";
import { aideWanted } from "./questions.ts";

const wanted = "Checksums = sha256+sha512";
const group = /^Checksums[ \t]*=[ \t]*(.*)$/gmu;

const checksumsIn = (content: string): string | undefined => [...content.matchAll(group)].at(-1)?.[1]?.trim();

/** H is every checksum that AIDE was built with, and R holds md5: aide.conf(5). */
const strongOnly = (found: string): boolean => {
  const names = found.toLowerCase().split("+");
  return names.length > 0 && names.every((name) => /^(?:sha256|sha512|sha512_256|sha3_256|sha3_512)$/u.test(name));
};

/**
 * aide.conf(5) as Debian writes it. A file that changed keeps its name and not its SHA-512; md5, crc32 and the like only make the
 * daily run read on at a fraction of the disk's pace.
 */
export const aideChecksums = control({
  id: "integrity-aide-checksums",
  guideline: ["OS-14"],
  title: "AIDE compares by two strong checksums",
  failing: "AIDE takes every checksum there is, weak ones and all",
  severity: "low",
  risk: "none",
  rationale:
    "As installed, AIDE computes up to ten checksums of each file, MD5 and CRC-32 among them: most of the time of the daily run goes into what nobody should trust. SHA-256 and SHA-512 are enough to notice any change, and named in the file an auditor sees it.",
  references: [
    { source: "NIST 800-53", id: "SI-7(1)" },
    { source: "Lynis", id: "FINT-4402" },
    { source: "man", id: "aide.conf(5)" },
  ],
  needs: { daemons },
  applies: (facts, answers) => {
    if (!answers.get(aideWanted)) return "not wanted (integrity.aide)";
    // RHEL's /etc/aide.conf names sha512 for what counts.
    return facts.daemons.folders.includes("/etc/apt/apt.conf.d") || "only Debian's AIDE takes them all";
  },
  inspect: ({ daemons: seen }) => {
    const content = seen.files.get(aideFile)?.content;
    if (content === undefined)
      return fail(`there is no ${aideFile} yet`, [{ asked: aideFile, answered: "no such file" }]);
    const found = checksumsIn(content);
    const evidence = [{ asked: `Checksums in ${aideFile}`, answered: found ?? "no such group" }];
    if (found === undefined) return pass(evidence, "the file is not Debian's: its groups are somebody's own");
    if (strongOnly(found)) return pass(evidence);
    return fail(
      seen.aideDatabase === undefined
        ? `Checksums = ${found}`
        : `Checksums = ${found}: look at what aide --check says, write "${wanted}", then aideinit`,
      evidence,
    );
  },
  plan: ({ daemons: seen }) => {
    // With other checksums every file differs from a database that is there, and a new one would take what is there now for good.
    if (seen.aideDatabase !== undefined) return [];
    const before = seen.files.get(aideFile);
    // Comes with the package, in the same run: what is in it is not known yet.
    if (before === undefined)
      return [
        installAide(),
        change({
          kind: "command",
          phase: "files",
          risk: "none",
          title: "AIDE: SHA-256 and SHA-512, and no others",
          argv: ["sed", "-i", `s/^Checksums[[:blank:]]*=.*/${wanted}/`, aideFile],
          touches: [aideFile],
        }),
      ];
    return [
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "AIDE: SHA-256 and SHA-512, and no others",
        path: aideFile,
        before,
        after: { ...before, content: before.content.replace(group, wanted) },
      }),
    ];
  },
});
