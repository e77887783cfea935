import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { raw } from "../../../src/model/probe.ts";
import { audit, auditState } from "../../../src/probes/audit.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { networkState, networkStateProgram } from "../../../src/probes/network-state.ts";
import { auditChanges, auditFiles, isThere, runs } from "../../runtime/sandbox/runtime-audit-timer.ts";
import { programChanges } from "../baseline/record.ts";
import { portsAccept, portsWatch } from "./questions.ts";
import { acceptance, isAboutNetwork } from "./watch.ts";

/** Without an integration nothing else than ports and routes is looked at. */
const nothingElse = "";

/** Where an integration runs as a service, the same timer is set up by runtime-audit-timer, with more to look at. */
const isElsewhere = (
  here: ReturnType<typeof knownValue<{ readonly integrations: readonly { readonly unit: unknown }[] }>>,
) => (here?.integrations ?? []).some(({ unit }) => unit !== undefined);

/** NIST CM-3, CM-7(1); systemd.timer(5). The daily look of the sandbox's step, also where no integration runs. */
export const openPortsWatched = control({
  id: "open-ports-watched",
  guideline: ["NW-03"],
  title: "Every day the machine looks which ports and routes are new",
  failing: "New ports and routes go unnoticed, or there are some",
  severity: "low",
  risk: "none",
  rationale:
    "An audit shows one day. A look every day shows what has come since the last one: a debug port, a tunnel, a service that an update switched on. It tells the journal and makes its unit a failed one, which monitoring sees; nothing is sent anywhere.",
  references: [
    { source: "NIST 800-53", id: "CM-7(1)" },
    { source: "NIST 800-53", id: "CM-3" },
  ],
  needs: { audit, here: raw(integrations), state: raw(networkState) },
  applies: (_facts, answers) => answers.get(portsWatch) || "nobody asked for a daily look (open-ports.watch)",
  inspect: ({ audit: seen, here, state }) => {
    const found = seen.changes.filter(isAboutNetwork);
    const when =
      seen.lastRun === undefined ? "not yet" : `${new Date(seen.lastRun * 1000).toISOString().slice(0, 16)}Z`;
    const evidence = [
      {
        asked: `systemctl show drawbridge-audit.timer; cat ${auditState}/report`,
        answered: `timer ${seen.timer || "missing"}; last run ${when}${found.length === 0 ? "" : `\n${found.slice(0, 20).join("\n")}`}`,
      },
    ];
    if (!runs(seen)) {
      const where = isElsewhere(knownValue(here)) ? " (runtime-audit-timer sets it up)" : "";
      return fail(`no timer looks at them${where}`, evidence);
    }
    const wrong = auditFiles(nothingElse).find((file) => !file.path.endsWith(".list") && !isThere(seen, file));
    if (wrong !== undefined) return fail(`${wrong.path} is not this version's`, evidence);
    if (state.state === "known" && programChanges(state.value).length > 0)
      return fail(`${networkStateProgram} is missing: routes are not looked at`, evidence);
    if (found.length > 0) {
      return fail(
        `since the last look: ${few(found, 3)}. If that is as it should be: --set open-ports.accept=yes`,
        evidence,
      );
    }
    return pass(evidence, `last run ${when}: nothing new`);
  },
  plan: ({ audit: seen, here, state }, answers) => [
    ...(state.state === "known" ? programChanges(state.value) : []),
    ...(isElsewhere(knownValue(here))
      ? []
      : auditChanges(
          seen,
          auditFiles(nothingElse).map((file) =>
            // A list that is there already is somebody's: it stays.
            file.path.endsWith(".list")
              ? { ...file, content: seen.files.get(file.path)?.content ?? file.content }
              : file,
          ),
        )),
    ...(answers.get(portsAccept) ? acceptance(seen) : []),
  ],
});
