import { control, fragment } from "../../../src/model/control.ts";
import { type Evidence, fail, pass, passWhen } from "../../../src/model/finding.ts";
import { decidesInFile, type Firewall, firewall, paths } from "../../../src/probes/firewall.ts";
import { firewallPolicy } from "./composer.ts";
import { differenceFromFile, loaderOf, loading } from "./nftables.ts";
import { firewallOwner } from "./questions.ts";

/** Rules in the kernel are gone at the next restart, and then nobody looks. CIS Debian 12 4.3.9. */
export const firewallAtBoot = control({
  id: "firewall-at-boot",
  guideline: ["OS-03"],
  title: "The firewall is back after a restart",
  failing: "The firewall would not be the same after a restart",
  severity: "high",
  risk: "restart",
  rationale:
    "Rules live in the kernel and are gone when it restarts. A firewall that somebody loaded by hand protects until the next power cut, and the machine then comes up open without a word. So the file on disk has to say what is loaded, and a unit has to load it before the network comes up.",
  references: [
    { source: "CIS Debian 12", id: "4.3.9" },
    { source: "CIS Ubuntu 22.04", id: "4.2.9" },
    { source: "CIS Ubuntu 24.04", id: "4.3.9" },
    { source: "CIS RHEL 9", id: "4.1.2" },
    { source: "STIG RHEL 9", id: "RHEL-09-251015" },
    { source: "Lynis", id: "FIRE-4590" },
  ],
  needs: { firewall },
  inspect: ({ firewall }) => {
    if (firewall.own !== undefined || firewall.files[paths.ruleset] !== undefined) return ours(firewall);
    const owners = firewall.owners.map(({ owner }) => owner);
    if (owners.length === 0) return fail("there is no firewall to come back", [unitStates(firewall)]);
    const units = { nftables: "nftables.service", ufw: "ufw.service", firewalld: "firewalld.service" } as const;
    const wanting = owners.flatMap((owner) => {
      if (owner === "iptables" || owner === "iptables-legacy") {
        return firewall.units["netfilter-persistent.service"]?.enabled
          ? []
          : [`rules of ${owner} are loaded by nothing that is known here`];
      }
      return firewall.units[units[owner]]?.enabled ? [] : [`${units[owner]} is not enabled`];
    });
    return wanting.length === 0 ? pass([unitStates(firewall)]) : fail(wanting.join("; "), [unitStates(firewall)]);
  },
  applies: ({ firewall }) =>
    Object.keys(firewall.units).length > 0 || "this machine is not run by systemd: see that your init loads the rules",
  // Whether ufw or firewalld start at boot is a matter of their packages.
  plan: (_facts, answers) => (answers.get(firewallOwner) === "nftables" ? [fragment(firewallPolicy, "boot")] : []),
});

const unitStates = ({ units }: Firewall): Evidence => ({
  asked: "systemctl show drawbridge-firewall nftables ufw firewalld netfilter-persistent",
  answered:
    Object.entries(units)
      .filter(([, { loaded }]) => loaded)
      .map(
        ([unit, { active, enabled }]) =>
          `${unit}: ${active ? "active" : "inactive"}, ${enabled ? "enabled" : "not enabled"}`,
      )
      .join("; ") || "none of them is installed",
});

const ours = (firewall: Firewall) => {
  const evidence = [unitStates(firewall)];
  const difference = differenceFromFile(firewall);
  if (difference !== undefined) return fail(difference, evidence);
  const loader = loaderOf(firewall);
  const { files, link } = loading(firewall);
  // Enabled by a link elsewhere is as good.
  if (firewall.links[link.path] === undefined && !firewall.units[loader]?.enabled)
    return fail(`${loader} is not enabled`, evidence);
  // Of the own service's files only the unit decides whether the rules come back.
  const [{ path, content }] = files;
  const found = firewall.files[path];
  if (found === undefined) return fail(`${path} is missing`, evidence);
  if (found.content !== content) return fail(`${path} was changed by someone`, evidence);
  return passWhen(
    loader !== "nftables.service" || !decidesInFile(firewall.files[paths.debianConfiguration]?.content ?? ""),
    evidence,
    `the rules in ${paths.debianConfiguration} are not loaded: ${paths.loading} has nftables.service load ours alone; remove it, and apply again`,
  );
};
