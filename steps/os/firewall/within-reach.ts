import type { AnswerReader } from "../../../src/model/question.ts";
import type { Ruleset } from "../../../src/probes/ruleset.ts";
import type { Sight } from "./admitted.ts";
import { firewallOwner, policyOf } from "./questions.ts";
import { missingOpenings, type Opening } from "./wanted.ts";

/** The rules without our own table: what others filter stays in force beside it. */
export const withoutOwn = ({ chains, published }: Ruleset): Ruleset => ({
  chains: chains.filter(({ table, family }) => !(table === "drawbridge" && family === "inet")),
  published,
});

/**
 * Whether the plan can bring about what a control wants. Rules of others are never deleted: ufw and firewalld can be
 * told to open more, an own table can close more, and neither can do what the other does.
 *
 * @param surplus the control found something open that should be shut.
 */
export const isWithinReach = (
  sight: Sight,
  answers: AnswerReader,
  purpose: Opening["purpose"],
  surplus: () => boolean,
): boolean => {
  switch (answers.get(firewallOwner)) {
    case "nftables": {
      const others = { ...sight, firewall: { ...sight.firewall, ruleset: withoutOwn(sight.firewall.ruleset) } };
      return !missingOpenings(others, policyOf(answers)).some((opening) => opening.purpose === purpose);
    }
    case "ufw":
    case "firewalld":
      return !surplus();
    default:
      return false;
  }
};
