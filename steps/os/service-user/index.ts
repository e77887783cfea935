import type { Step } from "../../../src/model/step.ts";
import { generateServiceUser } from "./generate.ts";
import {
  serviceUserApplication,
  serviceUserConfiguration,
  serviceUserLogs,
  serviceUserName,
  serviceUserUnit as serviceUserUnits,
} from "./questions.ts";
import { serviceUserAccount } from "./service-user-account.ts";
import { serviceUserFiles } from "./service-user-files.ts";
import { serviceUserUnit } from "./service-user-unit.ts";

export const serviceUser: Step = {
  id: "service-user",
  category: "os",
  title: "Service user",
  intro:
    "Gives the integration an account of its own, so that whoever breaks into it gets the service and not the server.",
  questions: [serviceUserUnits, serviceUserName, serviceUserApplication, serviceUserConfiguration, serviceUserLogs],
  controls: [serviceUserAccount, serviceUserFiles, serviceUserUnit],
  generate: generateServiceUser,
};
