import { commandLineSecrets } from "./found.ts";
import { secretControl } from "./judgement.ts";

/** Guideline: nothing secret on a command line, which ps shows to everyone. proc(5) */
export const secretInCommandLine = secretControl({
  id: "secret-in-command-line",
  kind: "command line",
  title: "No password is on the integration's command line",
  failing: "A password is on the integration's command line",
  severity: "critical",
  rationale:
    "Every account of the machine sees every command line with ps, and monitoring agents collect them. A value given with -C, or a key store's password given with -D, is public there for as long as the program runs.",
  references: [
    { source: "man", id: "proc(5)" },
    { source: "NIST 800-53", id: "IA-5(7)" },
    { source: "CWE", id: "CWE-214" },
  ],
  asked: ({ pid }) => (pid === undefined ? "ExecStart= of its unit" : `tr '\\0' ' ' </proc/${pid}/cmdline`),
  found: (integration) =>
    commandLineSecrets(integration).map(({ name }) => ({
      file: integration.pid === undefined ? "its command" : "its command line",
      name,
    })),
});
