import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { repositoryRotationDays } from "./questions.ts";

/** What keeps secrets out of a repository, and what makes changing them a habit. */
export const generateRepository = (answers: AnswerReader): readonly RenderedFile[] => {
  const days = String(answers.get(repositoryRotationDays));
  const file = (path: string, source: string, about: string, mode = "0644"): RenderedFile => ({
    path,
    content: template(`configuration/repository/${source}`).replaceAll("{{days}}", days),
    mode,
    about,
  });
  return [
    file(
      "/repository/.gitignore",
      "gitignore",
      "Keeps configuration, environment files and keys out: add its lines to yours.",
    ),
    file(
      "/repository/docs/secret-rotation.md",
      "secret-rotation.md",
      "How each secret is changed: to fill in and to rehearse.",
    ),
    file(
      "/usr/local/lib/drawbridge/secret-age",
      "secret-age",
      "Names files of secrets that were not written for too long: the service below runs it.",
      "0755",
    ),
    file(
      "/etc/systemd/system/drawbridge-secret-age.service",
      "drawbridge-secret-age.service",
      "Looks at times only: it cannot read a secret.",
    ),
    file(
      "/etc/systemd/system/drawbridge-secret-age.timer",
      "drawbridge-secret-age.timer",
      "Every week: systemctl daemon-reload && systemctl enable --now drawbridge-secret-age.timer.",
    ),
  ];
};
