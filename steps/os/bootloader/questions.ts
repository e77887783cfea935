import { z } from "zod";
import { knownValue } from "../../../src/model/fact.ts";
import { question } from "../../../src/model/question.ts";
import { bootLoader, passwordHashFile } from "../../../src/probes/boot-loader.ts";

/** A file and no text to type: the hash opens the machine to whoever guesses long enough, and answers are kept and sent around. */
export const makeHash = `(umask 077; grub-mkpasswd-pbkdf2 | tee ${passwordHashFile})`;

export const wanted = question({
  id: "bootloader.password",
  kind: "confirm",
  label: "Boot loader's password",
  title: `Should the boot loader ask for a password, the one in ${passwordHashFile}, before it starts anything but the usual system?`,
  why: `The machine goes on starting by itself; only whoever wants to start something else at the console has to type root and the password (on an American keyboard). Make its hash first, as root on this machine: ${makeHash}. Not proposed: whoever forgets the password has to start from another medium.`,
  schema: z.boolean(),
  needs: { boot: bootLoader },
  default: ({ boot }) => (knownValue(boot)?.scripts.length ?? 0) > 0,
  when: ({ boot }) => {
    const seen = knownValue(boot);
    return seen?.generated === true && !seen.container;
  },
  current: ({ boot }) => {
    const seen = knownValue(boot);
    if (seen === undefined) return "not known";
    if (seen.superusers && seen.hash) return "there is a password";
    return seen.passwordHash === undefined ? "no password" : `no password; ${passwordHashFile} is there`;
  },
});
