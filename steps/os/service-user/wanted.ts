import type { AnswerReader } from "../../../src/model/question.ts";
import { type Account, type Accounts, accountNamed } from "../../../src/probes/accounts.ts";
import type { Workload } from "../../../src/probes/workload.ts";
import { serviceUserName } from "./questions.ts";

export type ServiceAccount = {
  readonly name: string;
  /** Primary group: as it is, or as useradd(8) makes it. */
  readonly group: string;
  /** undefined: to be created. */
  readonly account: Account | undefined;
};

export const serviceAccount = (known: Accounts, answers: AnswerReader): ServiceAccount => {
  const name = answers.get(serviceUserName);
  const account = accountNamed(known, name);
  return { name, group: account?.groups[0] ?? name, account };
};

/** Whether there is anything to do at all, and if not, why. */
export const integrationNamed = (services: Workload, answers: AnswerReader): true | string => {
  if (answers.get(serviceUserName) !== "") return true;
  const loose = services.loose.filter(({ container }) => !container);
  const dynamic = services.units.filter(({ dynamicUser }) => dynamicUser).map(({ name }) => name);
  if (dynamic.length > 0) return `${dynamic.join(", ")} has an account of its own from systemd (DynamicUser=)`;
  if (services.units.length > 0) {
    const names = services.units.map(({ name }) => name).join(", ");
    return `${names} runs Java, but nothing shows that it is an integration: choose it as service-user.unit if it is`;
  }
  if (loose.length > 0) {
    return `Java runs outside any service (process ${loose.map(({ pid, user }) => `${pid} of ${user}`).join(", ")}): make it a systemd service first`;
  }
  return "no integration runs here yet: answer service-user.name to prepare an account and folders for one";
};
