import { control, fragment } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { coreLimitIn, loginProfile } from "./profile.ts";

/** In the order in which a login shell reads them: bash(1), profile.d by name. */
const startUp = (path: string): boolean => path === "/etc/profile" || /^\/etc\/profile\.d\/[^/]+\.sh$/u.test(path);

/**
 * ulimit(1p). limits.conf (`kernel-core-dumps`) is read by pam_limits alone: a shell that came another way (a container's exec,
 * sshd without PAM, a serial console's own login) has no limit from there, and reads the profile all the same.
 */
export const shellCoreDumps = control({
  id: "accounts-shell-core-dumps",
  guideline: ["OS-14"],
  title: "What a login shell starts leaves no memory behind",
  failing: "What a login shell starts may leave its memory on disk",
  severity: "low",
  risk: "none",
  rationale:
    "A core dump is the whole memory of a program, keys and passwords included. Limits are set at login by a module that not every way into the machine asks; the shell sets the same limit for itself and for whatever is started from it.",
  references: [
    { source: "CIS Debian 12", id: "1.5.3" },
    { source: "CIS Debian 13", id: "1.5.4" },
    { source: "NIST 800-53", id: "SC-7(10)" },
    { source: "Lynis", id: "KRNL-5820" },
    { source: "man", id: "ulimit(1p)" },
  ],
  needs: { policy },
  inspect: ({ policy: seen }) => {
    const last = [...seen.files]
      .filter(([path]) => startUp(path))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, { content }]) => {
        const limit = coreLimitIn(content);
        return limit === undefined ? [] : [{ path, limit }];
      })
      .at(-1);
    const answered = last === undefined ? "not set" : `${last.path}: ${last.limit}`;
    return passWhen(
      last?.limit === "0",
      [{ asked: "ulimit -c in /etc/profile and profile.d", answered }],
      last === undefined ? "no profile limits core dumps" : `${last.path} sets ulimit -c ${last.limit}`,
    );
  },
  plan: () => [fragment(loginProfile, { kind: "core", value: "0" })],
  breaks: () => ["a program started from a shell that crashes leaves no core dump: ulimit -c in that shell allows one"],
});
