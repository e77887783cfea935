import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { type Files, files, type Mount } from "../../../src/probes/files.ts";
import { executableTemporary } from "./questions.ts";

const places = ["/dev/shm", "/tmp", "/var/tmp"] as const;

const wantedOptions = (target: string, executable: boolean): readonly string[] => [
  "nodev",
  "nosuid",
  ...(executable && target !== "/dev/shm" ? [] : ["noexec"]),
];

/** The mount that counts is the last one on the place. */
const mountOn = ({ mounts }: Files, target: string): Mount | undefined =>
  mounts.findLast((mount) => mount.target === target);

type Line = { readonly fields: readonly string[]; readonly index: number };

const fstabLine = (content: string, target: string): Line | undefined =>
  content
    .split("\n")
    .map((line, index) => ({ fields: line.trim().split(/\s+/u), index }))
    .findLast(({ fields }) => !(fields[0] ?? "").startsWith("#") && fields[1] === target);

type Lacking = { readonly mount: Mount; readonly live: readonly string[]; readonly written: readonly string[] };

/** What is missing of the options, now and in fstab(5). Places that are no mount of their own cannot have any. */
const lacking = (seen: Files, executable: boolean): readonly Lacking[] =>
  places.flatMap((target) => {
    const mount = mountOn(seen, target);
    if (mount === undefined) return [];
    const wanted = wantedOptions(target, executable);
    const line = fstabLine(seen.fstab?.content ?? "", target);
    const options = (line?.fields[3] ?? "").split(",");
    return [
      {
        mount,
        live: wanted.filter((option) => !mount.options.includes(option)),
        written: wanted.filter((option) => !options.includes(option)),
      },
    ];
  });

/** fstab(5) with the options for the place; a line for it where there was none. */
export const withOptions = (content: string, mount: Mount, options: readonly string[]): string => {
  const lines = content.split("\n");
  const line = fstabLine(content, mount.target);
  if (line === undefined) {
    const text = `${mount.type === "tmpfs" ? "tmpfs" : mount.source} ${mount.target} ${mount.type} ${["defaults", ...options].join(",")} 0 0`;
    return `${content === "" || content.endsWith("\n") ? content : `${content}\n`}${text}\n`;
  }
  const present = (line.fields[3] ?? "defaults").split(",");
  const fields = [...line.fields];
  fields[3] = [...present.filter((option) => !["exec", "dev", "suid"].includes(option)), ...options].join(",");
  lines[line.index] = fields.join(" ");
  return lines.join("\n");
};

/** mount(8), fstab(5); CIS Debian 12 1.1.2.x. */
export const mountOptions = control({
  id: "files-mounts",
  guideline: ["OS-11"],
  title: "Nothing runs from the folders that everybody may write",
  failing: "Programs can be run from folders that everybody may write",
  severity: "medium",
  risk: "restart",
  rationale:
    "Most break-ins first drop a program into a shared folder and start it there. Mounted with noexec, nosuid and nodev such a folder only holds data.",
  references: [
    { source: "CIS Debian 12", id: "1.1.2.1.4" },
    { source: "CIS Debian 12", id: "1.1.2.2.4" },
    { source: "CIS Debian 13", id: "1.1.2.1.4" },
    { source: "CIS Debian 13", id: "1.1.2.2.4" },
    { source: "CIS Ubuntu 22.04", id: "1.1.2.1.4" },
    { source: "CIS Ubuntu 22.04", id: "1.1.2.2.4" },
    { source: "CIS Ubuntu 24.04", id: "1.1.2.1.4" },
    { source: "CIS Ubuntu 24.04", id: "1.1.2.2.4" },
    { source: "CIS RHEL 9", id: "1.1.2.1.4" },
    { source: "CIS RHEL 9", id: "1.1.2.2.4" },
    { source: "STIG RHEL 9", id: "RHEL-09-231130" },
    { source: "STIG RHEL 9", id: "RHEL-09-231115" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "NIST 800-53", id: "MP-7" },
    { source: "Lynis", id: "FILE-6374" },
    { source: "man", id: "fstab(5)" },
  ],
  needs: { files },
  inspect: (facts, answers) => {
    const found = lacking(facts.files, answers.get(executableTemporary));
    if (found.length === 0) return notApplicable("/dev/shm, /tmp and /var/tmp are no mounts of their own here");
    const evidence = [
      {
        asked: "/proc/self/mounts and /etc/fstab",
        answered: found
          .map(
            ({ mount, written }) =>
              `${mount.target} ${mount.options.join(",")}; in fstab ${written.length === 0 ? "as wanted" : `without ${written.join(",")}`}`,
          )
          .join("\n"),
      },
    ];
    const problems = found.flatMap(({ mount, live, written }) => [
      ...(live.length > 0 ? [`${mount.target} has no ${live.join(", ")}`] : []),
      ...(live.length === 0 && written.length > 0 && mount.target !== "/tmp"
        ? [`${mount.target}: no word of ${written.join(", ")} for the next boot`]
        : []),
    ]);
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: (facts, answers) => {
    const executable = answers.get(executableTemporary);
    const found = lacking(facts.files, executable).filter(
      ({ mount, live, written }) => live.length > 0 || (written.length > 0 && mount.target !== "/tmp"),
    );
    if (found.length === 0) return [];
    const before = facts.files.fstab;
    const content = found.reduce(
      (text, { mount, written }) => (written.length === 0 ? text : withOptions(text, mount, written)),
      before?.content ?? "",
    );
    return [
      change({
        kind: "file",
        phase: "files",
        risk: "restart",
        title: `fstab: how ${found.map(({ mount }) => mount.target).join(", ")} are mounted`,
        path: "/etc/fstab",
        before: before ?? null,
        after: {
          content,
          mode: before?.mode ?? "0644",
          owner: before?.owner ?? "root",
          group: before?.group ?? "root",
        },
      }),
      ...found
        .filter(({ live }) => live.length > 0)
        .map(({ mount, live }) => {
          const opposite = live.map((option) => option.replace(/^no/u, ""));
          return change({
            kind: "command",
            phase: "files",
            risk: "restart",
            title: `${mount.target}: ${live.join(", ")} from now on`,
            argv: ["mount", "-o", `remount,${live.join(",")}`, mount.target],
            inverse: ["mount", "-o", `remount,${opposite.join(",")}`, mount.target],
          });
        }),
    ];
  },
  breaks: (_, answers) =>
    answers.get(executableTemporary)
      ? []
      : [
          "installers and Java programs that unpack native libraries into /tmp need another folder (java.io.tmpdir, TMPDIR)",
        ],
});
