import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { loginProfile, timeoutIn } from "./profile.ts";
import { sessionMinutes } from "./questions.ts";

/** TMOUT of bash(1); CIS Debian 12 5.4.3.2. */
export const sessionTimeout = control({
  id: "accounts-session-timeout",
  guideline: ["OS-10"],
  title: "A shell that nobody uses ends by itself",
  failing: "A shell that nobody uses stays open",
  severity: "low",
  risk: "none",
  rationale:
    "A root shell left open at the console or in a terminal multiplexer belongs to whoever comes by. A program that runs in it is not touched: only an idle prompt counts.",
  references: [
    { source: "CIS Debian 12", id: "5.4.3.2" },
    { source: "CIS Debian 13", id: "5.4.3.2" },
    { source: "CIS Ubuntu 22.04", id: "5.4.3.2" },
    { source: "CIS Ubuntu 24.04", id: "5.4.3.2" },
    { source: "CIS RHEL 9", id: "5.4.3.2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-412030" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-200060" },
    { source: "STIG RHEL 9", id: "RHEL-09-412035" },
    { source: "NIST 800-53", id: "AC-12" },
    { source: "NIST 800-53", id: "SC-10" },
    { source: "NIST 800-53", id: "AC-2(5)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "AUTH-9328" },
    { source: "man", id: "bash(1)" },
  ],
  needs: { policy },
  applies: (_, answers) =>
    answers.get(sessionMinutes) > 0 || "idle shells are meant to stay (accounts.session-minutes is 0)",
  inspect: ({ policy: seen }, answers) => {
    const limit = answers.get(sessionMinutes) * 60;
    const found = [...seen.files]
      .filter(([path]) => path === "/etc/profile" || path.startsWith("/etc/profile.d/") || path.endsWith("bashrc"))
      .flatMap(([path, { content }]) => {
        const seconds = timeoutIn(content);
        return seconds === undefined ? [] : [{ path, seconds }];
      });
    const evidence = [
      {
        asked: "TMOUT in /etc/profile, profile.d and bashrc",
        answered: found.map(({ path, seconds }) => `${path}: ${seconds}`).join("\n") || "not set",
      },
    ];
    if (found.length === 0) return fail("TMOUT is not set", evidence);
    const bad = found.filter(({ seconds }) => seconds <= 0 || seconds > limit);
    return bad.length === 0
      ? pass(evidence)
      : fail(bad.map(({ path, seconds }) => `${path}: TMOUT=${seconds}`).join("; "), evidence);
  },
  plan: ({ policy: seen }, answers) =>
    // Set elsewhere too, the two would be at odds: whoever set it there has to decide.
    [...seen.files].some(
      ([path, { content }]) =>
        !path.includes("drawbridge") && /profile|bashrc/u.test(path) && timeoutIn(content) !== undefined,
    )
      ? []
      : [fragment(loginProfile, { kind: "timeout", value: String(answers.get(sessionMinutes) * 60) })],
  breaks: (_, answers) => [
    `a shell at its prompt for ${answers.get(sessionMinutes)} minutes logs out, with what was typed and not run`,
  ],
});
