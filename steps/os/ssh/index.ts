import type { Step } from "../../../src/model/step.ts";
import { sshAccess } from "./access.ts";
import { generateFiles } from "./generate.ts";
import { guards } from "./guards.ts";
import { questions } from "./questions.ts";
import { allowGroups } from "./ssh-allow-groups.ts";
import { bannerControl } from "./ssh-banner.ts";
import { cipherList } from "./ssh-ciphers.ts";
import { configPermissions } from "./ssh-config-permissions.ts";
import { forwardingOff } from "./ssh-forwarding.ts";
import { hostKeyAlgorithms } from "./ssh-host-key-algorithms.ts";
import { hostKeys } from "./ssh-host-keys.ts";
import { idleTime } from "./ssh-idle-time.ts";
import { keyExchange } from "./ssh-key-exchange.ts";
import { legacySwitches } from "./ssh-legacy.ts";
import { logLevelSet } from "./ssh-log-level.ts";
import { loginLimits } from "./ssh-login-limits.ts";
import { macList } from "./ssh-macs.ts";
import { passwordAuthentication } from "./ssh-password-authentication.ts";
import { portControl } from "./ssh-port.ts";
import { publicKeyAuthentication } from "./ssh-public-key-authentication.ts";
import { rootLogin } from "./ssh-root-login.ts";

const controls = [
  portControl,
  rootLogin,
  publicKeyAuthentication,
  passwordAuthentication,
  allowGroups,
  keyExchange,
  cipherList,
  macList,
  hostKeyAlgorithms,
  hostKeys,
  bannerControl,
  loginLimits,
  idleTime,
  forwardingOff,
  legacySwitches,
  logLevelSet,
  configPermissions,
];

export const ssh: Step = {
  id: "ssh",
  category: "os",
  title: "SSH",
  intro:
    "The door through which you administer this server: who may knock, with what, and how the talk is kept private.",
  questions,
  controls,
  guards,
  generate: generateFiles(controls),
  access: sshAccess,
};
