import type { Step } from "../../../src/model/step.ts";
import { failoverAddress } from "./failover-address.ts";
import { failoverElsewhere } from "./failover-elsewhere.ts";
import { failoverFirewall } from "./failover-firewall.ts";
import { failoverNodesControl } from "./failover-nodes.ts";
import { failoverPeers } from "./failover-peers.ts";
import { failoverProxyControl } from "./failover-proxy.ts";
import { generateFailover } from "./generate.ts";
import { questions } from "./questions.ts";

export const failoverStep: Step = {
  id: "failover",
  category: "network",
  title: "Failover",
  intro: "What happens when this machine stops: another node takes over, and callers hardly notice.",
  questions: [...questions, failoverElsewhere.question],
  controls: [
    failoverNodesControl,
    failoverElsewhere.control,
    failoverFirewall,
    failoverAddress,
    failoverProxyControl,
    failoverPeers,
  ],
  generate: generateFailover,
};
