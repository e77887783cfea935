import type { Step } from "../../../src/model/step.ts";
import { generateStores } from "./generate.ts";
import {
  storesCertificate,
  storesDays,
  storesKeyType,
  storesNamesWanted,
  storesRepair,
  storesSelfSigned,
  storesSubject,
  storesTrust,
} from "./questions.ts";
import { storesChain } from "./stores-chain.ts";
import { storesDefaultCertificate } from "./stores-default-certificate.ts";
import { storesExpiry } from "./stores-expiry.ts";
import { storesExpiryWatch } from "./stores-expiry-watch.ts";
import { storesKeyStrength } from "./stores-key-strength.ts";
import { storesKind } from "./stores-kind.ts";
import { storesNames } from "./stores-names.ts";
import { storesPassword } from "./stores-password.ts";
import { storesPermissions } from "./stores-permissions.ts";
import { storesProxyCertificate } from "./stores-proxy-certificate.ts";
import { storesSeparation } from "./stores-separation.ts";
import { storesTrustsDefault } from "./stores-trusts-default.ts";

export const storesStep: Step = {
  id: "stores",
  category: "runtime",
  title: "Keys and certificates",
  intro:
    "Gives the integration a key that nobody else has, in a store that nobody else opens, and trusts no key that everybody has.",
  questions: [
    storesRepair,
    storesKeyType,
    storesNamesWanted,
    storesSubject,
    storesSelfSigned,
    storesCertificate,
    storesTrust,
    storesDays,
  ],
  controls: [
    storesDefaultCertificate,
    storesProxyCertificate,
    storesPassword,
    storesSeparation,
    storesTrustsDefault,
    storesKeyStrength,
    storesExpiry,
    storesNames,
    storesChain,
    storesKind,
    storesPermissions,
    storesExpiryWatch,
  ],
  generate: generateStores,
};
