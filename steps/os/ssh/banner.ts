import type { Sshd, SshdFile } from "../../../src/probes/sshd.ts";

/** Where a banner of ours goes; a file that Banner names already is kept. */
export const usualBanner = "/etc/issue.net";

/** Words that Lynis (BANN-7130) looks for; it wants more than five of them. */
const legalWords =
  /audit|access|authori|condition|connect|consent|continu|criminal|enforce|evidence|forbidden|intrusion|law|legal|legislat|log|monitor|owner|penal|policy|policies|privacy|private|prohibited|prosecut|record|restricted|secure|subject|system|terms|warning/giu;

/** agetty(8) escapes and names of systems tell an attacker what to try. CIS Debian 12 1.6.3. */
const tellsTheSystem = /\\[mrsvSnl]|debian|ubuntu|red ?hat|rocky|almalinux|centos|suse|fedora|linux|openssh/iu;

export const isLegalBanner = (text: string): boolean =>
  new Set(text.toLowerCase().match(legalWords) ?? []).size > 5 && !tellsTheSystem.test(text);

/** The file everyone is shown now; undefined when nobody is shown anything, or the file is missing. */
export const presentBanner = (sshd: Sshd): SshdFile | undefined => {
  const path = sshd.views[0].effective.banner?.[0] ?? "none";
  return path === "none" ? undefined : sshd.banners[path];
};
