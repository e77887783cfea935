import { described, openSettings } from "./found.ts";
import { secretControl } from "./judgement.ts";

const statOf = (integration: Parameters<typeof openSettings>[0], file: string): string =>
  `${described(integration.configuration.files.find(({ path }) => path === file)?.stat)} `;

/** Guideline: no secret in a Config.toml that others, or the program itself, can open or change. */
export const secretInConfiguration = secretControl({
  id: "secret-in-configuration",
  kind: "configuration",
  title: "Passwords of the integration are not in a configuration file that others can read or the program can change",
  failing: "Passwords lie open in a configuration file",
  severity: "high",
  rationale:
    "A Config.toml is copied, mailed and committed, and every account that can read it has the passwords in it. Ballerina does not encrypt values: what is written there is what an attacker gets. Secrets belong into a file or credential of their own, listed before the rest in BAL_CONFIG_FILES.",
  references: [
    { source: "NIST 800-53", id: "IA-5(7)" },
    { source: "NIST 800-53", id: "AC-6" },
    { source: "CWE", id: "CWE-256" },
  ],
  asked: ({ configuration }) =>
    configuration.files.length === 0
      ? "its configuration files"
      : `stat and keys of ${configuration.files.map(({ path }) => path).join(", ")}`,
  found: openSettings,
  state: statOf,
});
