import { keyLine, withKeyLines } from "../../../src/core/key-lines.ts";
import { change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { type Policy, policy } from "../../../src/probes/policy.ts";

/** One key of login.defs(5) or of useradd's defaults. */
export type DefaultKey = { readonly file: keyof typeof separators; readonly key: string; readonly value: string };

export const separators = { "/etc/login.defs": " ", "/etc/default/useradd": "=" } as const;

export const defaultOf = (seen: Policy, file: DefaultKey["file"], key: string): string | undefined =>
  keyLine(seen.files.get(file)?.content ?? "", key);

/** Keys of several controls in one edit per file. */
export const accountDefaults = composer<DefaultKey, { policy: typeof policy }>({
  id: "account-defaults",
  needs: { policy },
  compose: (wanted, facts) =>
    (Object.keys(separators) as DefaultKey["file"][]).flatMap((path) => {
      const keys = wanted.filter(({ value }) => value.file === path);
      const before = facts.policy.files.get(path);
      if (before === undefined || !keys.some(({ needed }) => needed)) return [];
      return [
        change({
          kind: "file",
          phase: "accounts",
          risk: "none",
          title: `Accounts: ${keys.map(({ value }) => value.key).join(", ")} in ${path}`,
          path,
          before,
          after: {
            ...before,
            content: withKeyLines(
              before.content,
              { separator: separators[path] },
              Object.fromEntries(keys.map(({ value }) => [value.key, value.value])),
            ),
          },
        }),
      ];
    }),
});
