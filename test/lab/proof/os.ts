import { type ByHand, type Deed, type Flaw, sh, type Variant } from "./flaw.ts";

const admission = ["firewall-inbound-default-deny", "firewall-ssh", "ssh-port"];

/** What makes a fresh server worse for the steps of the OS, beyond test/lab/bad-server.ts. */
export const osFlaws: readonly Flaw[] = [
  {
    control: "ssh-ciphers",
    deeds: [
      {
        file: "/etc/ssh/sshd_config.d/50-neglected.conf",
        content: "Ciphers +aes128-cbc\nHostbasedAuthentication yes\nPermitEmptyPasswords yes\nLogLevel QUIET\n",
      },
      { run: ["systemctl", "reload", "ssh"] },
    ],
  },
  // In the same file: HostbasedAuthentication, PermitEmptyPasswords, LogLevel.
  { control: "ssh-legacy", deeds: [] },
  { control: "ssh-log-level", deeds: [] },
  { control: "files-account-databases", deeds: [{ run: ["chmod", "0666", "/etc/shells"] }] },
  { control: "accounts-service-shells", deeds: [{ run: ["usermod", "--shell", "/bin/bash", "games"] }] },
  {
    control: "accounts-empty-passwords",
    deeds: [{ run: ["useradd", "--create-home", "visitor"] }, { run: ["passwd", "--delete", "visitor"] }],
  },
  {
    control: "software-legacy",
    deeds: [
      sh(
        "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends inetutils-telnet rpcbind",
      ),
    ],
  },
  // rpcbind, of the line above.
  { control: "software-services", deeds: [] },
];

export const osVariants: readonly Variant[] = [
  {
    controls: ["administrator-account", "administrator-key", "administrator-sudo"],
    answers: { "administrator.name": "keeper", "administrator.sudo": "nopasswd" },
  },
  {
    // Those who are in stay in: sshd asks at the next login.
    controls: ["ssh-public-key-authentication"],
    flaw: [
      { file: "/etc/ssh/sshd_config.d/40-neglected.conf", content: "PubkeyAuthentication no\n" },
      { run: ["systemctl", "reload", "ssh"] },
    ],
    clean: [{ run: ["systemctl", "reload", "ssh"] }],
  },
  { controls: ["firewall-inbound-default-deny"], with: admission },
  { controls: ["firewall-ssh"], with: admission, answers: { "firewall.ssh-from": ["10.213.0.0/16", "fd00::/8"] } },
  { controls: ["firewall-public-ports"], with: admission },
  {
    controls: ["firewall-cluster-peers"],
    with: admission,
    answers: { "firewall.peer-ports": ["7800/tcp"], "firewall.peers": ["10.213.0.77"] },
  },
  { controls: ["firewall-forwarding"], with: admission },
  { controls: ["firewall-outbound"], with: admission, answers: { "firewall.outbound": "allow-list" } },
  { controls: ["firewall-log"], with: admission },
  { controls: ["firewall-at-boot"], with: admission },
  { controls: ["software-services"], answers: { "software.masked": ["rpcbind.service"] } },
  { controls: ["backups-known"], answers: { "backups.repository": "" } },
  { controls: ["backups-recent"], with: ["backups-scheduled"] },
  {
    controls: ["backups-restorable"],
    with: ["backups-scheduled", "backups-recent"],
    // What was saved stays, and opens by the password of that time only.
    answers: { "backups.repository": "/srv/backups/second" },
  },
];

/** The package as it was long ago, by dpkg's own record. */
export const older = (name: string): readonly Deed[] => [
  { keep: "/var/lib/dpkg/status" },
  sh(
    `awk -v RS= -v ORS='\\n\\n' '{ if ($0 ~ /^Package: ${name}\\n/) sub(/\\nVersion: [^\\n]*/, "\\nVersion: 0.0-0"); print }' /var/lib/dpkg/status > /run/status && cat /run/status > /var/lib/dpkg/status`,
  ),
];

/** apt answers from its cache, which has to be newer than dpkg's record. */
export const listsRead: readonly Deed[] = [sh("apt-get update -qq; apt-cache gencaches")];

export const osByHand: readonly ByHand[] = [
  { control: "files-setuid", mend: [{ gone: "/usr/local/bin/odd" }] },
  {
    control: "files-unowned",
    flaw: [{ file: "/srv/orphan", content: "whose?\n", owner: "4242:4242" }],
    mend: [{ run: ["chown", "root:root", "/srv/orphan"] }],
  },
  {
    control: "accounts-superusers",
    flaw: [
      { keep: "/etc/passwd" },
      { keep: "/etc/shadow" },
      sh("echo 'toor:x:0:0::/root:/bin/bash' >> /etc/passwd; echo 'toor:!:20000:0:99999:7:::' >> /etc/shadow"),
    ],
    mend: [sh("sed -i '/^toor:/d' /etc/passwd /etc/shadow")],
  },
  {
    control: "software-sources",
    flaw: [
      {
        file: "/etc/apt/sources.list.d/neglected.list",
        content: "deb [trusted=yes] http://archive.example.org/debian stable main\n",
      },
    ],
  },
  {
    control: "updates-pending",
    // What is held makes dpkg write its record again, and apt's cache is old then.
    round: "an old package",
    flaw: [...older("zlib1g"), ...listsRead],
    clean: listsRead,
  },
  {
    control: "open-ports-outside",
    round: "what a stranger sees",
    outside: true,
    answers: { "ssh.port": 22 },
    mend: [{ run: ["systemctl", "stop", "rpcbind.socket", "rpcbind.service"] }],
    clean: [{ run: ["systemctl", "start", "rpcbind.socket", "rpcbind.service"] }],
  },
  {
    control: "firewall-single-owner",
    round: "two programs that rule over the firewall",
    flaw: [
      { file: "/etc/ufw/ufw.conf", content: "ENABLED=yes\nLOGLEVEL=low\n" },
      sh(
        "nft 'add table inet proof; add chain inet proof input { type filter hook input priority 0; policy accept; }; add rule inet proof input tcp dport 9 drop'",
      ),
    ],
    mend: [{ gone: "/etc/ufw/ufw.conf" }],
    clean: [sh("nft delete table inet proof; rmdir --ignore-fail-on-non-empty /etc/ufw")],
  },
  { control: "updates-reboot", flaw: [{ file: "/run/reboot-required", content: "" }] },
  {
    control: "updates-held",
    flaw: [{ run: ["apt-mark", "hold", "zlib1g"] }],
    mend: [{ run: ["apt-mark", "unhold", "zlib1g"] }],
  },
  {
    control: "firewall-published-ports",
    flaw: [
      sh(
        "nft 'add table ip nat; add chain ip nat PREROUTING { type nat hook prerouting priority -100; }; add rule ip nat PREROUTING tcp dport 8080 dnat to 172.17.0.2:80'",
      ),
    ],
    mendAnswers: { "open-ports.allowed": ["8080/tcp"] },
    mend: [],
    clean: [sh("nft delete table ip nat")],
  },
  {
    control: "backups-off-host",
    mend: [],
    mendAnswers: { "backups.repository": "sftp:backup@vault.example.org:/srv/repository" },
  },
  {
    control: "waivers-current",
    flaw: [
      {
        file: "/etc/drawbridge/waivers.json",
        mode: "0600",
        content: `${JSON.stringify({
          schemaVersion: 1,
          waivers: {
            "files-mounts": { reason: "a ticket", owner: "Operations", waived: "2026-01-01", until: "2026-02-01" },
          },
        })}\n`,
      },
    ],
    mend: [
      {
        file: "/etc/drawbridge/waivers.json",
        mode: "0600",
        content: `${JSON.stringify({
          schemaVersion: 1,
          waivers: {
            "files-mounts": { reason: "a ticket", owner: "Operations", waived: "2026-11-01", until: "2099-01-01" },
          },
        })}\n`,
      },
    ],
  },
];
