import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { type KernelModule, kernel, modprobeFile } from "../../../src/probes/kernel.ts";
import { modules } from "./questions.ts";

const refused = ({ instead }: KernelModule): boolean => /^\S*\/(?:false|true)\b/u.test(instead ?? "");

/** The file for modprobe.d. Pure: the file back ends use it too. */
export const modprobeContent = (names: readonly string[]): string =>
  template("etc/modprobe.d/drawbridge.conf").replace(
    "{{modules}}",
    names.map((name) => `install ${name} /bin/false\nblacklist ${name}`).join("\n"),
  );

/** modprobe.d(5); CIS Debian 12 1.1.1.x and 3.2.x. */
export const keptOutModules = control({
  id: "kernel-modules",
  guideline: ["OS-09"],
  title: "Modules that nobody needs cannot be loaded",
  failing: "Modules that nobody needs can be loaded",
  severity: "low",
  risk: "none",
  rationale:
    "A USB stick or a socket of a rare protocol makes the kernel load code that hardly anyone maintains, with all its rights. What a server never uses is better kept out.",
  references: [
    { source: "CIS Debian 12", id: "1.1.1.9" },
    { source: "CIS Debian 12", id: "3.2.4" },
    { source: "CIS Debian 12", id: "1.1.1.1" },
    { source: "CIS Debian 13", id: "1.1.1.10" },
    { source: "CIS Debian 13", id: "3.2.5" },
    { source: "CIS Debian 13", id: "1.1.1.1" },
    { source: "CIS Ubuntu 22.04", id: "1.1.1.8" },
    { source: "CIS Ubuntu 22.04", id: "3.2.4" },
    { source: "CIS Ubuntu 22.04", id: "1.1.1.1" },
    { source: "CIS Ubuntu 24.04", id: "1.1.1.9" },
    { source: "CIS Ubuntu 24.04", id: "3.2.4" },
    { source: "CIS Ubuntu 24.04", id: "1.1.1.1" },
    { source: "CIS RHEL 9", id: "1.1.1.8" },
    { source: "CIS RHEL 9", id: "3.2.4" },
    { source: "CIS RHEL 9", id: "1.1.1.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-291010" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-300039" },
    { source: "STIG RHEL 9", id: "RHEL-09-291010" },
    { source: "STIG RHEL 9", id: "RHEL-09-213060" },
    { source: "STIG RHEL 9", id: "RHEL-09-231195" },
    { source: "NIST 800-53", id: "CM-7(a)" },
    { source: "NIST 800-53", id: "CM-7(b)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "MP-7" },
    { source: "Lynis", id: "USB-1000" },
    { source: "man", id: "modprobe.d(5)" },
  ],
  needs: { kernel },
  applies: (facts, answers) => {
    if (facts.kernel.modules.length === 0) return "no modprobe here: this machine loads no modules by itself";
    return answers.get(modules).length > 0 || "no module is to be kept out (kernel.modules)";
  },
  inspect: (facts, answers) => {
    const chosen = facts.kernel.modules.filter(({ name }) => answers.get(modules).some((each) => each === name));
    const evidence = [
      {
        asked: "modprobe --showconfig; /sys/module",
        answered: chosen
          .map((module) => `${module.name}: ${module.instead ?? "would load"}${module.loaded ? ", loaded" : ""}`)
          .join("\n"),
      },
    ];
    const open = chosen.filter((module) => !refused(module)).map(({ name }) => name);
    const loaded = chosen.filter((module) => module.loaded).map(({ name }) => name);
    const problems = [
      ...(open.length > 0 ? [`can be loaded: ${open.join(", ")}`] : []),
      ...(loaded.length > 0 ? [`loaded now, gone after a reboot: ${loaded.join(", ")}`] : []),
    ];
    return open.length > 0 ? fail(problems.join("; "), evidence) : pass(evidence, problems.join("; "));
  },
  plan: (facts, answers) => [
    ...(facts.kernel.folders.includes("/etc/modprobe.d")
      ? []
      : [rootFolder("A folder for modprobe's settings", "/etc/modprobe.d")]),
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "Kernel: modules that are never loaded",
      path: modprobeFile,
      before: facts.kernel.own.get(modprobeFile) ?? null,
      after: { content: modprobeContent(answers.get(modules)), mode: "0644", owner: "root", group: "root" },
    }),
  ],
  breaks: (facts, answers) =>
    facts.kernel.modules
      .filter(({ name, loaded }) => loaded && answers.get(modules).some((each) => each === name))
      .map(({ name }) => `${name} is in use now and will be missing after the next boot`),
});
