import { type Change, change } from "../../../src/model/change.ts";
import { type Audit, auditProgram, auditState } from "../../../src/probes/audit.ts";

/** "new port 0.0.0.0:8080", "gone network route 4 default via …": what the daily look says about ports and routes. */
export const isAboutNetwork = (line: string): boolean => /^(?:new|gone|changed) (?:port|network) /u.test(line);

/** What is there now is as it should be. The daily look knows only all or nothing. */
export const acceptance = ({ changes }: Audit): readonly Change[] =>
  changes.some(isAboutNetwork)
    ? [
        change({
          kind: "command",
          phase: "services",
          risk: "none",
          title: `Accept ${changes.length} ${changes.length === 1 ? "change" : "changes"} since the last look`,
          argv: ["sh", auditProgram, "accept"],
          touches: [`${auditState}/baseline`, `${auditState}/report`],
        }),
      ]
    : [];
