import { control, fragment } from "../../../src/model/control.ts";
import { fail, pass } from "../../../src/model/finding.ts";
import type { WhatRunsHere } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import { integrations } from "../../../src/probes/integrations.ts";
import { configurationEdits, configurationObstacle } from "../configuration.ts";
import { loginEvidence, said, someLogin } from "./judgement.ts";
import { isAdministrative, type Login, loginsOf } from "./logins.ts";
import { databaseAccount } from "./questions.ts";

const wrong = (logins: readonly Login[]): readonly Login[] =>
  logins.filter(({ account, server }) => account !== undefined && server !== "ldap" && isAdministrative(account));

/** Only a key that holds the account alone can be given another; a URL has a password beside it. */
const isReplaceable = ({ setting, account }: Login): boolean =>
  setting?.source.kind === "file" && setting.value === account;

const canReplace = (here: WhatRunsHere, answers: AnswerReader): boolean =>
  answers.get(databaseAccount) !== "" &&
  here.integrations.every(
    (integration) =>
      wrong(loginsOf(integration)).every(isReplaceable) &&
      (wrong(loginsOf(integration)).length === 0 || configurationObstacle(integration) === undefined),
  );

/** Guideline: the application's account may do what the application does. */
export const databaseAdministrativeAccount = control({
  id: "database-administrative-account",
  guideline: ["RT-08"],
  title: "The integration does not log in to its database as an administrator",
  failing: "The integration logs in to its database as an administrator",
  severity: "high",
  risk: "restart",
  rationale:
    "Whoever breaks into the integration has its database account, and with an administrator's he reads every database of the server, makes accounts for himself and erases the traces. An application needs rows, not tables.",
  references: [
    { source: "NIST 800-53", id: "AC-6" },
    { source: "NIST 800-53", id: "AC-6(5)" },
    { source: "CWE", id: "CWE-250" },
  ],
  needs: { here: integrations },
  applies: someLogin,
  inspect: ({ here }) => {
    const detail = said(here.integrations, (integration) =>
      wrong(loginsOf(integration)).map(({ where, account }) => `${where} is ${account}`),
    );
    const evidence = loginEvidence(here.integrations);
    return detail === ""
      ? pass(evidence)
      : fail(
          `${detail}. drawbridge generate writes the scripts for an account of its own; then answer databases.account`,
          evidence,
        );
  },
  plan: ({ here }, answers) =>
    canReplace(here, answers)
      ? here.integrations.flatMap((integration) => {
          const edits = wrong(loginsOf(integration)).flatMap(({ setting }) =>
            setting === undefined ? [] : [{ set: setting.path, value: answers.get(databaseAccount) }],
          );
          return edits.length === 0 ? [] : [fragment(configurationEdits, { integration: integration.id, edits })];
        })
      : [],
  breaks: (_facts, answers) =>
    answers.get(databaseAccount) === ""
      ? []
      : [
          `${answers.get(databaseAccount)} has to exist already, with the password that is configured: else the integration gets no connection`,
        ],
});
