import type { Step } from "../../../src/model/step.ts";
import { endpointControlPlane } from "./endpoint-control-plane.ts";
import { endpointEgress } from "./endpoint-egress.ts";
import { endpointEncrypted } from "./endpoint-encrypted.ts";
import { endpointHandshake } from "./endpoint-handshake.ts";
import { endpointVerification } from "./endpoint-verification.ts";
import { questions } from "./questions.ts";

export const endpoints: Step = {
  id: "endpoints",
  category: "runtime",
  title: "Outgoing calls",
  intro: "Whom the integrations call, whether they prove it, and where else they could connect to.",
  questions,
  controls: [endpointEncrypted, endpointVerification, endpointHandshake, endpointControlPlane, endpointEgress],
};
