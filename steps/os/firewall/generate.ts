import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { paths } from "../../../src/probes/firewall.ts";
import { rulesetText } from "./nftables.ts";
import { firewallOwner, policyOf } from "./questions.ts";

/** The ruleset for these answers with the unit that loads it; ufw and firewalld are told by commands, not by files. */
export const generateFiles = (answers: AnswerReader): readonly RenderedFile[] =>
  answers.get(firewallOwner) !== "nftables"
    ? []
    : [
        {
          path: paths.ruleset,
          content: rulesetText(policyOf(answers), { inbound: true, outbound: true, log: true, forward: true }),
          mode: "0644",
          about:
            "The firewall's rules, in a table of their own. Look first (nft -c -f), and take the forward chain out where containers run.",
        },
        {
          path: paths.unit,
          content: template("etc/systemd/system/drawbridge-firewall.service"),
          mode: "0644",
          about: "Loads the rules before the network comes up: systemctl enable --now drawbridge-firewall.service.",
        },
        {
          path: paths.dropIn,
          content: template("etc/systemd/system/nftables.service.d/drawbridge.conf"),
          mode: "0644",
          about: "Loads them again after nftables.service has flushed everything.",
        },
      ];
