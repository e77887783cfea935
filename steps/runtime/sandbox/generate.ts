import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { runtimeDropIn } from "../../../src/probes/unit-files.ts";
import { serviceUserName, serviceUserUnit } from "../../os/service-user/questions.ts";
import { renderedDropIn } from "../unit.ts";
import { answeredRung, sandboxWritable } from "./questions.ts";
import { directivesUpTo } from "./rungs.ts";

/** The whole unit for an integration that has none yet; for units named by the answers, their drop-in. */
export const generateUnit = (answers: AnswerReader): readonly RenderedFile[] => {
  const units = answers.get(serviceUserUnit);
  const name = answers.get(serviceUserName) || "integration";
  const writable = answers.get(sandboxWritable);
  const context = { lowPort: false, home: false, writable };
  if (units.length > 0) {
    return units.map((unit) => ({
      path: runtimeDropIn(unit),
      content: renderedDropIn([{ unit, directives: directivesUpTo(answeredRung(answers, unit), context) }]),
      mode: "0644",
      about: `The sandbox of ${unit}: systemctl daemon-reload && systemctl restart ${unit}, and look whether it answers.`,
    }));
  }
  const settings = directivesUpTo(answeredRung(answers, `${name}.service`), context)
    .filter(
      ({ value, name: directive }) =>
        value !== "" || /^(?:CapabilityBoundingSet|AmbientCapabilities)$/u.test(directive),
    )
    .map(({ name: directive, value }) => `${directive}=${value}`);
  return [
    {
      path: `/etc/systemd/system/${name}.service`,
      content: template("etc/systemd/system/integration.service")
        .replaceAll("{{name}}", name)
        .replaceAll("{{sandbox}}", settings.join("\n")),
      mode: "0644",
      about: `Runs /opt/${name}/${name}.jar as ${name}, in its sandbox: systemctl daemon-reload && systemctl enable --now ${name}.service.`,
    },
  ];
};
