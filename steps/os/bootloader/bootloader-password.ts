import { sha256 } from "../../../src/core/assemble-plan.ts";
import { mask } from "../../../src/core/concealed.ts";
import { type Change, change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import {
  type BootLoader,
  bootLoader,
  grubConfiguration,
  grubScripts,
  menuProgram,
  passwordHashFile,
} from "../../../src/probes/boot-loader.ts";
import { makeHash, wanted } from "./questions.ts";
import { firstScript, lastScript } from "./scripts.ts";

const protectedNow = ({ superusers, hash }: BootLoader): boolean => superusers && hash;

/** RHEL marks its entries in files of their own (BLS), which are no menuentry. */
const waits = (boot: BootLoader): boolean => {
  if (boot.entries === 0) return false;
  const first = boot.defaults.every((entry) => entry === "0") ? boot.first : undefined;
  return first === undefined ? boot.unrestricted === 0 : !first.free;
};

/** The operator made another password since. */
const replaced = ({ scripts, passwordHash }: BootLoader, answers: AnswerReader): boolean =>
  scripts.length > 0 && answers.get(wanted) && passwordHash?.count === 1 && !passwordHash.inUse;

const recoveryOpen =
  "recovery, a shell as root, stands outside of the submenu and would start without it: GRUB_DISABLE_RECOVERY=true or no GRUB_DISABLE_SUBMENU in /etc/default/grub, then update-grub";

/** Why nothing is changed from here; undefined: the password can be set, and the machine goes on starting by itself. */
const obstacle = (boot: BootLoader, answers: AnswerReader): string | undefined => {
  if (boot.scripts.length === 0 && (boot.superusers || boot.hash))
    return "somebody else's program in /etc/grub.d names superusers: see to it there";
  if (!boot.generated)
    return boot.configurations.some(({ path }) => path.startsWith("/boot/grub2/"))
      ? "set one with grub2-setpassword"
      : "update-grub, which would write it down, is not here";
  if (boot.defaults.length === 0 || boot.defaults.some((entry) => entry !== "0"))
    return `what starts by itself is ${boot.defaults.join(", ") || "not told"}, not the first entry: that could wait for the password (GRUB_DEFAULT=0 in /etc/default/grub, update-grub)`;
  if (!boot.first?.markable) return "the first entry is none of grub-mkconfig's: it would wait for the password";
  if (boot.openRecovery) return recoveryOpen;
  const { passwordHash } = boot;
  if (passwordHash === undefined) return `make a hash, as root: ${makeHash}; then answer bootloader.password=yes`;
  if (!passwordHash.safe) return `${passwordHashFile} is not root's alone: chown root, chmod 600`;
  if (passwordHash.count !== 1) return `${passwordHashFile} does not hold one grub.pbkdf2.sha512 hash: ${makeHash}`;
  return answers.get(wanted) ? undefined : "answer bootloader.password=yes";
};

const common = { phase: "files", risk: "reboot" } as const;
const rootsAlone = { mode: "0700", owner: "root", group: "root" } as const;

const script = (
  { scripts }: BootLoader,
  path: string,
  title: string,
  after: Pick<Extract<Change, { kind: "file" }>["after"], "content" | "parts">,
): Change => {
  const before = scripts.find((found) => found.path === path);
  return change({
    ...common,
    kind: "file",
    title,
    path,
    before: before === undefined ? null : { content: mask, ...before },
    after: { ...after, ...rootsAlone },
    sensitive: after.parts !== undefined,
  });
};

/**
 * grub-mkpasswd-pbkdf2(1), update-grub(8); "GNU GRUB manual", Security; CIS Debian 12 1.4.1.
 *
 * CIS adds --unrestricted to CLASS in /etc/grub.d/10_linux, a package's file that the next version asks about or replaces. Every entry
 * of grub-mkconfig's carries `$menuentry_id_option`, so two small programs of our own around the packages' do it (scripts.ts). They
 * lie there when a new kernel writes grub.cfg anew. A machine that waits for a password at its next start is lost, so: the entry that starts by
 * itself must be the first and must carry the variable before anything is changed, and after update-grub the new grub.cfg is
 * looked at again (`verify`), or all is taken back.
 */
export const bootLoaderPassword = control({
  id: "bootloader-password",
  guideline: ["OS-14"],
  title: "Nobody changes what is booted without a password",
  failing: "Whoever is at the console becomes root without a password",
  severity: "low",
  risk: "reboot",
  rationale:
    "At the boot loader's menu one key and one word give a shell as root: no password is asked. Whoever gets at the console, a hoster's included, is in. The usual system goes on starting by itself: only who wants something else is asked.",
  references: [
    { source: "CIS Debian 12", id: "1.4.1" },
    { source: "CIS Debian 13", id: "1.4.1" },
    { source: "CIS Ubuntu 22.04", id: "1.4.1" },
    { source: "CIS Ubuntu 24.04", id: "1.4.1" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-212010" },
    { source: "Lynis", id: "BOOT-5122" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "man", id: "grub-mkpasswd-pbkdf2(1)" },
  ],
  needs: { boot: bootLoader },
  applies: ({ boot }) => {
    if (boot.container) return "a container has no boot loader";
    return boot.configurations.length > 0 || "GRUB does not start this machine";
  },
  inspect: ({ boot }, answers) => {
    const evidence = [
      {
        asked: boot.configurations.map(({ path }) => path).join(", "),
        answered: `superusers ${boot.superusers ? "set" : "not set"}; password ${boot.hash ? "set" : "not set"}; ${boot.unrestricted} of ${boot.entries} entries start without it`,
      },
    ];
    if (protectedNow(boot)) {
      if (waits(boot))
        return fail("what starts by itself is not --unrestricted: the next restart waits for the password", evidence);
      if (boot.openRecovery && boot.unrestricted > 0) return fail(recoveryOpen, evidence);
      if (!replaced(boot, answers)) return pass(evidence);
    }
    const why = obstacle(boot, answers);
    const now = protectedNow(boot) ? `the password is not the one in ${passwordHashFile}` : "no password is asked";
    return fail(why === undefined ? now : `${now}; ${why}`, evidence);
  },
  plan: ({ boot }, answers) => {
    const { passwordHash } = boot;
    if (passwordHash === undefined || obstacle(boot, answers) !== undefined) return [];
    const [first, last] = grubScripts;
    const configuration = boot.configurations.find(({ path }) => path === grubConfiguration);
    if (configuration === undefined) return [];
    const { mode, owner, group } = configuration;
    const kept = boot.scripts.find(({ path }) => path === last);
    return [
      script(boot, first, "Boot loader: the password, and entries that start without it", firstScript(passwordHash)),
      ...(kept?.sha256 === sha256(lastScript) && kept.mode === rootsAlone.mode
        ? []
        : [script(boot, last, "Boot loader: what submenus hold asks for the password", { content: lastScript })]),
      // update-grub writes into the file that is there, whose mode stays.
      ...((Number.parseInt(mode, 8) & 0o177) === 0
        ? []
        : [
            change({
              ...common,
              kind: "permissions",
              title: `${grubConfiguration} is root's alone: the hash stands in it`,
              path: grubConfiguration,
              before: { mode, owner, group },
              after: { mode: "0600", owner, group },
            }),
          ]),
      change({
        ...common,
        kind: "command",
        title: "Write the boot loader's menu anew",
        argv: ["update-grub"],
        touches: [grubConfiguration, `${grubConfiguration}.new`],
        verify: [
          ["grub-script-check", grubConfiguration],
          ["awk", "-v", "demanded=1", menuProgram, grubConfiguration],
        ],
      }),
    ];
  },
  breaks: ({ boot }) =>
    boot.passwordHash === undefined
      ? []
      : [
          "older kernels, recovery and whatever else is in a submenu start with root and this password alone, typed at the console on an American keyboard",
        ],
});
