import { accessSync, constants } from "node:fs";

/** Every host program the lab starts, with the Debian package that brings it. */
const programs: Readonly<Record<string, string>> = {
  debootstrap: "debootstrap",
  "systemd-nspawn": "systemd-container",
  nft: "nftables",
  ip: "iproute2",
  nsenter: "util-linux",
  flock: "util-linux",
  mount: "mount",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  getfacl: "acl",
  getfattr: "attr",
  nmap: "nmap",
  "ssh-audit": "ssh-audit",
  // The integrations that the runtime category is tried on are compiled from their sources.
  javac: "openjdk-17-jdk-headless",
  jar: "openjdk-17-jdk-headless",
  openssl: "openssl",
  unzip: "unzip",
};

const searched = (process.env.PATH ?? "").split(":").concat("/usr/sbin", "/sbin");

function isInstalled(program: string): boolean {
  return searched.some((folder) => {
    try {
      accessSync(`${folder}/${program}`, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Why no lab can be opened on this machine, in one sentence; undefined when it can. */
export function missingPrerequisites(): string | undefined {
  if (process.platform !== "linux") return "the lab needs Linux: its servers are systemd containers";
  if (process.geteuid?.() !== 0) return "the lab needs root: run it as `sudo npm run lab`";
  const packages = new Set(
    Object.entries(programs)
      .filter(([program]) => !isInstalled(program))
      .map(([, name]) => name),
  );
  if (packages.size > 0) return `the lab needs more programs: apt-get install ${[...packages].join(" ")}`;
  return undefined;
}

/**
 * For lab tests: the reason to skip, or undefined when the lab can be opened.
 * With `CI` set nothing may be skipped unseen, so a missing prerequisite throws.
 */
export function labOrSkip(missing = missingPrerequisites(), environment = process.env): string | undefined {
  if (missing !== undefined && environment.CI)
    throw new Error(`lab tests may not be skipped when CI is set: ${missing}`);
  return missing;
}
