import type { Step } from "../../../src/model/step.ts";
import { auditdConfig, finalRulesFile, rulesFile } from "../../../src/probes/auditd.ts";
import { auditAccessDenied } from "./audit-access-denied.ts";
import { auditAsRoot } from "./audit-as-root.ts";
import { boot } from "./audit-boot.ts";
import { auditDeletes } from "./audit-deletes.ts";
import { files } from "./audit-files.ts";
import { auditIdentity } from "./audit-identity.ts";
import { finalContent, locked } from "./audit-immutable.ts";
import { auditIntegrations } from "./audit-integrations.ts";
import { auditLogins } from "./audit-logins.ts";
import { auditMandatoryAccess } from "./audit-mandatory-access.ts";
import { auditModules } from "./audit-modules.ts";
import { auditMounts } from "./audit-mounts.ts";
import { auditNetwork } from "./audit-network.ts";
import { auditPermissions } from "./audit-permissions.ts";
import { auditPrivileged } from "./audit-privileged.ts";
import { running } from "./audit-running.ts";
import { auditSessions } from "./audit-sessions.ts";
import { space, spaceContent } from "./audit-space.ts";
import { auditSudoLog } from "./audit-sudo-log.ts";
import { auditSudoers } from "./audit-sudoers.ts";
import { auditTime } from "./audit-time.ts";
import { auditTools } from "./audit-tools.ts";
import { rulesContent } from "./composer.ts";
import { immutable, questions } from "./questions.ts";
import { syscallRules, watch } from "./syscalls.ts";

/** Rules that hold on any machine; what depends on the host is left out. */
const anywhere = (): string => {
  const machine = { architecture: "x86_64" };
  return rulesContent([
    {
      name: "identity",
      rules: ["/etc/group", "/etc/passwd", "/etc/shadow", "/etc/ssh"].map((path) => watch(path, "identity")),
    },
    { name: "scope", rules: ["/etc/sudoers", "/etc/sudoers.d"].map((path) => watch(path, "scope")) },
    { name: "time-change", rules: syscallRules(machine, ["adjtimex", "settimeofday"], "-k time-change") },
    {
      name: "user_emulation",
      rules: syscallRules(machine, ["execve"], "-C euid!=uid -F auid!=unset -k user_emulation"),
    },
  ]);
};

export const auditStep: Step = {
  id: "audit",
  category: "os",
  title: "Audit trail",
  intro: "Has the kernel write down who changed accounts, rights, configuration and secrets.",
  questions,
  controls: [
    running,
    boot,
    space,
    files,
    auditSudoers,
    auditAsRoot,
    auditSudoLog,
    auditTime,
    auditNetwork,
    auditPrivileged,
    auditAccessDenied,
    auditIdentity,
    auditPermissions,
    auditMounts,
    auditSessions,
    auditLogins,
    auditDeletes,
    auditMandatoryAccess,
    auditTools,
    auditModules,
    auditIntegrations,
    locked,
  ],
  generate: (answers) => [
    {
      path: auditdConfig,
      content: spaceContent(undefined, answers),
      mode: "0640",
      about: "Size of the audit trail and what happens when the disk is full; then: systemctl reload auditd",
    },
    {
      path: rulesFile,
      content: anywhere(),
      mode: "0640",
      about: "Rules that hold on any x86_64 machine; inspect one for the others. Then: augenrules --load",
    },
    ...(answers.get(immutable)
      ? [{ path: finalRulesFile, content: finalContent, mode: "0640", about: "Locks the rules; then reboot" }]
      : []),
  ],
};
