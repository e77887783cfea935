import { expectedFiles } from "../../../src/configuration/machine-log.ts";
import { sha256 } from "../../../src/core/assemble-plan.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import { acceptedPath, type ChangeHistory } from "../../../src/probes/change-history.ts";

export type ConfigurationState = {
  readonly path: string;
  readonly integrations: readonly string[];
  /** Of its content now. */
  readonly sha256: string;
  /** `unrecorded`: nobody has written down how it should be. `changed`: it is not as it was left. */
  readonly state: "recorded" | "unrecorded" | "changed";
};

/** Every configuration file of the integrations, against what is recorded of it. Credentials are copies that systemd makes. */
export const stateOf = ({ integrations }: WhatRunsHere, history: ChangeHistory): readonly ConfigurationState[] => {
  const expected = expectedFiles(history, acceptedPath);
  const files = new Map<string, { content: string; integrations: string[] }>();
  for (const { id, configuration, container } of integrations) {
    if (container) continue;
    for (const { path, content, state } of configuration.files) {
      if (state === "missing" || content === undefined || path.startsWith("/run/credentials/")) continue;
      const file = files.get(path) ?? { content, integrations: [] };
      file.integrations.push(id);
      files.set(path, file);
    }
  }
  return [...files].map(([path, { content, integrations: readers }]) => {
    const now = sha256(content);
    const wanted = expected.get(path);
    const state = wanted === undefined || wanted === null ? "unrecorded" : wanted === now ? "recorded" : "changed";
    return { path, integrations: readers, sha256: now, state };
  });
};

/** How an answer names the very content of a file. */
export const acceptable = ({ path, sha256: sum }: Pick<ConfigurationState, "path" | "sha256">): string =>
  `${path}@${sum.slice(0, 12)}`;
