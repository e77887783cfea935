import type { Step } from "../../../src/model/step.ts";
import { emptyPasswordLogins } from "./authentication-empty-passwords.ts";
import { lockout } from "./authentication-lockout.ts";
import { passwordHistory } from "./authentication-password-history.ts";
import { passwordQuality } from "./authentication-password-quality.ts";
import { su } from "./authentication-su.ts";
import { sudoDefaults, sudoDefaultsContent } from "./authentication-sudo.ts";
import { lockoutMinutes, lockoutTries, passwordLength, sudoMinutes, suUsers } from "./questions.ts";
import { qualityContent } from "./stack.ts";

export const authentication: Step = {
  id: "authentication",
  category: "os",
  title: "Passwords and sudo",
  intro: "Makes passwords hard to guess, and has sudo write down who did what.",
  questions: [lockoutTries, lockoutMinutes, passwordLength, suUsers, sudoMinutes],
  controls: [lockout, passwordQuality, passwordHistory, emptyPasswordLogins, su, sudoDefaults],
  generate: (answers) => [
    {
      path: "/etc/security/pwquality.conf",
      content: qualityContent("", answers.get(passwordLength)),
      mode: "0644",
      about: "How a new password has to look; needs libpam-pwquality.",
    },
    {
      path: "/etc/sudoers.d/zz-drawbridge-defaults",
      content: sudoDefaultsContent(answers.get(sudoMinutes)),
      mode: "0440",
      about: "What sudo does for everybody; check first: visudo -c -f FILE",
    },
  ],
};
