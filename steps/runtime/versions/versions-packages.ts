import { control } from "../../../src/model/control.ts";
import { type Software, software } from "../../../src/probes/software.ts";
import { days } from "./evidence.ts";
import { fine, type Judged, open, verdictOf, wrong } from "./judging.ts";

/** Days after which package lists say too little about what is current. */
const staleLists = 7;

export const upgradeCommand = (manager: Software["manager"], names: readonly string[]): string =>
  manager === "dnf"
    ? `dnf upgrade ${names.join(" ")}`
    : `apt-get update && apt-get install --only-upgrade ${names.join(" ")}`;

/** What an integration stands on: Java, TLS, the C library, certificates, a proxy in front. */
export const versionsPackages = control({
  id: "versions-packages",
  guideline: ["RT-01", "OS-06"],
  title: "No update waits for the packages that integrations stand on",
  failing: "Updates wait for packages that integrations stand on",
  severity: "high",
  risk: "none",
  rationale:
    "Java, OpenSSL, the C library and the proxy handle what strangers send. An update that waits is a hole whose description is public. An upgrade cannot be undone to the byte (the old package may be gone from the mirror, its scripts have run), so it is no part of a transaction: the command is named for your maintenance window.",
  references: [
    { source: "CIS RHEL 9", id: "1.2.2.1" },
    { source: "STIG RHEL 9", id: "RHEL-09-211015" },
    { source: "NIST 800-53", id: "SI-2(5)" },
    { source: "Lynis", id: "PKGS-7392" },
  ],
  needs: { software },
  applies: ({ software }) => software.packages.length > 0 || "none of the packages it looks for is installed here",
  inspect: ({ software }) => {
    const { manager, packages, updates, listsFetched, now } = software;
    const age = listsFetched === undefined ? undefined : Math.floor((now - listsFetched) / 86_400);
    const held = packages.filter((one) => one.held).map(({ name }) => name);
    const evidence = [
      {
        asked: manager === "dnf" ? "rpm -qa; dnf -q -C check-update" : "dpkg-query -W; apt-cache policy",
        answered: packages.map(({ name, version }) => `${name} ${version}`).join("; "),
      },
      {
        asked: "age of the package lists, which are not refreshed from here",
        answered: age === undefined ? "never fetched" : days(age),
      },
    ];
    const judge = (): Judged => {
      if (!updates.known) return open(updates.reason);
      if (updates.pending.length > 0) {
        const named = updates.pending.map(({ name, installed, candidate }) => `${name} ${installed} -> ${candidate}`);
        const keeping = held.length === 0 ? "" : `; held back: ${held.join(", ")}`;
        const command = upgradeCommand(
          manager,
          updates.pending.map(({ name }) => name),
        );
        return wrong(`${named.join("; ")}${keeping}: ${command}`);
      }
      if (age === undefined || age > staleLists) {
        return open(
          `the package lists are ${age === undefined ? "of unknown age" : `${days(age)} old`}: fetch them, then ask again`,
        );
      }
      return fine(
        updates.scope === "security"
          ? "by the lists of security and stable updates; apt has no cache of the others at the moment"
          : undefined,
      );
    };
    return verdictOf(judge(), evidence);
  },
  plan: () => [],
});
