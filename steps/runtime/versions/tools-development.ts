import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { software } from "../../../src/probes/software.ts";
import { wantedTools } from "./questions.ts";

/** A server runs what was built elsewhere: the JAR and a Java runtime are enough. */
export const toolsDevelopment = control({
  id: "tools-development",
  guideline: ["RT-03", "OS-02"],
  title: "No development tools are on the server",
  failing: "Development tools are on the server",
  severity: "medium",
  risk: "none",
  rationale:
    "A Ballerina program needs its JAR and a Java runtime, nothing more. Compilers, build tools and editors have holes and updates of their own, and serve an intruder as well as a developer; an editor's remote server opens a way in that no firewall rule names. Nothing is removed from here, because something may use them: remove the packages, or say which are meant to stay.",
  references: [
    { source: "NIST 800-53", id: "CM-7" },
    { source: "Lynis", id: "HRDN-7222" },
  ],
  needs: { software },
  inspect: ({ software }, answers) => {
    const wanted = new Set(answers.get(wantedTools));
    const surplus = software.tools.filter(({ path }) => !wanted.has(path));
    const byKind = [...new Set(surplus.map(({ kind }) => kind))].map(
      (kind) =>
        `${kind}: ${surplus
          .filter((tool) => tool.kind === kind)
          .map(({ path }) => path)
          .join(", ")}`,
    );
    return passWhen(
      surplus.length === 0,
      [
        {
          asked: "compilers, build tools and editors in the usual places",
          answered: software.tools.map(({ path }) => path).join(" ") || "none",
        },
      ],
      byKind.join("; "),
    );
  },
  plan: () => [],
});
