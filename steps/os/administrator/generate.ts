import { sudoDropIn } from "../../../src/core/administrators.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { administratorKeys, administratorName, administratorSudo } from "./questions.ts";
import { sudoRule } from "./sudo-rule.ts";

/** What makes an account an administrator; the account itself is one command, which the texts name. */
export const generateAdministrator = (answers: AnswerReader): readonly RenderedFile[] => {
  const name = answers.get(administratorName);
  const keys = answers.get(administratorKeys);
  return [
    {
      path: sudoDropIn,
      content: sudoRule(name, answers.get(administratorSudo) === "password"),
      mode: "0440",
      about: `Lets ${name} become root: useradd --create-home --shell /bin/bash ${name} first, then visudo -c.`,
    },
    ...(keys.length === 0
      ? []
      : [
          {
            path: `/home/${name}/.ssh/authorized_keys`,
            content: keys.map((key) => `${key}\n`).join(""),
            mode: "0600",
            about: `The keys that open ${name}'s account. Unlike the rest it belongs to ${name}, and so does the folder (mode 0700).`,
          },
        ]),
  ];
};
