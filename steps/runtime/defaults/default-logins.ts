import { control } from "../../../src/model/control.ts";
import { fail, pass, unknownVerdict } from "../../../src/model/finding.ts";
import { defaultLogins as probe } from "../../../src/probes/default-logins.ts";
import { tryLogins } from "./questions.ts";

/** The only way to know: a password in a database is hashed. Nothing is tried without a yes. */
export const defaultLogins = control({
  id: "default-logins",
  guideline: ["RT-06"],
  title: "No console lets in the account that everybody knows",
  failing: "A console lets in the account that everybody knows",
  severity: "critical",
  risk: "none",
  rationale:
    "Consoles come with a first account whose password is in their documentation, and it is the first thing that anybody tries. Whoever gets in there sees and stops every integration. Change the password in the console itself: it is kept in its database, where nothing here can write.",
  references: [{ source: "NIST 800-53", id: "IA-5(5)" }],
  needs: { logins: probe },
  applies: (_, answers) =>
    answers.get(tryLogins) || "nobody asked for logins to be tried: --set defaults.try-logins=true does",
  inspect: ({ logins }) => {
    const { tried, attempts, unable } = logins;
    const evidence = [
      {
        asked: "one login per console with its documented first account, from this machine to itself",
        answered:
          attempts.map(({ what, url, user, status }) => `${what} ${url} as ${user}: ${status}`).join("; ") ||
          "no console listens here",
      },
    ];
    if (!tried) return unknownVerdict("it was answered after the machine was looked at: inspect again", evidence);
    if (unable !== undefined) return unknownVerdict(`no login could be tried: ${unable}`, evidence);
    const open = attempts.filter(({ status }) => status === "200" || status === "201");
    if (open.length > 0) {
      return fail(
        [...new Set(open.map(({ what, url, user }) => `${what} at ${url} lets ${user} in`))].join("; "),
        evidence,
      );
    }
    const answered = new Set(attempts.filter(({ status }) => status !== "000").map(({ what }) => what));
    const silent = [...new Set(attempts.map(({ what }) => what))].filter((what) => !answered.has(what));
    return silent.length > 0
      ? unknownVerdict(`${silent.join(", ")} did not answer over http or https`, evidence)
      : pass(evidence);
  },
  plan: () => [],
});
