import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { Integration } from "../../../src/model/integration.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { fullPictureLines, pictureText } from "../../../src/workload/picture.ts";

const isLoose = ({ unit, pid, container }: Integration): boolean =>
  unit === undefined && pid !== undefined && !container;

/** systemd.service(5): only a service has an account, limits, a sandbox, a journal and a restart of its own. */
export const workloadService = control({
  id: "workload-service",
  guideline: ["RT-14"],
  title: "Every integration that runs here is a service",
  failing: "An integration runs outside any service",
  severity: "medium",
  risk: "none",
  rationale:
    "What somebody started from a shell runs with that person's rights, is gone after the next boot, and nothing limits what it may do. As a service it gets an account, limits and a log.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "man", id: "systemd.service(5)" },
  ],
  needs: { here: integrations },
  applies: ({ here }) => here.integrations.length > 0 || "no integration runs here",
  inspect: ({ here }) => {
    const evidence = [
      {
        asked: "what runs here: units, processes, JARs and what they are configured with",
        answered: pictureText(fullPictureLines(here)).join("\n"),
      },
    ];
    const loose = here.integrations.filter(isLoose);
    return loose.length === 0
      ? pass(evidence)
      : fail(
          loose
            .map(({ id, pid, user }) => `${id}: process ${pid} of ${user} belongs to no service; write a unit for it`)
            .join("; "),
          evidence,
        );
  },
  plan: () => [],
});
