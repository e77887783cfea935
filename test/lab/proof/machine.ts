import type { Answers } from "../../../src/model/plan.ts";
import { jarOf } from "../workload/jar.ts";
import { defaultProgram } from "../workload/program.ts";
import { type ByHand, type Deed, keepOf, sh, type Variant } from "./flaw.ts";

/** What is shown on a machine with a kernel of its own, one after the other. */
export type Turn = Omit<Variant, "vanishes"> & {
  readonly name: string;
  /** Whether the machine is restarted before it is taken back, and once more afterwards, with a second undo then. */
  readonly restarts?: true;
};

const audited = { "audit.wanted": true } as const;

export const machineAnswers: Answers = { "workload.expected": true };

/** No service makes or removes what is named here: it is there from the beginning to the end. */
export const makeMachine = async (machine: Parameters<typeof keepOf>[0]): Promise<void> => {
  await machine.must(["install", "-d", "/opt/orders"]);
  await machine.copyIn(await jarOf(defaultProgram), "/opt/orders/orders.jar");
  await keepOf(machine, shelf).do([
    { run: ["apt-get", "update", "-qq"] },
    {
      // After systemd's 99-protect-links.conf.
      file: "/etc/sysctl.d/99-zz-neglected.conf",
      content: [
        "kernel.randomize_va_space = 0",
        "kernel.kptr_restrict = 0",
        "kernel.dmesg_restrict = 0",
        "kernel.perf_event_paranoid = 1",
        "kernel.yama.ptrace_scope = 0",
        "kernel.unprivileged_bpf_disabled = 0",
        "net.core.bpf_jit_harden = 0",
        "fs.protected_symlinks = 0",
        "fs.protected_hardlinks = 0",
        "fs.protected_fifos = 0",
        "fs.protected_regular = 0",
        "kernel.sysrq = 1",
        "kernel.ctrl-alt-del = 1",
        "dev.tty.ldisc_autoload = 1",
        "",
      ].join("\n"),
    },
    { run: ["sysctl", "--quiet", "--system"] },
    { file: "/etc/sudoers.d/neglected", mode: "0440", content: 'Defaults logfile="/var/log/sudo.log"\n' },
    // An integration that is not started: the audit trail watches its files.
    { file: "/opt/orders/Config.toml", mode: "0600", content: 'dbPassword = "unused"\n' },
    {
      file: "/etc/systemd/system/orders.service",
      content:
        "[Service]\nWorkingDirectory=/opt/orders\nExecStart=/usr/bin/java -jar /opt/orders/orders.jar\n[Install]\nWantedBy=multi-user.target\n",
    },
    { run: ["systemctl", "daemon-reload"] },
  ]);
};

/** Kept over a restart. */
export const shelf = "/var/tmp/proof";

const quietly = (words: string): Deed => sh(`DEBIAN_FRONTEND=noninteractive apt-get -y -qq ${words} >/dev/null`);

const kernelKeys = [
  "kernel-address-layout",
  "kernel-pointers",
  "kernel-ptrace",
  "kernel-bpf",
  "kernel-links",
  "kernel-keyboard",
];

const trail = [
  "audit-running",
  "audit-space",
  "audit-sudoers",
  "audit-as-root",
  "audit-sudo-log",
  "audit-time",
  "audit-network",
  "audit-privileged",
  "audit-access-denied",
  "audit-identity",
  "audit-permissions",
  "audit-mounts",
  "audit-sessions",
  "audit-logins",
  "audit-deletes",
  "audit-mandatory-access",
  "audit-tools",
  "audit-modules",
  "audit-integrations",
];

export const turns: readonly Turn[] = [
  { name: "audit trail", controls: trail, answers: audited },
  {
    name: "over restarts",
    controls: ["audit-immutable"],
    with: trail,
    answers: { ...audited, "audit.immutable": true },
    restarts: true,
  },
  {
    name: "AppArmor's profiles, keys of the kernel",
    controls: ["integrity-mandatory-access", ...kernelKeys],
    flaw: [quietly("purge apparmor")],
    clean: [quietly("install --no-install-recommends apparmor")],
  },
  {
    name: "the trail's files",
    controls: ["audit-files"],
    flaw: [
      quietly("install --no-install-recommends auditd"),
      { run: ["chmod", "0755", "/var/log/audit", "/etc/audit/rules.d"] },
      { run: ["chmod", "0666", "/var/log/audit/audit.log", "/etc/audit/auditd.conf"] },
      { run: ["chown", "games:games", "/etc/audit/rules.d/audit.rules"] },
      { run: ["chmod", "0777", "/usr/sbin/auditctl"] },
    ],
    clean: [quietly("purge auditd"), quietly("autoremove --purge")],
  },
];

/** What answers everyone who asks for the time, as RFC 5905 has it: the time of the machine itself. */
const timeServer = `use Socket;
socket my $socket, PF_INET, SOCK_DGRAM, 0 or die; bind $socket, sockaddr_in(123, inet_aton("127.0.0.1")) or die;
while (my $from = recv $socket, my $asked, 512, 0) {
  my $now = time + 2208988800;
  my $request = substr $asked, 40, 8;
  send $socket, pack("CCCc N N a4 N2 a8 N2 N2", 0x24, 1, 6, -20, 0, 0, "LOCL", $now, 0, $request, $now, 0, $now, 0), 0, $from;
}
`;

const profile = (flags: string): Deed => ({
  file: "/etc/apparmor.d/usr.local.bin.odd",
  content: `/usr/local/bin/odd ${flags}{\n  /** mr,\n}\n`,
});

/** Found only, and looked at before and after one restart. */
export const machineByHand: readonly ByHand[] = [
  {
    control: "audit-boot",
    answers: audited,
    mend: [
      { keep: "/etc/default/grub" },
      sh(
        `sed -i 's/^GRUB_CMDLINE_LINUX="/&audit=1 audit_backlog_limit=8192 /' /etc/default/grub; update-grub >/dev/null 2>&1`,
      ),
    ],
  },
  {
    control: "time-synchronised",
    flaw: [
      quietly("install --no-install-recommends systemd-timesyncd"),
      { file: "/etc/systemd/timesyncd.conf.d/neglected.conf", content: "[Time]\nNTP=127.0.0.9\nFallbackNTP=\n" },
      { run: ["systemctl", "enable", "--now", "--quiet", "systemd-timesyncd"] },
      { run: ["systemctl", "restart", "systemd-timesyncd"] },
    ],
    mend: [
      { file: "/usr/local/lib/time-server.pl", content: timeServer },
      {
        file: "/etc/systemd/system/time-server.service",
        content:
          "[Service]\nExecStart=/usr/bin/perl /usr/local/lib/time-server.pl\n[Install]\nWantedBy=multi-user.target\n",
      },
      { run: ["systemctl", "enable", "--quiet", "time-server"] },
      { file: "/etc/systemd/timesyncd.conf.d/neglected.conf", content: "[Time]\nNTP=127.0.0.1\nFallbackNTP=\n" },
    ],
  },
  {
    control: "integrity-profiles-enforced",
    flaw: [
      { run: ["install", "-m", "0755", "/bin/sleep", "/usr/local/bin/odd"] },
      {
        file: "/etc/systemd/system/odd.service",
        content: "[Service]\nExecStart=/usr/local/bin/odd infinity\n[Install]\nWantedBy=multi-user.target\n",
      },
      { run: ["systemctl", "enable", "--now", "--quiet", "odd"] },
      // Loaded after the program was started, and told to look on only.
      profile("flags=(complain) "),
      { run: ["apparmor_parser", "--replace", "/etc/apparmor.d/usr.local.bin.odd"] },
    ],
    mend: [profile("")],
  },
];
