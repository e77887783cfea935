import { rootFolder } from "../../../src/core/root-folder.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { fail, notApplicable, pass } from "../../../src/model/finding.ts";
import { type Closures, closures, records, recordsFile } from "../../../src/probes/closures.ts";

const wantedOf = (path: string) => records[path] ?? { mode: "0600", group: "root" };

/**
 * Of the logs what the machine has: they come back at every boot where tmpfiles.d(5) says so. The copies of databases all of them:
 * one that is not there yet is made by the first tool that changes an account, systemd-sysusers(8) at a boot included.
 */
const content = (found: Closures["records"]): string =>
  [
    "# Written by drawbridge. Sorts first, so these lines win over those of packages: tmpfiles.d(5).",
    ...Object.keys(records)
      .filter((path) => path.startsWith("/etc/") || found.some((each) => each.path === path))
      .map(
        (path) =>
          `${path.startsWith("/etc/") ? "z" : "f"} ${path} ${wantedOf(path).mode} root ${wantedOf(path).group ?? "-"} -`,
      ),
    // Logs that their programs make readable for everybody at every start, whatever umask says.
    "z /var/log/aide/aideinit.* 0640 - - -",
    "z /var/log/unattended-upgrades/*.log 0640 - - -",
    "",
  ].join("\n");

const octal = (mode: string): number => Number.parseInt(mode, 8);

/**
 * tmpfiles.d(5), shadow(5), wtmp(5); CIS Debian 13 7.1.6, 7.1.8. The copies are made anew with the database's own mode whenever an
 * account changes, so what counts is that every boot closes them again: a control that failed after each new account would
 * only teach people to ignore it.
 */
export const loginRecords = control({
  id: "files-login-records",
  guideline: ["OS-11"],
  title: "Copies of hashes, and who logged in when, are for root alone",
  failing: "Copies of hashes or records of logins are open to others",
  severity: "low",
  risk: "none",
  rationale:
    "The copies that account tools keep hold the same hashes as the databases, and no program but those tools reads them. Who logs in from where and when tells an intruder whose account to wait for.",
  references: [
    { source: "CIS Debian 13", id: "7.1.6" },
    { source: "CIS Debian 13", id: "7.1.8" },
    { source: "CIS Debian 12", id: "6.2.4.1" },
    { source: "man", id: "tmpfiles.d(5)" },
  ],
  needs: { closures },
  inspect: ({ closures: seen }) => {
    if (seen.records.length === 0) return notApplicable("there are no such files here");
    const written = seen.files.get(recordsFile)?.content;
    const evidence = [
      { asked: `cat ${recordsFile}`, answered: written?.trim() ?? "no such file" },
      {
        asked: "stat",
        answered: seen.records.map(({ path, mode, owner, group }) => `${mode} ${owner}:${group} ${path}`).join("\n"),
      },
    ];
    const missing = seen.records.filter(({ path }) => !(written ?? "").includes(` ${path} ${wantedOf(path).mode} `));
    return missing.length === 0
      ? pass(evidence)
      : fail(`nothing closes ${missing.map(({ path }) => path).join(", ")} at boot`, evidence);
  },
  plan: ({ closures: seen }) => [
    ...(seen.folders.includes("/etc/tmpfiles.d")
      ? []
      : [rootFolder("A folder for what every boot puts right", "/etc/tmpfiles.d")]),
    change({
      kind: "file",
      phase: "files",
      risk: "none",
      title: "Copies of hashes and records of logins: closed at every boot",
      path: recordsFile,
      before: seen.files.get(recordsFile) ?? null,
      after: { content: content(seen.records), mode: "0644", owner: "root", group: "root" },
    }),
    ...seen.records.flatMap(({ path, mode, owner, group }) => {
      const wanted = wantedOf(path);
      const after = (octal(mode) & octal(wanted.mode)).toString(8).padStart(4, "0");
      const wantedGroup = wanted.group ?? group;
      return after === mode && owner === "root" && group === wantedGroup
        ? []
        : [
            change({
              kind: "permissions",
              phase: "files",
              risk: "none",
              title: `${path}: closed to others`,
              path,
              before: { mode, owner, group },
              after: { mode: after, owner: "root", group: wantedGroup },
            }),
          ];
    }),
  ],
  breaks: () => ["last(1), lastlog(8) and faillog(8) show nothing to people without root's rights"],
});
