import { few } from "../../../src/core/few.ts";
import { control } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import { walk } from "../../../src/probes/files.ts";

/**
 * What a service with DynamicUser= keeps: its account is there while it runs, its number comes back with it, and nobody but root
 * can enter these folders. systemd.exec(5).
 */
const dynamic = /^\/var\/(?:lib|cache|log)\/private\//u;

/** CIS Debian 12 7.1.12. Whose they should be only their people know: found, not changed. */
export const unowned = control({
  id: "files-unowned",
  guideline: ["OS-11"],
  title: "Every file belongs to an account that exists",
  failing: "Files belong to accounts that no longer exist",
  severity: "low",
  risk: "none",
  rationale:
    "The next account that is made may get the number of the last one that was deleted, and with it all that it left behind. Give such files to somebody, or remove them.",
  references: [
    { source: "CIS Debian 12", id: "7.1.12" },
    { source: "CIS Debian 13", id: "7.1.12" },
    { source: "NIST 800-53", id: "AC-6(1)" },
  ],
  needs: { walk },
  inspect: ({ walk: seen }) => {
    const unowned = seen.unowned.filter(({ path }) => !dynamic.test(path));
    const evidence = [
      {
        asked: `find ${seen.roots.join(" ")} -xdev -nouser -o -nogroup${seen.bounded ? " (stopped early)" : ""}`,
        answered:
          unowned
            .slice(0, 12)
            .map(({ path, owner, group }) => `${owner}:${group} ${path}`)
            .join("\n") || "nothing",
      },
    ];
    if (unowned.length === 0)
      return pass(evidence, seen.bounded ? "as far as was looked: the walk was stopped early" : "");
    return fail(
      `${few(
        unowned.map(({ path }) => path),
        3,
      )}: chown them to whom they belong, or remove them`,
      evidence,
    );
  },
  plan: () => [],
});
