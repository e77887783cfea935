import { template } from "../../../src/embedded/templates.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { limitsFile, modprobeFile, sysctlFile } from "../../../src/probes/kernel.ts";
import { sysctlContent } from "./composer.ts";
import { modprobeContent } from "./kernel-modules.ts";
import { forwarding, modules, reversePath, routerAdvertisements } from "./questions.ts";
import { perInterface, setting } from "./settings.ts";

/** The files for any machine, from answers alone. */
export const generateKernel = (answers: AnswerReader): readonly RenderedFile[] => {
  const strict = answers.get(reversePath) === "strict";
  const settings = [
    ...["accept_redirects", "secure_redirects", "send_redirects", "accept_source_route"].flatMap((name) =>
      perInterface("ipv4", name, 0),
    ),
    ...["accept_redirects", "accept_source_route"].flatMap((name) => perInterface("ipv6", name, 0)),
    ...perInterface("ipv4", "rp_filter", strict ? 1 : 2),
    ...perInterface("ipv4", "log_martians", 1),
    ...(answers.get(forwarding) ? [] : [setting("net.ipv4.ip_forward", 0), ...perInterface("ipv6", "forwarding", 0)]),
    ...(answers.get(routerAdvertisements) ? [] : perInterface("ipv6", "accept_ra", 0)),
    setting("net.ipv4.icmp_echo_ignore_broadcasts", 1),
    setting("net.ipv4.icmp_ignore_bogus_error_responses", 1),
    setting("net.ipv4.tcp_syncookies", 1),
    setting("kernel.randomize_va_space", 2),
    setting("kernel.kptr_restrict", 2),
    setting("kernel.dmesg_restrict", 1),
    setting("kernel.perf_event_paranoid", 3),
    setting("kernel.yama.ptrace_scope", 1),
    setting("kernel.unprivileged_bpf_disabled", 2),
    setting("net.core.bpf_jit_harden", 2),
    setting("fs.protected_symlinks", 1),
    setting("fs.protected_hardlinks", 1),
    setting("fs.protected_fifos", 2),
    setting("fs.protected_regular", 2),
    setting("fs.suid_dumpable", 0),
    setting("kernel.sysrq", 0),
    setting("dev.tty.ldisc_autoload", 0),
  ];
  return [
    {
      path: sysctlFile,
      content: sysctlContent([...settings].sort((a, b) => (a.key < b.key ? -1 : 1))),
      mode: "0644",
      about: "Kernel settings, read at every boot; now: sysctl --system",
    },
    {
      path: modprobeFile,
      content: modprobeContent(answers.get(modules)),
      mode: "0644",
      about: "Modules that are never loaded; takes effect for the next one that is asked for.",
    },
    {
      path: limitsFile,
      content: template("etc/security/limits.d/zz-drawbridge.conf"),
      mode: "0644",
      about: "No core dumps; holds for every new login.",
    },
  ];
};
