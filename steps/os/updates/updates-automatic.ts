import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { daemons, upgradesFile } from "../../../src/probes/daemons.ts";
import { rebootTime } from "./questions.ts";

export const upgradesContent = (reboot: string): string =>
  template("etc/apt/apt.conf.d/52drawbridge-upgrades")
    .replace("{{reboot}}", reboot === "never" ? "false" : "true")
    .replace("{{time}}", reboot === "never" ? "02:00" : reboot);

const on = (value: string | undefined): boolean => value !== undefined && value !== "" && value !== "0";

/** unattended-upgrade(8), dnf-automatic(8); the distribution's default takes security updates only. */
export const automaticUpdates = control({
  id: "updates-automatic",
  guideline: ["OS-06"],
  title: "Security updates come in by themselves",
  failing: "Security updates wait until somebody has time",
  severity: "high",
  risk: "none",
  rationale:
    "Most break-ins use holes for which an update has been there for weeks. Security updates of a stable distribution change as little as possible, and are better in a day early than a month late.",
  references: [
    { source: "NIST 800-53", id: "SI-2(5)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "SI-2(c)" },
    { source: "Lynis", id: "PKGS-7420" },
    { source: "man", id: "unattended-upgrade(8)" },
  ],
  needs: { daemons },
  inspect: ({ daemons: seen }, answers) => {
    const dnf = ["dnf-automatic.timer", "dnf-automatic-install.timer"].find(
      (name) => seen.units.get(name)?.enabled === "enabled",
    );
    const evidence = [
      {
        asked: "apt-config dump",
        answered:
          Object.entries(seen.apt)
            .filter(([key]) => key.startsWith("APT::Periodic") || key.startsWith("Unattended-Upgrade::Automatic"))
            .map(([key, value]) => `${key} "${value}"`)
            .join("\n") || "nothing about periodic updates",
      },
      {
        asked: "package unattended-upgrades, dnf-automatic",
        answered:
          seen.packages.filter((name) => /unattended|automatic/u.test(name)).join(", ") || "neither is installed",
      },
    ];
    if (dnf !== undefined) return pass(evidence, dnf);
    const wanted = answers.get(rebootTime);
    const problems = [
      ...(seen.packages.includes("unattended-upgrades") ? [] : ["unattended-upgrades is not installed"]),
      ...(on(seen.apt["APT::Periodic::Update-Package-Lists"]) ? [] : ["package lists are not fetched"]),
      ...(on(seen.apt["APT::Periodic::Unattended-Upgrade"]) ? [] : ["updates are not installed"]),
      ...(seen.units.get("apt-daily-upgrade.timer")?.enabled === "masked" ? ["apt-daily-upgrade.timer is masked"] : []),
      ...(wanted !== "never" && seen.apt["Unattended-Upgrade::Automatic-Reboot"] !== "true"
        ? ["it does not reboot when an update needs it"]
        : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ daemons: seen }, answers) => {
    if (!seen.folders.includes("/etc/apt/apt.conf.d")) return [];
    return [
      ...(seen.packages.includes("unattended-upgrades")
        ? []
        : [
            change({
              kind: "package",
              phase: "packages",
              risk: "none",
              title: "Install unattended-upgrades",
              names: ["unattended-upgrades"],
            }),
          ]),
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: "Updates: security updates every day",
        path: upgradesFile,
        before: seen.files.get(upgradesFile) ?? null,
        after: {
          content: upgradesContent(answers.get(rebootTime)),
          mode: "0644",
          owner: "root",
          group: "root",
        },
      }),
    ];
  },
  breaks: (_, answers) =>
    answers.get(rebootTime) === "never"
      ? ["an updated service is restarted when its package says so"]
      : [`the machine reboots at ${answers.get(rebootTime)} after updates that need it`],
});
