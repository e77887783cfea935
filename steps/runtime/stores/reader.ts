import type { Change } from "../../../src/model/change.ts";
import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Accounts } from "../../../src/probes/accounts.ts";
import type { Workload } from "../../../src/probes/workload.ts";
import { chosenUnits } from "../../os/service-user/questions.ts";
import { accountToCome } from "../../os/service-user/service-user-account.ts";
import { serviceAccount } from "../../os/service-user/wanted.ts";

/** Group by which an integration reads its files: of the account it runs as, or will when service-user is done. */
export const readerGroup = (
  { unit, user }: Integration,
  known: Fact<Accounts>,
  services: Fact<Workload>,
  answers: AnswerReader,
): string => {
  const accounts = knownValue(known);
  const workload = knownValue(services);
  if (unit === undefined) return user;
  if (accounts === undefined || workload === undefined || unit.dynamicUser) return unit.group;
  const planned = serviceAccount(accounts, answers);
  const chosen = chosenUnits(workload, answers).some(({ name }) => name === unit.name);
  return chosen && planned.name !== "" ? planned.group : unit.group;
};

/**
 * The account behind that group where it is still to come: proposed in service-user's own words, so that the two are one
 * change, and that the group is there even if nothing else of that step is taken.
 */
export const readerAccount = (
  group: string,
  known: Fact<Accounts>,
  services: Fact<Workload>,
  answers: AnswerReader,
): readonly Change[] => {
  const accounts = knownValue(known);
  const workload = knownValue(services);
  if (accounts === undefined || workload === undefined) return [];
  const planned = serviceAccount(accounts, answers);
  const missing =
    planned.account === undefined && planned.group === group && !accounts.groups.some(({ name }) => name === group);
  if (!missing) return [];
  return accountToCome(accounts, answers);
};
