import { control } from "../../../src/model/control.ts";
import { passWhen } from "../../../src/model/finding.ts";
import { type LegacySoftware, legacySoftware } from "../../../src/probes/legacy-software.ts";

/** A password in an address is nobody's business. */
const shown = (text: string): string => text.replace(/\/\/[^/@\s]*@/gu, "//…@").slice(0, 120);

const unsigned = ({ text }: LegacySoftware["sources"][number]): boolean =>
  /^(?:deb|deb-src)\s+\[[^\]]*\b(?:trusted|allow-insecure|allow-weak)=yes\b[^\]]*\]/iu.test(text) ||
  /^(?:Trusted|Allow-Insecure|Allow-Weak)\s*:\s*yes\b/iu.test(text) ||
  /^(?:gpgcheck|sslverify)\s*=\s*(?:0|no|false)\b/iu.test(text);

/** apt-secure(8), sources.list(5), dnf.conf(5); CIS Debian 12 1.2.1.1. Which key an archive has, a person has to find out. */
export const signedSources = control({
  id: "software-sources",
  guideline: ["OS-02", "OS-06"],
  title: "Every package archive is signed, and its signature counts",
  failing: "Packages of an archive are taken without a signature",
  severity: "high",
  risk: "none",
  rationale:
    "Packages are installed as root. Without a signature that counts, whoever stands between this server and the archive decides what is installed. Nothing is changed from here, because only you can say where the archive's key comes from: put it into /etc/apt/keyrings and name it with signed-by.",
  references: [
    { source: "CIS Debian 12", id: "1.2.1.1" },
    { source: "CIS Debian 13", id: "1.2.1.1" },
    { source: "CIS Ubuntu 22.04", id: "1.2.1.1" },
    { source: "CIS RHEL 9", id: "1.2.1.2" },
    { source: "STIG Ubuntu 22.04", id: "UBTU-22-214010" },
    { source: "STIG RHEL 9", id: "RHEL-09-214015" },
    { source: "NIST 800-53", id: "CM-5(3)" },
    { source: "man", id: "apt-secure(8)" },
  ],
  needs: { software: legacySoftware },
  applies: ({ software }) => software.manager !== "none" || "neither dpkg nor rpm is here",
  inspect: ({ software }) => {
    const bad = software.sources.filter(unsigned);
    const problems = [
      ...bad.map(({ path, line, text }) => `${path} line ${line}: ${shown(text)}`),
      ...software.allowed.map((text) => `apt: ${text}`),
    ];
    return passWhen(
      problems.length === 0,
      [
        {
          asked: "sources of packages; apt-config dump",
          answered: software.sources.map(({ text }) => shown(text)).join("\n") || "none",
        },
      ],
      problems.join("; "),
    );
  },
  plan: () => [],
});
