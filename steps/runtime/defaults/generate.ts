import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { listenerPorts, readWish } from "./questions.ts";

/** Port that is written where none was chosen. */
const otherwise = 9443;

/** The lines that move a listener: as configuration, and as code for listeners that no configuration reaches. Pure. */
export const generateDefaults = (answers: AnswerReader): readonly RenderedFile[] => {
  const wish = answers.get(listenerPorts).map(readWish).at(0);
  return [
    {
      path: "/repository/Config.toml.example",
      content: template("runtime/defaults/default-listener.toml").replaceAll(
        "{{port}}",
        String(wish?.port ?? otherwise),
      ),
      mode: "0644",
      about: "Moves the default listener and limits what it takes; for programs whose http module knows these keys.",
    },
    {
      path: "/repository/listener.bal",
      content: template("runtime/defaults/listener.bal"),
      mode: "0644",
      about: "The same in code, for programs that make listeners of their own.",
    },
  ];
};
