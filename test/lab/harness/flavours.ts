/**
 * What a fresh server of each kind contains, as data. A flavour is the state its parent's server has after the steps ran in it;
 * it is built once in a booted container and kept as a layer, so that further servers cost two seconds.
 */

export type Release = "bookworm" | "trixie";

export type Flavour = {
  parent: string | undefined;
  /** Run one after the other as root inside a booted server of the parent flavour; each has to succeed. */
  steps: readonly (readonly string[])[];
};

/** On top of Debian's "important" packages, which debootstrap installs by default. */
export const basePackages = [
  "acl",
  "attr",
  "ca-certificates",
  "dbus",
  "diffutils",
  "iproute2",
  "iputils-ping",
  "libpam-systemd",
  "nftables",
  "openssh-server",
  "procps",
  "sudo",
] as const;

const install = (...packages: string[]): readonly string[] => [
  "env",
  "DEBIAN_FRONTEND=noninteractive",
  "apt-get",
  "install",
  "--yes",
  "--quiet",
  "--no-install-recommends",
  ...packages,
];

/** The one password of lab servers: root's, as hosters mail it. Good inside the lab's own network only. */
export const rootPassword = "lab";

const script = (text: string): readonly string[] => ["sh", "-euc", text];

export const flavours = {
  /** As many hosters deliver: only root, who may log in with a password or the operator's key. */
  rootonly: {
    parent: undefined,
    steps: [
      ["apt-get", "update", "--quiet"],
      ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "dist-upgrade", "--yes", "--quiet"],
      ["apt-get", "clean"],
      script("sed -i 's/^#PermitRootLogin .*/PermitRootLogin yes/' /etc/ssh/sshd_config"),
      script(`echo 'root:${rootPassword}' | chpasswd`),
    ],
  },
  /** The ordinary case: root as above and an administrator `op` with the operator's key and sudo without a password. */
  fresh: {
    parent: "rootonly",
    steps: [
      ["useradd", "--create-home", "--shell", "/bin/bash", "--groups", "sudo", "op"],
      script("umask 0337; echo 'op ALL=(ALL:ALL) NOPASSWD:ALL' > /etc/sudoers.d/op"),
      // The first sudo of an account leaves a mark in its home; a later one leaves none.
      ["runuser", "-u", "op", "--", "sudo", "-n", "true"],
    ],
  },
  /** `fresh` with a web server on port 80: a workload that has to survive. */
  nginx: {
    parent: "fresh",
    steps: [install("nginx-light"), ["apt-get", "clean"], ["systemctl", "is-active", "nginx"]],
  },
  /** `fresh` with the release's own Java (17 on bookworm, 21 on trixie): room for integrations. */
  java: {
    parent: "fresh",
    steps: [install("default-jre-headless"), ["apt-get", "clean"], ["java", "-version"]],
  },
  /** `java` with nginx and haproxy, both stopped and disabled, and the tools to look at TLS: what stands in front of integrations. */
  proxy: {
    parent: "java",
    steps: [
      install("nginx-light", "haproxy", "openssl", "curl"),
      ["apt-get", "clean"],
      ["systemctl", "disable", "--now", "nginx", "haproxy"],
      script("rm -f /etc/nginx/sites-enabled/default"),
    ],
  },
  /**
   * A node of a cluster: keepalived (idle), haproxy without a frontend, and nginx on port 9090 in the place of an integration,
   * which answers with the host's name.
   */
  failover: {
    parent: "fresh",
    steps: [
      install("keepalived", "haproxy", "nginx-light", "openssl", "curl", "logrotate"),
      ["apt-get", "clean"],
      script(`rm -f /etc/nginx/sites-enabled/default
printf '%s\\n' 'server {' '    listen 9090;' '    location / { return 200 "$hostname\\n"; }' '}' > /etc/nginx/conf.d/standin.conf
nginx -t && systemctl reload nginx
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj /CN=integration.example -keyout /root/key.pem -out /root/certificate.pem
cat /root/certificate.pem /root/key.pem > /etc/ssl/private/integration.pem
rm /root/certificate.pem /root/key.pem
curl -fsS http://127.0.0.1:9090/`),
    ],
  },
  /** `fresh` with testssl.sh: another machine that looks at TLS from outside. */
  scanner: {
    parent: "fresh",
    steps: [install("testssl.sh", "bsdextrautils", "dnsutils"), ["apt-get", "clean"], ["testssl", "--version"]],
  },
  /** `fresh` with the release's own PostgreSQL and MariaDB, both running. */
  databases: {
    parent: "fresh",
    steps: [
      install("postgresql", "mariadb-server", "openssl"),
      ["apt-get", "clean"],
      script("systemctl is-active postgresql mariadb"),
    ],
  },
  /** `fresh` with git: where somebody keeps a repository on a server. */
  git: {
    parent: "fresh",
    steps: [install("git"), ["apt-get", "clean"], ["git", "--version"]],
  },
  /** `fresh` with buildah, which builds images without an engine: where a pipeline builds. Overlays cannot be laid on the lab's own. */
  images: {
    parent: "fresh",
    steps: [
      install("buildah"),
      ["apt-get", "clean"],
      script(
        "printf '%s\\n' '[storage]' 'driver = \"vfs\"' 'runroot = \"/run/containers/storage\"' 'graphroot = \"/var/lib/containers/storage\"' > /etc/containers/storage.conf; rm -rf /var/lib/containers/storage",
      ),
      ["buildah", "images"],
    ],
  },
  /** `fresh` with ufw active and port 22 allowed. */
  ufw: {
    parent: "fresh",
    steps: [install("ufw"), ["apt-get", "clean"], ["ufw", "allow", "22"], ["ufw", "--force", "enable"]],
  },
  /** `fresh` with firewalld running, whose default zone lets ssh in. */
  firewalld: {
    parent: "fresh",
    steps: [
      install("firewalld"),
      ["apt-get", "clean"],
      ["systemctl", "enable", "--now", "firewalld"],
      ["firewall-cmd", "--permanent", "--add-service=ssh"],
    ],
  },
  /** `fresh` as a central log host: rsyslog and systemd-journal-remote, both with TLS, both stopped. */
  receiver: {
    parent: "fresh",
    steps: [
      install("rsyslog", "rsyslog-gnutls", "systemd-journal-remote", "openssl"),
      ["apt-get", "clean"],
      ["systemctl", "stop", "rsyslog.service", "syslog.socket", "systemd-journal-remote.socket"],
    ],
  },
  /** `fresh` with what a machine needs that has a kernel of its own: see test/lab/machine. */
  kernel: {
    parent: "fresh",
    steps: [
      install(
        "linux-image-cloud-amd64",
        "initramfs-tools",
        "grub-pc",
        "apparmor",
        "kmod",
        "ifupdown",
        "isc-dhcp-client",
      ),
      ["apt-get", "clean"],
    ],
  },
  /** `fresh` with an emulator, in which such a machine runs: see test/lab/machine. */
  emulator: { parent: "fresh", steps: [install("qemu-system-x86"), ["apt-get", "clean"]] },
} as const satisfies Record<string, Flavour>;

export type FlavourName = keyof typeof flavours;

export const isFlavour = (name: string): name is FlavourName => Object.hasOwn(flavours, name);
export const isRelease = (name: string): name is Release => name === "bookworm" || name === "trixie";

/** Both; or those that DRAWBRIDGE_LAB_RELEASES names, where there is no time for both. */
export const releases: readonly Release[] =
  process.env.DRAWBRIDGE_LAB_RELEASES === undefined
    ? ["bookworm", "trixie"]
    : process.env.DRAWBRIDGE_LAB_RELEASES.split(",").filter(isRelease);
