import { few } from "../../../src/core/few.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import { passWhen } from "../../../src/model/finding.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { raw } from "../../../src/model/probe.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import {
  completionFiles,
  controlPlanePaths,
  type InstalledPath,
  type Software,
  software,
} from "../../../src/probes/software.ts";

type Entry = InstalledPath;
type Attributes = { readonly mode: string; readonly owner: string; readonly group: string };

const octal = (bits: number): string => bits.toString(8).padStart(4, "0");

/** Who runs the Integration Control Plane, and has to write there once the world no longer may. */
const controlPlaneUser = (here: Fact<WhatRunsHere>): string | undefined =>
  knownValue(here)?.integrations.find(({ kind }) => kind === "icp")?.user;

/**
 * What it should be like. Shell completion: root's, readable. Data of the control plane: its own account's alone; what
 * else the world may write: not writable for it. undefined: it is fine.
 */
const wantedOf = (entry: Entry, user: string | undefined): Attributes | undefined => {
  const bits = Number.parseInt(entry.mode, 8);
  if (completionFiles.some((path) => path === entry.path)) {
    const right = (bits & 0o022) === 0 && entry.owner === "root";
    return right ? undefined : { mode: "0644", owner: "root", group: "root" };
  }
  if (controlPlanePaths.some((path) => entry.path === path || entry.path.startsWith(`${path}/`))) {
    // Without its own account there its data would become unwritable for it, so the account gets it.
    const owner = user ?? entry.owner;
    const wrong = (bits & 0o007) !== 0 || (user !== undefined && user !== "root" && entry.owner !== user);
    return wrong ? { mode: octal(bits & 0o770), owner, group: entry.group } : undefined;
  }
  const sticky = entry.kind === "directory" && (bits & 0o1000) !== 0;
  return (bits & 0o002) !== 0 && !sticky
    ? { mode: octal(bits & ~0o002), owner: entry.owner, group: entry.group }
    : undefined;
};

const wrongOnes = ({ installed }: Software, here: Fact<WhatRunsHere>) => {
  const user = controlPlaneUser(here);
  return installed.flatMap((entry) => {
    const after = wantedOf(entry, user);
    return after === undefined ? [] : [{ entry, after }];
  });
};

/** Installers of Ballerina (postinst, chmod 766) and WSO2 Integrator (postinst, chmod -R a+rwX). */
export const toolsInstallerPermissions = control({
  id: "tools-installer-permissions",
  guideline: ["RT-03", "RT-14", "OS-01"],
  title: "Nothing that Ballerina's installers made can be changed by everybody",
  failing: "Ballerina's installers left files that everybody can change",
  severity: "high",
  risk: "none",
  rationale:
    "Ballerina's package makes its shell completion writable for everybody, and whoever presses TAB after bal runs it, root included: any account becomes root that way. WSO2 Integrator's package does the same to the database, the logs and the web configuration of its control plane.",
  references: [
    { source: "CIS Debian 12", id: "7.1.11" },
    { source: "CIS Debian 13", id: "7.1.11" },
    { source: "CIS Ubuntu 22.04", id: "7.1.11" },
    { source: "CIS Ubuntu 24.04", id: "7.1.11" },
    { source: "CIS RHEL 9", id: "7.1.11" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-6362" },
  ],
  needs: { software, here: raw(integrations) },
  applies: ({ software }) =>
    software.installed.length > 0 || "nothing of Ballerina's or WSO2 Integrator's installers is here",
  inspect: ({ software, here }) => {
    const wrong = wrongOnes(software, here);
    const shown = (wrong.length > 0 ? wrong.map(({ entry }) => entry) : software.installed).slice(0, 12);
    return passWhen(
      wrong.length === 0,
      [
        {
          asked: `stat -c '%a %U:%G %n' ${completionFiles[0]} and the control plane's data`,
          answered: shown.map(({ mode, owner, group, path }) => `${mode} ${owner}:${group} ${path}`).join("\n"),
        },
      ],
      `${few(
        wrong.map(({ entry }) => `${entry.path} (${entry.mode})`),
        3,
      )}${software.installedCut ? "; there are more than could be looked at" : ""}`,
    );
  },
  plan: ({ software, here }) =>
    wrongOnes(software, here).map(({ entry, after }) =>
      change({
        kind: "permissions",
        phase: "files",
        risk: "none",
        title: completionFiles.some((path) => path === entry.path)
          ? "Shell completion of bal: only root may change it"
          : "Not everybody may change it",
        path: entry.path,
        before: { mode: entry.mode, owner: entry.owner, group: entry.group },
        after,
      }),
    ),
  breaks: ({ software, here }) => {
    const touchesControlPlane = wrongOnes(software, here).some(({ entry }) =>
      controlPlanePaths.some((path) => entry.path.startsWith(path)),
    );
    return touchesControlPlane && controlPlaneUser(here) === undefined
      ? [
          "the Integration Control Plane does not run now: started by an account that owns none of its data, it could not write there",
        ]
      : [];
  },
});
