/** Why a rule of others still fails after everything was applied with its recommended answers: written into docs/cis.md. */
export const cisReasons: Readonly<Record<string, string>> = {
  package_nginx_removed: "the workload",
  service_nginx_disabled: "the workload",
  package_ufw_installed: "nftables is in use; ufw beside it would be a second owner of the firewall",
  set_nftables_base_chain:
    "asks for an output chain too; outgoing traffic is limited only where the operator answers so",
  service_nftables_enabled: "nftables.service is somebody's, so a unit of our own stands beside it (docs/adr/0014)",
  firewall_single_service_active:
    "nftables.service is somebody's, so a unit of our own stands beside it (docs/adr/0014)",
  package_timesyncd_installed: "chrony keeps the time; the profile asks for both and for only one",
  service_chronyd_disabled: "chrony keeps the time; the profile asks for both and for only one",
  service_timesyncd_enabled: "chrony keeps the time; systemd-timesyncd does not start in a container",
  journald_disable_forward_to_syslog: "contradicts `journald_forward_to_syslog`",
  systemd_journal_upload_url: "where to is the operator's to say (`forwarding` step)",
  systemd_journal_upload_server_tls: "where to is the operator's to say (`forwarding` step)",
  "package_systemd-journal-remote_installed": "where to is the operator's to say (`forwarding` step)",
  sysctl_kernel_randomize_va_space: "a container cannot set it",
  sysctl_kernel_yama_ptrace_scope: "a container cannot set it",
  sysctl_fs_suid_dumpable: "a container cannot set it",
  sysctl_kernel_dmesg_restrict: "a container cannot set it",
  sysctl_kernel_kptr_restrict: "a container cannot set it",
  sysctl_net_ipv4_conf_default_rp_filter:
    "in force; the rule wants no other file to name the key, and systemd's own does",
  grub2_enable_apparmor: "a container has no kernel of its own",
  package_apparmor_installed: "a container has no kernel of its own",
  "package_apparmor-utils_installed": "a container has no kernel of its own",
  partition_for_tmp:
    "files that services use would vanish under it: each service with PrivateTmp= starts the mount with its own next start",
  aide_build_database: "looks for lines that Debian's AIDE no longer uses; the database is there",
  aide_periodic_checking_systemd_timer: "looks for `aidecheck.timer`; Debian's is `dailyaidecheck.timer`, and runs",
  file_groupowner_backup_etc_gshadow:
    "root's, with no bit for any group; the content for Debian 12 wants group shadow, that for Debian 13 group root",
  file_groupowner_cron_allow: "others than root are named, and crontab(1) reads the list as group crontab",
  permissions_local_var_log: "wants every file in /var/log at 0640, of programs too that make theirs otherwise",
  no_shelllogin_for_systemaccounts: "dhcpcd has /bin/false, which is no login shell but not on the rule's list",
  rsyslog_filecreatemode: "said twice: in rsyslog.conf and in a file of its own",
  sysctl_reapply_after_network: "not wanted",
};

/** Tests of Lynis that still cost points. */
export const lynisReasons: Readonly<Record<string, string>> = {
  "ACCT-9622": "process accounting: auditd tells more, and is a step of its own",
  "ACCT-9628": "auditd: a container has no audit of its own",
  "AUTH-9286": "no minimum age of passwords: whoever fears that his was seen must be able to change it at once",
  "DEB-0280": "libpam-tmpdir: moves the temporary folder of every session, which programs take badly",
  "DEB-0810": "apt-listbugs: asks the network before every installation and stops unattended updates",
  "DEB-0831":
    "needrestart brings binutils, an assembler, to a server that should have none; `updates-reboot` tells what waits for a restart",
  "DEB-0880": "fail2ban: passwords are off, so there is nothing to guess",
  "FILE-6310": "/home, /var and /tmp are not moved to other file systems on a server that runs",
  "FILE-6344": "hidepid on /proc breaks logins under systemd",
  "FILE-6374": "options of file systems that a container does not mount",
  "HRDN-7230": "no malware scanner",
  "HTTP-6710": "the workload speaks no TLS",
  "KRNL-6000": "keys of the kernel that a container cannot set",
  "LOGG-2154": "where to is the operator's to say (`forwarding` step)",
  "MACF-6290": "a container has no kernel of its own",
  "MALW-3280": "no malware scanner",
  "SSH-7408":
    "ClientAliveCountMax 3 (CIS' content asks for exactly that), LogLevel INFO (likewise; VERBOSE is an answer away), MaxSessions 4 (multiplexed logins)",
  "TOOL-5190": "no intrusion detection system",
  "USB-3000": "USBGuard would shut out the keyboard of whoever stands before the machine",
};
