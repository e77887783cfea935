import { control, fragment } from "../../../src/model/control.ts";
import { pass, unknownVerdict } from "../../../src/model/finding.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { unitFiles } from "../../../src/probes/unit-files.ts";
import { listOf, splitWords, type UnitLine } from "../../../src/systemd/unit-file.ts";
import { appliesToServed, type Served, served, verdictOn } from "../jvm/served.ts";
import { isStale, unitAdditions, unitLines } from "../unit.ts";
import { answeredRung, sandboxWritable } from "./questions.ts";
import {
  directivesUpTo,
  ground,
  heightOf,
  ladderNames,
  rungMark,
  rungs,
  type SandboxContext,
  topRung,
} from "./rungs.ts";
import { writtenFolders } from "./written-folders.ts";

const isHome = (path: string | undefined): boolean => /^\/(?:home|root|run\/user)(?:\/|$)/u.test(path ?? "");

export const contextOf = ({ integration, unit }: Served, answers: AnswerReader): SandboxContext => ({
  lowPort: integration.sockets.some(({ port }) => port < 1024),
  home: [
    integration.jar?.path,
    integration.workingDirectory,
    integration.java?.home,
    ...integration.configuration.files.map(({ path }) => path),
    ...integration.stores.map(({ path }) => path),
  ].some(isHome),
  writable: [...new Set([...writtenFolders({ integration, unit }), ...answers.get(sandboxWritable)])].toSorted(),
});

/** What a directive amounts to over all files of the unit, as a list; undefined when nothing assigns it. */
const assigned = (lines: readonly UnitLine[], name: string): readonly string[] | undefined =>
  lines.some((line) => line.section === "Service" && line.name === name) ? listOf(lines, name) : undefined;

const adds = new Set(["SystemCallFilter", "RestrictAddressFamilies", "CapabilityBoundingSet", "AmbientCapabilities"]);

const inForce = (lines: readonly UnitLine[], wanted: readonly UnitLine[], name: string): boolean => {
  const found = assigned(lines, name);
  const expected = listOf(wanted, name);
  if (found === undefined) return false;
  if (name === "ReadWritePaths") {
    // More than is derived today may have been derived yesterday, from files that are closed now.
    const paths = new Set(found.flatMap((value) => splitWords(value).map((word) => word.value)));
    return expected.every((value) => splitWords(value).every((word) => paths.has(word.value)));
  }
  return adds.has(name) ? found.join(" ") === expected.join(" ") : found.at(-1) === expected.at(-1);
};

/** Directives of the wanted rungs that the unit does not have so. */
export const missingDirectives = (
  each: Served,
  answers: AnswerReader,
  rung = answeredRung(answers, each.unit.name),
): readonly string[] => {
  const wanted = directivesUpTo(rung, contextOf(each, answers));
  const lines = unitLines(each.unit);
  return [...new Set(wanted.map(({ name }) => name))].filter((name) => {
    return !inForce(lines, wanted, name);
  });
};

/** What its own drop-in allows to be written already: kept, see `inForce`. */
const earlierPaths = ({ unit }: Served): readonly string[] =>
  listOf(
    unitLines({ ...unit, files: unit.files.filter(({ path }) => path.endsWith("/zz-drawbridge-runtime.conf")) }),
    "ReadWritePaths",
  ).flatMap((value) => splitWords(value).map((word) => word.value.replace(/^[-+]+/u, "").replaceAll("%%", "%")));

/** How high a service stands now, whatever was answered: 0 on the ground. */
export const heightNow = (each: Served, answers: AnswerReader): number => {
  const first = rungs.findIndex(({ id }) => missingDirectives(each, answers, id).some((name) => name !== rungMark));
  return isStale(each.unit) ? 0 : first < 0 ? rungs.length : first;
};

const problemOf = (each: Served, answers: AnswerReader): string | undefined => {
  const missing = missingDirectives(each, answers);
  if (missing.length > 0) {
    return missing.length > 6
      ? "has next to no sandbox"
      : `its sandbox lacks ${missing.map((name) => `${name}=`).join(", ")}`;
  }
  return isStale(each.unit) ? "its sandbox counts from the next start only" : undefined;
};

/** systemd.exec(5), "Sandboxing"; Lynis BOOT-5264; NIST AC-6, SC-39. */
export const sandboxUnit = control({
  id: "sandbox-unit",
  guideline: ["RT-14", "RT-13"],
  title: "Every integration runs in a sandbox that leaves it what it needs",
  failing: "An integration may do whatever its account may",
  severity: "medium",
  risk: "restart",
  rationale:
    "Whoever breaks into a program uses what the program does not: other accounts' files, raw sockets, kernel interfaces, setuid programs. systemd takes all that away and the program does not notice; that it does not is checked while it happens.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "SC-39" },
    { source: "Lynis", id: "BOOT-5264" },
    { source: "man", id: "systemd.exec(5)" },
  ],
  needs: { here: integrations, units: unitFiles },
  applies: appliesToServed,
  inspect: (facts, answers) => {
    const all = served(facts, answers);
    const verdict = verdictOn(
      all,
      (each) => problemOf(each, answers),
      ({ unit }) => ({
        asked: `systemctl cat ${unit.name}; /proc/${unit.process?.pid ?? "PID"}/status`,
        answered: `rung ${answeredRung(answers, unit.name)}${
          unit.process === undefined
            ? ", not running"
            : `; NoNewPrivs ${unit.process.noNewPrivileges ? 1 : 0}, Seccomp ${unit.process.filtered ? 2 : 0}, CapBnd ${unit.process.powerless ? "0" : "not 0"}`
        }`,
      }),
    );
    const lower = all.filter(({ unit }) => answeredRung(answers, unit.name) !== topRung);
    if (verdict.result !== "pass" || lower.length === 0) return verdict;
    const bare = lower.filter(({ unit }) => answeredRung(answers, unit.name) === ground);
    if (bare.length > 0) {
      return unknownVerdict(
        `${bare.map(({ unit }) => unit.name).join(", ")} works on no rung of the sandbox: only its maker can say what it needs`,
        verdict.evidence,
      );
    }
    return pass(
      verdict.evidence,
      lower
        .map(({ unit }) => {
          const height = heightOf(answeredRung(answers, unit.name));
          return `${unit.name} stands on rung ${height} of ${rungs.length} (${answeredRung(answers, unit.name)}): the next one does not work for it`;
        })
        .join("; "),
    );
  },
  plan: (facts, answers) =>
    served(facts, answers).map((each) => {
      const context = contextOf(each, answers);
      const writable = [...new Set([...context.writable, ...earlierPaths(each)])].toSorted();
      return fragment(unitAdditions, {
        unit: each.unit.name,
        owns: [...ladderNames, rungMark],
        directives: directivesUpTo(answeredRung(answers, each.unit.name), { ...context, writable }),
      });
    }),
  breaks: (facts, answers) =>
    served(facts, answers).flatMap((each) =>
      missingDirectives(each, answers).length === 0
        ? []
        : [
            `${each.unit.name} loses ${rungs
              .slice(0, heightOf(answeredRung(answers, each.unit.name)))
              .slice(-3)
              .map(({ takes }) => takes)
              .join(
                "; ",
              )}. What it does only now and then is not seen by the check: drawbridge sandbox climbs step by step`,
          ],
    ),
});
