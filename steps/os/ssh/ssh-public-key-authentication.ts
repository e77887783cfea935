import { control } from "../../../src/model/control.ts";
import { sshd } from "../../../src/probes/sshd.ts";
import { exactly, judgeSettings, proposeSettings, type Settings } from "./settings.ts";

const settings: Settings = () => [exactly("PubkeyAuthentication", "yes")];

/** Keys have to work before passwords can go. sshd_config(5) PubkeyAuthentication. */
export const publicKeyAuthentication = control({
  id: "ssh-public-key-authentication",
  guideline: ["OS-05"],
  title: "SSH accepts key logins",
  failing: "SSH refuses key logins",
  severity: "high",
  risk: "lockout",
  rationale:
    "A key cannot be guessed and never travels over the network. Everything else in this step relies on keys: with them switched off, nobody could log in once passwords are gone.",
  references: [
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-612020" },
    { source: "STIG Ubuntu 24.04", id: "UBTU-24-400030" },
    { source: "STIG RHEL 9", id: "RHEL-09-255035" },
    { source: "Lynis", id: "SSH-7408" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: (facts, answers) => judgeSettings(facts.sshd, settings(facts, answers)),
  plan: (facts, answers) => proposeSettings(facts.sshd, settings(facts, answers)),
});
