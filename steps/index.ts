import type { Step } from "../src/model/step.ts";
import { containers } from "./configuration/containers/index.ts";
import { delivery } from "./configuration/delivery/index.ts";
import { history } from "./configuration/history/index.ts";
import { kubernetes } from "./configuration/kubernetes/index.ts";
import { layout } from "./configuration/layout/index.ts";
import { repository } from "./configuration/repository/index.ts";
import { schemaStep } from "./configuration/schema/index.ts";
import { values } from "./configuration/values/index.ts";
import { waiversStep } from "./configuration/waivers/index.ts";
import { baseline } from "./network/baseline/index.ts";
import { failoverStep } from "./network/failover/index.ts";
import { firmwareStep } from "./network/firmware/index.ts";
import { networkLogsStep } from "./network/network-logs/index.ts";
import { openPorts } from "./network/open-ports/index.ts";
import { accountsStep } from "./os/accounts/index.ts";
import { administrator } from "./os/administrator/index.ts";
import { auditStep } from "./os/audit/index.ts";
import { authentication } from "./os/authentication/index.ts";
import { backupsStep } from "./os/backups/index.ts";
import { bootLoaderStep } from "./os/bootloader/index.ts";
import { filesStep } from "./os/files/index.ts";
import { firewall } from "./os/firewall/index.ts";
import { forwardingStep } from "./os/forwarding/index.ts";
import { integrity } from "./os/integrity/index.ts";
import { kernelStep } from "./os/kernel/index.ts";
import { loggingStep } from "./os/logging/index.ts";
import { serviceUser } from "./os/service-user/index.ts";
import { softwareStep } from "./os/software/index.ts";
import { ssh } from "./os/ssh/index.ts";
import { timeStep } from "./os/time/index.ts";
import { updates } from "./os/updates/index.ts";
import { databases } from "./runtime/databases/index.ts";
import { defaults } from "./runtime/defaults/index.ts";
import { endpoints } from "./runtime/endpoints/index.ts";
import { jvm } from "./runtime/jvm/index.ts";
import { logs } from "./runtime/logs/index.ts";
import { pipeline } from "./runtime/pipeline/index.ts";
import { sandbox } from "./runtime/sandbox/index.ts";
import { secrets } from "./runtime/secrets/index.ts";
import { storesStep } from "./runtime/stores/index.ts";
import { tls } from "./runtime/tls/index.ts";
import { versionsStep } from "./runtime/versions/index.ts";
import { workloadStep } from "./runtime/workload/index.ts";

/** Every step, in the order of the walk: access is made before anything narrows it. */
export const steps: readonly Step[] = [
  administrator,
  ssh,
  serviceUser,
  openPorts,
  firewall,
  kernelStep,
  filesStep,
  accountsStep,
  authentication,
  softwareStep,
  updates,
  loggingStep,
  forwardingStep,
  auditStep,
  timeStep,
  integrity,
  bootLoaderStep,
  backupsStep,
  workloadStep,
  versionsStep,
  secrets,
  storesStep,
  defaults,
  endpoints,
  databases,
  tls,
  logs,
  jvm,
  sandbox,
  pipeline,
  networkLogsStep,
  failoverStep,
  baseline,
  firmwareStep,
  layout,
  values,
  schemaStep,
  history,
  repository,
  containers,
  kubernetes,
  delivery,
  waiversStep,
];
