import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { dropInContent, dropInPath } from "./drop-in.ts";
import {
  serviceUserApplication,
  serviceUserConfiguration,
  serviceUserLogs,
  serviceUserName,
  serviceUserUnit,
} from "./questions.ts";

/** Account and folders in systemd's own words, so that a machine makes them at its next boot or on demand. */
export const generateServiceUser = (answers: AnswerReader): readonly RenderedFile[] => {
  const name = answers.get(serviceUserName) || "integration";
  const chosen = answers.get(serviceUserUnit);
  const units = chosen.length > 0 ? chosen : [`${name}.service`];
  const folders = (answered: readonly string[], otherwise: string) => (answered.length > 0 ? answered : [otherwise]);
  const lines = [
    ...folders(answers.get(serviceUserApplication), `/opt/${name}`).map((path) => `d ${path} 0750 root ${name} -`),
    ...folders(answers.get(serviceUserConfiguration), `/etc/${name}`).map((path) => `d ${path} 0750 root ${name} -`),
    ...folders(answers.get(serviceUserLogs), `/var/log/${name}`).map((path) => `d ${path} 0750 ${name} ${name} -`),
  ];
  return [
    {
      path: `/etc/sysusers.d/drawbridge-${name}.conf`,
      content: template("os/service-user/sysusers.conf").replaceAll("{{name}}", name),
      mode: "0644",
      about: `The account ${name}, without shell and password: systemd-sysusers makes it.`,
    },
    {
      path: `/etc/tmpfiles.d/drawbridge-${name}.conf`,
      content: template("os/service-user/tmpfiles.conf").replaceAll("{{lines}}", lines.join("\n")),
      mode: "0644",
      about: `Its folders and who may do what in them: systemd-tmpfiles --create. Files inside: root:${name} 0640, logs ${name}:${name} 0640.`,
    },
    ...units.map((unit) => ({
      path: dropInPath(unit),
      content: dropInContent({ name, group: name }, false),
      mode: "0644",
      about: `Runs ${unit} as ${name}: systemctl daemon-reload && systemctl restart ${unit}.`,
    })),
  ];
};
