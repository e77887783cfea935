import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { bootLoader } from "../../../src/probes/boot-loader.ts";

/**
 * grub-mkpasswd-pbkdf2(1); CIS Debian 12 1.4.1. Only found: with a superuser and one entry that is not marked, the next restart
 * waits for somebody to type a password, and no server of the lab has a boot loader on which that could be proved.
 */
export const bootLoaderPassword = control({
  id: "bootloader-password",
  guideline: ["OS-14"],
  title: "Nobody changes what is booted without a password",
  failing: "Whoever is at the console becomes root without a password",
  severity: "low",
  risk: "reboot",
  rationale:
    "At the boot loader's menu one key and one word give a shell as root: no password is asked. Whoever gets at the console, a hoster's included, is in. Entries must stay startable without the password, or the server waits for it at every restart. Nothing is changed from here; the detail says what to do.",
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
  inspect: ({ boot }) => {
    const evidence = [
      {
        asked: boot.configurations.map(({ path }) => path).join(", "),
        answered: `superusers ${boot.superusers ? "set" : "not set"}; password ${boot.hash ? "set" : "not set"}; ${boot.unrestricted} of ${boot.entries} entries start without it`,
      },
    ];
    if (!boot.superusers || !boot.hash)
      return fail(
        "make a hash with grub-mkpasswd-pbkdf2, name it in /etc/grub.d/40_custom (set superusers, password_pbkdf2), add --unrestricted to CLASS in /etc/grub.d/10_linux, then update-grub",
        evidence,
      );
    // RHEL marks its entries in files of their own (BLS), which are no menuentry.
    return boot.entries > 0 && boot.unrestricted === 0
      ? fail("no entry is --unrestricted: the next restart waits for the password", evidence)
      : pass(evidence);
  },
  plan: () => [],
});
