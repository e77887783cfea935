import { describe, expect, it } from "vitest";
import { rulesContent, topicsIn } from "../../../../steps/os/audit/composer.ts";
import { missingRules } from "../../../../steps/os/audit/rules.ts";
import { secretFileRules } from "../../../../steps/os/audit/secret-files.ts";
import { syscallRules } from "../../../../steps/os/audit/syscalls.ts";

describe("rules, as they are written and as auditctl -l prints them", () => {
  it.each([
    ["-w /etc/passwd -p wa -k identity", "-w /etc/passwd -p wa -k identity"],
    ["-w /etc/sudoers.d -p wa -k scope", "-w /etc/sudoers.d/ -p wa -k other"],
    ["-w /etc/passwd -p wa -k identity", "-w /etc/passwd -p rwxa -k all"],
    ["-w /etc/passwd -p wa -k identity", "-a always,exit -F path=/etc/passwd -F perm=wa -F key=identity"],
    ["-w /etc/passwd -p wa -k identity", "-a always,exit -S all -F path=/etc/passwd -F perm=aw -F key=identity"],
    [
      "-a always,exit -F arch=b64 -S unlink,unlinkat,rename -F auid>=1000 -F auid!=unset -k delete",
      "-a always,exit -F arch=b64 -S rename,unlink,unlinkat -F auid>=1000 -F auid!=-1 -F key=delete",
    ],
    [
      "-a always,exit -F arch=b64 -C euid!=uid -F auid!=unset -S execve -k user_emulation",
      "-a always,exit -F arch=b64 -S execve -C uid!=euid -F auid!=-1 -F key=user_emulation",
    ],
    [
      "-a always,exit -F path=/usr/bin/su -F perm=x -F auid>=1000 -F auid!=unset -k privileged",
      "-a exit,always -S all -F path=/usr/bin/su -F perm=x -F auid>=1000 -F auid!=4294967295 -F key=privileged",
    ],
  ])("%s is there in %s", (wanted, effective) => {
    expect(missingRules([effective], [wanted])).toEqual([]);
  });

  it("finds what several rules cover together", () => {
    const wanted = ["-a always,exit -F arch=b64 -S mount,umount2 -F auid>=1000 -k mounts"];
    const one = "-a always,exit -F arch=b64 -S mount -F auid>=1000 -F key=a";
    const two = "-a always,exit -F arch=b64 -S umount2 -F auid>=1000 -F key=b";
    expect(missingRules([one], wanted)).toEqual(wanted);
    expect(missingRules([two, one], wanted)).toEqual([]);
  });

  it.each([
    ["-w /etc/passwd -p wa -k identity", "-w /etc/passwd -p w -k identity"],
    ["-w /etc/passwd -p wa -k identity", "-w /etc/passwd- -p wa -k identity"],
    ["-a always,exit -F arch=b64 -S mount -k m", "-a always,exit -F arch=b32 -S mount -k m"],
    [
      "-a always,exit -F arch=b64 -S mount -F auid>=1000 -k m",
      "-a always,exit -F arch=b64 -S mount -F auid>=5000 -k m",
    ],
    ["-a always,exit -F arch=b64 -S mount -k m", "-a never,exit -F arch=b64 -S mount -k m"],
  ])("%s is not there in %s", (wanted, effective) => {
    expect(missingRules([effective], [wanted])).toEqual([wanted]);
  });
});

describe("the file of rules", () => {
  it("reads back what it writes, in one order", () => {
    const topics = [
      { name: "scope", rules: ["-w /etc/sudoers -p wa -k scope"] },
      { name: "identity", rules: ["-w /etc/passwd -p wa -k identity", "-w /etc/group -p wa -k identity"] },
    ];
    expect(topicsIn(rulesContent(topics))).toEqual([topics[1], topics[0]]);
    expect(rulesContent(topics)).toBe(rulesContent([...topics].reverse()));
  });

  it("asks both kinds of programs on x86_64, and names nothing that aarch64 does not have", () => {
    expect(syscallRules({ architecture: "x86_64" }, ["stime", "unlink"], "-k a")).toEqual([
      "-a always,exit -F arch=b64 -S unlink -k a",
      "-a always,exit -F arch=b32 -S stime,unlink -k a",
    ]);
    expect(syscallRules({ architecture: "aarch64" }, ["unlink", "unlinkat"], "-k a")).toEqual([
      "-a always,exit -F arch=b64 -S unlinkat -k a",
    ]);
  });

  it("never names a path that would be read as something else", () => {
    expect(secretFileRules({ firstUid: 1000 }, ["/etc/a b", "/etc/a\n-D", "relative", "/etc/ok.toml"], "k")).toEqual([
      "-w /etc/ok.toml -p wa -k k",
      "-a always,exit -F path=/etc/ok.toml -F perm=r -F auid>=1000 -F auid!=unset -k k-read",
    ]);
  });
});
