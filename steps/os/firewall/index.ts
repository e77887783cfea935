import type { Step } from "../../../src/model/step.ts";
import { firewallAtBoot } from "./firewall-at-boot.ts";
import { firewallClusterPeers } from "./firewall-cluster-peers.ts";
import { firewallForwarding } from "./firewall-forwarding.ts";
import { firewallInboundDefaultDeny } from "./firewall-inbound-default-deny.ts";
import { firewallLog } from "./firewall-log.ts";
import { firewallOutboundControl } from "./firewall-outbound.ts";
import { firewallPublicPorts } from "./firewall-public-ports.ts";
import { firewallPublishedPorts } from "./firewall-published-ports.ts";
import { firewallSingleOwner } from "./firewall-single-owner.ts";
import { firewallSsh } from "./firewall-ssh.ts";
import { generateFiles } from "./generate.ts";
import { admissionGuard, ownerGuard } from "./guards.ts";
import { questions } from "./questions.ts";

export const firewall: Step = {
  id: "firewall",
  category: "os",
  title: "Firewall",
  intro: "What this machine offers to whom: everything else stays closed, in both directions if you like.",
  questions,
  controls: [
    firewallSingleOwner,
    firewallInboundDefaultDeny,
    firewallSsh,
    firewallPublicPorts,
    firewallPublishedPorts,
    firewallClusterPeers,
    firewallForwarding,
    firewallOutboundControl,
    firewallLog,
    firewallAtBoot,
  ],
  guards: [ownerGuard, admissionGuard],
  generate: generateFiles,
};
