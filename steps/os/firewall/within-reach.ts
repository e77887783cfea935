import type { AnswerReader } from "../../../src/model/question.ts";
import { ownTable } from "../../../src/probes/firewall.ts";
import type { Chain, Ruleset } from "../../../src/probes/ruleset.ts";
import type { Sight } from "./admitted.ts";
import { firewallOwner, type OwnerAnswer, policyOf } from "./questions.ts";
import { missingOpenings, type Opening } from "./wanted.ts";

/** Rules that stay as they are when the owner's are changed: a drop in them is final. */
export const othersRules = ({ chains, published }: Ruleset, owner: OwnerAnswer): Ruleset => {
  const isOwners = ({ family, table }: Chain): boolean => {
    switch (owner) {
      case "nftables":
        return family === "inet" && table === ownTable.name;
      case "ufw":
        return family !== "inet" && table === "filter";
      case "firewalld":
        return table === "firewalld";
      default:
        return false;
    }
  };
  return { chains: chains.filter((chain) => !isOwners(chain)), published };
};

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
  const owner = answers.get(firewallOwner);
  if (owner === "unmanaged" || owner === "undecided") return false;
  if (owner !== "nftables" && surplus()) return false;
  const others = { ...sight, firewall: { ...sight.firewall, ruleset: othersRules(sight.firewall.ruleset, owner) } };
  return !missingOpenings(others, policyOf(answers)).some((opening) => opening.purpose === purpose);
};
