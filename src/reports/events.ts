import type { Plan } from "../model/plan.ts";
import type { ApplyEvent } from "../model/transaction.ts";

/** A line a person can follow while changes are made; undefined for what would only be noise. */
export const eventLine = (event: ApplyEvent, plan: Plan | undefined): string | undefined => {
  switch (event.kind) {
    case "note":
      return event.text;
    case "state":
      return stateLines[event.state];
    case "check":
      return `${event.ok ? "checked" : "check failed"}: ${event.text}`;
    case "verify":
      return `${event.ok ? "verified" : "verification failed"}: ${event.text}`;
    case "armed":
      return `revert armed: everything goes back in ${event.seconds} s unless confirmed`;
    case "change": {
      const title = plan?.changes[event.change]?.title ?? "a change";
      if (event.progress === "begin") return undefined;
      return event.progress === "done" ? title : `${event.progress}: ${title}`;
    }
    case "unit":
      // The change that asked for it says that it is done.
      return event.ok ? undefined : `${event.unit} could not be ${event.action}`;
    case "health": {
      const told = event.progress === "waiting" || event.progress === "ok" ? event.text : "a health check";
      const what = plan?.health[event.check]?.what ?? told;
      const lines = {
        waiting: `waiting for: ${what}`,
        ok: `answers as before: ${what}`,
        failed: `does not answer as before: ${what} (${event.text})`,
        skipped: `not demanded afterwards: ${what} (${event.text})`,
      };
      return lines[event.progress];
    }
    case "merged":
      return `merged with later edits: ${event.path}`;
    case "left":
      return `left as it is: ${event.path} (${event.text})`;
    case "kept":
      return `kept what was not ours: ${event.path} is now in ${event.text}`;
    case "error":
      return `error: ${event.text}`;
  }
};

const stateLines: Readonly<Partial<Record<string, string>>> = {
  staged: "staged, originals kept",
  reverting: "putting everything back",
  reverted: "everything is as it was before",
};
