import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { closures, reapplyFile, reapplyUnit, reapplyWanted } from "../../../src/probes/closures.ts";
import { machine } from "../../../src/probes/machine.ts";

/** sysctl.d(5): dhcp clients, network managers and scripts of interfaces write keys of their own when an interface comes up. */
export const settingsHold = control({
  id: "kernel-settings-hold",
  guideline: ["OS-09"],
  title: "The kernel's settings still hold when the network is up",
  failing: "Whatever brings the network up has the last word on the kernel's settings",
  severity: "low",
  risk: "none",
  rationale:
    "The settings are made early in the boot. DHCP clients, network managers and scripts then bring interfaces up and set keys for them as they like, and nobody looks again. Once the network is up the settings are made a second time.",
  references: [
    { source: "NIST 800-53", id: "CM-6(b)" },
    { source: "man", id: "sysctl.d(5)" },
  ],
  needs: { closures, here: machine },
  applies: ({ here }) => here.systemd || "systemd does not run this machine",
  inspect: ({ closures: seen }) =>
    passWhen(
      seen.files.get(reapplyFile) !== undefined && seen.reapplied === "enabled",
      [{ asked: `systemctl is-enabled ${reapplyUnit}`, answered: seen.reapplied || "no such unit" }],
      `no ${reapplyUnit}`,
    ),
  plan: ({ closures: seen }) => [
    change({
      kind: "file",
      phase: "services",
      risk: "none",
      title: "Kernel: settings once more when the network is up",
      path: reapplyFile,
      before: seen.files.get(reapplyFile) ?? null,
      after: {
        content: template("etc/systemd/system/sysctl-reapply-network.service"),
        mode: "0644",
        owner: "root",
        group: "root",
      },
    }),
    ...(seen.folders.includes("/etc/systemd/system/multi-user.target.wants")
      ? []
      : [
          rootFolder("A folder for what starts at boot", "/etc/systemd/system/multi-user.target.wants", {
            phase: "services",
          }),
        ]),
    change({
      kind: "symlink",
      phase: "services",
      risk: "none",
      title: "Kernel: do so at every boot",
      path: reapplyWanted,
      target: reapplyFile,
      before: seen.reapplied === "enabled" ? reapplyFile : null,
    }),
  ],
});
