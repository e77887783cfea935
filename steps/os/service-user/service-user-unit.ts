import { dropInFolder } from "../../../src/core/root-folder.ts";
import { change } from "../../../src/model/change.ts";
import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { accounts } from "../../../src/probes/accounts.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { type Workload, type WorkloadUnit, workload } from "../../../src/probes/workload.ts";
import { dropInContent, dropInPath } from "./drop-in.ts";
import { chosenUnits } from "./questions.ts";
import { accountToCome } from "./service-user-account.ts";
import { filesObstacle } from "./service-user-files.ts";
import { integrationNamed, serviceAccount } from "./wanted.ts";

const running = ({ activeState }: WorkloadUnit): boolean => activeState !== "inactive" && activeState !== "failed";

/** What is wrong with how the unit runs; undefined when it runs as `name`, or would. */
const problemOf = (unit: WorkloadUnit, name: string): string | undefined => {
  if (unit.dynamicUser) return undefined;
  if (unit.user !== name) return `${unit.name} runs as ${unit.user}`;
  if (unit.runsAs !== undefined && unit.runsAs !== name)
    return `${unit.name} still runs as ${unit.runsAs}: it needs a restart`;
  if (unit.activeState === "failed" || unit.subState === "auto-restart")
    return `${unit.name} does not run: ${unit.subState}`;
  if (unit.recentRestarts > 0)
    return `${unit.name} does not stay up: started again ${unit.recentRestarts} times by itself`;
  return undefined;
};

/** Why an account without root's rights could not start the unit; undefined when nothing is in the way. */
const unreachable = (services: Workload, unit: WorkloadUnit, group: string): string | undefined => {
  for (const path of [unit.jar, ...unit.configurationFiles, unit.workingDirectory]) {
    if (path === undefined) continue;
    const home = /^\/(?:root|home\/[^/]+)(?=\/|$)/u.exec(path);
    if (home) return `${path} lies in the home folder ${home[0]}: move it below /opt or /etc and change ${unit.name}`;
    const tree = services.trees.find((candidate) => path === candidate.path || path.startsWith(`${candidate.path}/`));
    const barrier = tree?.barriers.find((state) => state.kind !== "missing" && state.group !== group);
    if (barrier?.kind === "directory")
      return `nobody but ${barrier.owner} may pass ${barrier.path} (mode ${barrier.mode}) to ${path}`;
  }
  return undefined;
};

/** systemd.exec(5) User=; NIST AC-6; Lynis BOOT-5264. */
export const serviceUserUnit = control({
  id: "service-user-unit",
  guideline: ["OS-01"],
  title: "The integration runs under its own account",
  failing: "The integration runs with rights it does not need",
  severity: "high",
  risk: "restart",
  rationale:
    "A flaw in a service that runs as root gives away the whole server; under an account of its own it gives away the service. Nothing in an integration needs root.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "Lynis", id: "BOOT-5264" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { known: accounts, services: workload, listening: raw(listeners) },
  applies: ({ services }, answers) => {
    const named = integrationNamed(services, answers);
    if (named !== true) return named;
    return chosenUnits(services, answers).length > 0 || "no service is chosen: service-user.unit is empty";
  },
  inspect: ({ known, services }, answers) => {
    const { name, group } = serviceAccount(known, answers);
    const units = chosenUnits(services, answers);
    const files = filesObstacle(known, services, answers);
    const evidence = units.map((unit) => ({
      asked: `systemctl show -p User -p ActiveState -p SubState ${unit.name}`,
      answered: `User=${unit.user} ActiveState=${unit.activeState} SubState=${unit.subState}${unit.runsAs ? `, process of ${unit.runsAs}` : ""}`,
    }));
    const problems = units.flatMap((unit) => {
      const problem = problemOf(unit, name);
      if (problem === undefined) return [];
      const obstacle = unit.user === name ? undefined : (unreachable(services, unit, group) ?? files);
      return [obstacle === undefined ? problem : `${problem}, and not yet as ${name}: ${obstacle}`];
    });
    return problems.length === 0 ? pass(evidence) : fail(problems.join("; "), evidence);
  },
  plan: ({ known, services, listening }, answers) => {
    const { name, group } = serviceAccount(known, answers);
    if (filesObstacle(known, services, answers) !== undefined) return [];
    return chosenUnits(services, answers)
      .filter((unit) => problemOf(unit, name) !== undefined && unreachable(services, unit, group) === undefined)
      .flatMap((unit) => {
        const sockets = knownValue(listening) ?? [];
        const lowPort = sockets.some(
          ({ port, processes }) => port < 1024 && processes.some((process) => process.unit === unit.name),
        );
        const content = dropInContent({ name, group }, lowPort);
        const _folder = `/etc/systemd/system/${unit.name}.d`;
        const staged = `check-${unit.name.replace(/[^A-Za-z0-9._-]/gu, "-")}`;
        return [
          ...accountToCome(known, answers),
          ...(unit.dropInFolder ? [] : [dropInFolder(unit.name)]),
          change({
            kind: "file",
            phase: "services",
            risk: "restart",
            title: `Run ${unit.name} as ${name}`,
            path: dropInPath(unit.name),
            before: unit.dropIn,
            after: { content, mode: "0644", owner: "root", group: "root" },
            // The unit itself may hold secrets and stays where it is: judged is our addition, around a program that exists.
            checks: [
              {
                argv: ["systemd-analyze", "verify", "--man=no", `@files/${staged}`],
                files: { [staged]: `${content}Type=oneshot\nExecStart=/bin/true\n` },
              },
            ],
          }),
          ...(running(unit)
            ? [
                change({
                  kind: "unit",
                  phase: "services",
                  risk: "restart",
                  title: `Restart ${unit.name}`,
                  unit: unit.name,
                  action: "restarted",
                }),
              ]
            : []),
        ];
      });
  },
  breaks: ({ known, services }, answers) => {
    const { name } = serviceAccount(known, answers);
    return chosenUnits(services, answers)
      .filter((unit) => problemOf(unit, name) !== undefined)
      .flatMap((unit) => [
        ...(running(unit) ? [`${unit.name} restarts: requests under way are cut off`] : []),
        ...(unit.user === "root"
          ? [`${unit.name} loses root's rights: files outside its folders that only root can read`]
          : []),
      ]);
  },
});
