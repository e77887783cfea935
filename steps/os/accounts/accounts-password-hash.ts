import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { policy } from "../../../src/probes/policy.ts";
import { accountDefaults, defaultOf } from "./composer.ts";

const good = ["YESCRYPT", "SHA512"];

/** crypt(5), login.defs(5); CIS Debian 12 5.4.1.4. pam_unix(8) decides for passwd(1), ENCRYPT_METHOD for the other tools. */
export const passwordHash = control({
  id: "accounts-password-hash",
  guideline: ["OS-10"],
  title: "Passwords are kept in a form that is slow to guess",
  failing: "Passwords are kept in a form that is quick to guess",
  severity: "medium",
  risk: "none",
  rationale:
    "Whoever gets hold of the shadow file tries words against it. With yescrypt every try costs time and memory; with the old forms a graphics card tries billions a second.",
  references: [
    { source: "CIS Debian 12", id: "5.4.1.4" },
    { source: "CIS Debian 13", id: "5.4.1.4" },
    { source: "CIS Ubuntu 22.04", id: "5.4.1.4" },
    { source: "CIS Ubuntu 24.04", id: "5.4.1.4" },
    { source: "CIS RHEL 9", id: "5.4.1.4" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-611070" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-400400" },
    { source: "STIG RHEL 9", id: "RHEL-09-611140" },
    { source: "NIST 800-53", id: "IA-5(c)" },
    { source: "NIST 800-53", id: "IA-5(1)(c)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "Lynis", id: "AUTH-9230" },
    { source: "man", id: "crypt(5)" },
  ],
  needs: { policy },
  applies: (facts) => facts.policy.files.has("/etc/login.defs") || "there is no /etc/login.defs",
  inspect: ({ policy: seen }) => {
    const method = defaultOf(seen, "/etc/login.defs", "ENCRYPT_METHOD");
    const stack = [...seen.files]
      .filter(([path]) => /\/(?:common-password|system-auth|password-auth)$/u.test(path))
      .flatMap(([path, { content }]) =>
        content
          .split("\n")
          .filter((line) => /^\s*password\s.*pam_unix\.so/u.test(line))
          .map((line) => ({ path, line: line.trim() })),
      );
    // Debian 12 ships SHA512 here beside yescrypt in PAM: the stronger of the two is what passwd(1) writes.
    const wanted = stack.some(({ line }) => /\byescrypt\b/u.test(line)) ? ["YESCRYPT"] : good;
    const weak = stack.filter(({ line }) => !/\b(?:yescrypt|sha512|gost_yescrypt)\b/u.test(line));
    const old = seen.ageing.filter(({ hash }) => hash === "md5" || hash === "des");
    const evidence = [
      { asked: "ENCRYPT_METHOD in login.defs", answered: method ?? "not set" },
      ...stack.map(({ path, line }) => ({ asked: path, answered: line })),
    ];
    const problems = [
      ...(wanted.includes(method?.toUpperCase() ?? "") ? [] : [`ENCRYPT_METHOD is ${method ?? "not set"}`]),
      ...weak.map(({ path }) => `${path} names no strong method`),
      ...(old.length > 0 ? [`old hashes of ${old.map(({ user }) => user).join(", ")}: they need a new password`] : []),
    ];
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ policy: seen }) => {
    const yescrypt = [...seen.files.values()].some(({ content }) =>
      /^\s*password\s.*pam_unix\.so.*\byescrypt\b/mu.test(content),
    );
    // Hashes of old passwords and a weak stack are beyond a line in login.defs.
    if (seen.ageing.some(({ hash }) => hash === "md5" || hash === "des")) return [];
    return [
      fragment(accountDefaults, {
        file: "/etc/login.defs",
        key: "ENCRYPT_METHOD",
        value: yescrypt ? "YESCRYPT" : "SHA512",
      }),
    ];
  },
});
