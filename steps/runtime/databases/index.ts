import { stepWhere } from "../../../src/core/where.ts";
import type { Step } from "../../../src/model/step.ts";
import { whereIntegrations } from "../workload/questions.ts";
import { databaseAccountNamed } from "./database-account-named.ts";
import { databaseAccountsRotated } from "./database-accounts-rotated.ts";
import { databaseAdministrativeAccount } from "./database-administrative-account.ts";
import { databaseConnectionEncrypted } from "./database-connection-encrypted.ts";
import { directoryAccount } from "./directory-account.ts";
import { generateDatabaseFiles } from "./generate.ts";
import { questions } from "./questions.ts";

export const databases: Step = stepWhere(whereIntegrations, {
  id: "databases",
  category: "runtime",
  title: "Databases and directories",
  intro: "The integration's accounts elsewhere may do what it does, and no more.",
  questions: [...questions, databaseAccountsRotated.question],
  controls: [
    databaseAdministrativeAccount,
    directoryAccount,
    databaseAccountNamed,
    databaseConnectionEncrypted,
    databaseAccountsRotated.control,
  ],
  generate: generateDatabaseFiles,
});
