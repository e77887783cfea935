import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { authority, certificate, key, queueMegabytes, type Receiver } from "./questions.ts";

const filled = (path: string, values: Readonly<Record<string, string>>): string =>
  Object.entries(values).reduce((text, [name, value]) => text.replaceAll(`{{${name}}}`, () => value), template(path));

/** The action of rsyslog: omfwd. */
export const forwardContent = ({ host, port }: Receiver, answers: AnswerReader): string => {
  const own = [
    ...(answers.get(certificate) === "" ? [] : [`  StreamDriver.CertFile="${answers.get(certificate)}"\n`]),
    ...(answers.get(key) === "" ? [] : [`  StreamDriver.KeyFile="${answers.get(key)}"\n`]),
  ].join("");
  return filled("etc/rsyslog.d/01-drawbridge-forward.conf", {
    host,
    port: String(port),
    authority: answers.get(authority),
    own,
    queue: String(answers.get(queueMegabytes)),
  });
};

export const uploadContent = ({ host, port }: Receiver, answers: AnswerReader): string =>
  filled("etc/systemd/journal-upload.conf.d/zz-drawbridge.conf", {
    receiver: `${host.includes(":") ? `[${host}]` : host}:${port}`,
    certificate: answers.get(certificate),
    authority: answers.get(authority),
  });

export const uploadDropInContent = (answers: AnswerReader): string =>
  filled("etc/systemd/system/systemd-journal-upload.service.d/zz-drawbridge.conf", { key: answers.get(key) });
