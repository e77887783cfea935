import { type Fact, knownValue } from "../../../src/model/fact.ts";
import type { Integration } from "../../../src/model/integration.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { Accounts } from "../../../src/probes/accounts.ts";
import type { Workload } from "../../../src/probes/workload.ts";
import { chosenUnits } from "../../os/service-user/questions.ts";
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
