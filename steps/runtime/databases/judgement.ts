import type { Evidence } from "../../../src/model/finding.ts";
import type { Integration, WhatRunsHere } from "../../../src/model/integration.ts";
import { loginsOf } from "./logins.ts";

export const someLogin = ({ here }: { readonly here: WhatRunsHere }): true | string => {
  if (here.integrations.length === 0) return "no integration runs here: generate the scripts for one instead";
  return (
    here.integrations.some((integration) => loginsOf(integration).length > 0) ||
    "no configuration here names a database or a directory; accounts in the program's own text are not seen from outside"
  );
};

export const said = (
  integrations: readonly Integration[],
  lines: (integration: Integration) => readonly string[],
): string =>
  integrations
    .map((integration) => ({ id: integration.id, found: lines(integration) }))
    .filter(({ found }) => found.length > 0)
    .map(({ id, found }) => `${id}: ${found.join(", ")}`)
    .join("; ");

export const loginEvidence = (integrations: readonly Integration[]): readonly Evidence[] =>
  integrations.map((integration) => ({
    asked: `accounts in the configuration of ${integration.id}`,
    answered:
      loginsOf(integration)
        .map(({ where, account, server }) => `${where} (${server}): ${account ?? "no account is named"}`)
        .join("\n") || "none",
  }));
