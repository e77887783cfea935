import type { Repository } from "../../../src/probes/repositories.ts";
import { repositoryControl } from "../repository/judgement.ts";

/** `uses:` of workflows and actions of GitHub in the newest commit; actions of the same repository and images by digest are fixed. */
const loose = ({ files }: Repository): readonly string[] =>
  files
    .filter(
      ({ path, current }) => current && /^(?:\.github\/workflows\/[^/]+\.ya?ml|(?:.*\/)?action\.ya?ml)$/u.test(path),
    )
    .flatMap(({ path, content }) =>
      content.split("\n").flatMap((line, index) => {
        const used = /^\s*(?:-\s*)?["']?uses["']?\s*:\s*["']?([^\s"'#]+)/u.exec(line)?.[1];
        if (used === undefined || used.startsWith("./") || /@(?:sha256:)?[0-9a-f]{40,64}$/u.test(used)) return [];
        return [`${path}:${index + 1} ${used}`];
      }),
    );

/** CF-05: a tag of somebody else's action can be moved, as happened to tj-actions and trivy-action. */
export const deliveryActionsPinned = repositoryControl({
  id: "delivery-actions-pinned",
  guideline: ["CF-05", "RT-02"],
  title: "Workflows name other people's actions by commit",
  failing: "A workflow runs whatever a tag of somebody else's action means that day",
  severity: "medium",
  rationale:
    "An action runs with the workflow's secrets. Whoever takes over its repository moves the tag, and every workflow that names the tag runs theirs; a commit cannot be moved. Dependabot and Renovate keep commits current.",
  references: [
    { source: "NIST 800-53", id: "SR-3" },
    { source: "CVE", id: "CVE-2025-30066" },
  ],
  nothing: "actions are named by commit",
  needsAll: false,
  remarks: loose,
});
