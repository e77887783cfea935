import type { Step } from "../../../src/model/step.ts";
import { emptyPasswords } from "./accounts-empty-passwords.ts";
import { passwordAge } from "./accounts-password-age.ts";
import { passwordHash } from "./accounts-password-hash.ts";
import { serviceShells } from "./accounts-service-shells.ts";
import { sessionTimeout } from "./accounts-session-timeout.ts";
import { superusers } from "./accounts-superusers.ts";
import { defaultUmask } from "./accounts-umask.ts";
import { profileContent } from "./profile.ts";
import { passwordDays, sessionMinutes, shellsKept, umask } from "./questions.ts";

export const accountsStep: Step = {
  id: "accounts",
  category: "os",
  title: "Accounts",
  intro: "Closes accounts that nobody should enter, and sets what people's accounts start with.",
  questions: [shellsKept, passwordDays, umask, sessionMinutes],
  controls: [superusers, emptyPasswords, serviceShells, passwordAge, passwordHash, defaultUmask, sessionTimeout],
  generate: (answers) => {
    const minutes = answers.get(sessionMinutes);
    return [
      {
        path: "/etc/profile.d/zz-drawbridge.sh",
        content: profileContent(answers.get(umask), minutes === 0 ? undefined : String(minutes * 60)),
        mode: "0644",
        about: "What login shells start with; holds for every new login.",
      },
    ];
  },
};
