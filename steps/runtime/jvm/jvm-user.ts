import { control } from "../../../src/model/control.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { appliesToServed, type Served, served, verdictOn } from "./served.ts";

const problemOf = ({ integration }: Served): string | undefined =>
  integration.user === "root" ? "its JVM runs as root: see the service user, which gives it an account" : undefined;

/** What the account is, and its files, is the service user's step; here: what the running JVM really is. */
export const jvmUser = control({
  id: "jvm-user",
  guideline: ["RT-13", "RT-14"],
  title: "No integration runs as root",
  failing: "An integration runs as root",
  severity: "high",
  risk: "none",
  rationale:
    "A flaw in a program that runs as root gives away the whole server, the other integrations included. The service user's step gives it an account; this finding is about the process that runs right now.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) =>
    verdictOn(served(facts, answers), problemOf, ({ integration }) => ({
      asked: `account of process ${integration.pid ?? "(not running)"} of ${integration.id}`,
      answered: integration.user,
    })),
  plan: () => [],
});
