import type { Step } from "../../../src/model/step.ts";
import { consoleBanner } from "../../../src/probes/policy.ts";
import { banner } from "../ssh/questions.ts";
import { consoleLegalText, consoleText } from "./accounts-console-banner.ts";
import { emptyPasswords } from "./accounts-empty-passwords.ts";
import { passwordAge } from "./accounts-password-age.ts";
import { passwordHash } from "./accounts-password-hash.ts";
import { passwordRounds } from "./accounts-password-rounds.ts";
import { serviceShells } from "./accounts-service-shells.ts";
import { sessionTimeout } from "./accounts-session-timeout.ts";
import { shellCoreDumps } from "./accounts-shell-core-dumps.ts";
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
  controls: [
    superusers,
    emptyPasswords,
    serviceShells,
    passwordAge,
    passwordHash,
    passwordRounds,
    defaultUmask,
    sessionTimeout,
    shellCoreDumps,
    consoleLegalText,
  ],
  generate: (answers) => {
    const minutes = answers.get(sessionMinutes);
    return [
      {
        path: "/etc/profile.d/zz-drawbridge.sh",
        content: profileContent({
          umask: answers.get(umask),
          core: "0",
          ...(minutes === 0 ? {} : { timeout: String(minutes * 60) }),
        }),
        mode: "0644",
        about: "What login shells start with; holds for every new login.",
      },
      {
        path: consoleBanner,
        content: consoleText(answers.get(banner)),
        mode: "0644",
        about: "What everyone reads at the console before logging in.",
      },
    ];
  },
};
