import { describe, expect, it, test } from "vitest";
import { answerReader } from "../../../../src/core/answers.ts";
import { known, knownValue } from "../../../../src/model/fact.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import { type Closures, closures, debianLimits, reapplyFile, reapplyWanted } from "../../../../src/probes/closures.ts";
import { assignmentsOf, atBoot, dotted, type Kernel, kernel, sysctlFile } from "../../../../src/probes/kernel.ts";
import { machine as machineProbe } from "../../../../src/probes/machine.ts";
import { kernelStep } from "../../../../steps/os/kernel/index.ts";
import { captured, factsOf, parsed, settle } from "../../settle.ts";

/** A Debian 13 server as installed, in a container: kernel.* cannot be set in there. */
const fresh = knownValue(parsed(kernel, captured("kernel", "trixie"))) as Kernel;

/** The same on a machine of its own, with some keys as given. */
const machine = (keys: Readonly<Record<string, string>> = {}, others: Partial<Kernel> = {}): Kernel => ({
  ...fresh,
  keys: new Map(
    [...fresh.keys, ...Object.keys(keys).map((key) => [key, { value: "", writable: true }] as const)].map(
      ([key, state]) => [key, { value: keys[key] ?? state.value, writable: true }],
    ),
  ),
  ...others,
});

const open: Closures = { files: new Map(), records: [], reapplied: "", folders: [] };
const here = { name: "a", machineId: "", release: "", distribution: "debian", version: "13", systemd: true };

const settled = (seen: Kernel, given: Answers = {}, closed: Closures = open) =>
  settle([kernelStep], factsOf([kernel, known(seen)], [closures, known(closed)], [machineProbe, known(here)]), given);

/** What is closed again and again, after a plan was carried out. */
const closedBy = (changes: ReturnType<typeof settled>["changes"], seen: Closures = open): Closures => ({
  ...seen,
  files: new Map([
    ...seen.files,
    ...changes.flatMap((change) => (change.kind === "file" ? [[change.path, change.after] as const] : [])),
  ]),
  reapplied: "enabled",
});

/** What the machine says after the plan was carried out. */
const applied = (seen: Kernel, given: Answers = {}): Kernel => {
  const { changes } = settled(seen, given);
  let { files, ufw } = seen;
  const keys = new Map(seen.keys);
  const own = new Map(seen.own);
  for (const change of changes) {
    if (change.kind === "file") {
      const file = { path: change.path, ...change.after };
      own.set(change.path, file);
      if (change.path === sysctlFile) files = [...files.filter(({ path }) => path !== sysctlFile), file];
      if (change.path === ufw?.path) ufw = file;
    }
    if (change.kind !== "command") continue;
    for (const word of change.argv.slice(3)) {
      const [key = "", value = ""] = word.split("=");
      keys.set(key, { value, writable: true });
    }
  }
  return {
    ...seen,
    files,
    ufw,
    keys,
    own,
    folders: ["/etc/sysctl.d", "/etc/modprobe.d", "/etc/security/limits.d", "/etc/systemd/coredump.conf.d"],
    limits: [{ path: "/etc/security/limits.d/zz-drawbridge.conf", line: "* hard core 0" }],
    modules: seen.modules.map((module) => ({ ...module, instead: "/bin/false" })),
    ...(seen.coredump && { coredump: { Storage: "none", ProcessSizeMax: "0" } }),
  };
};

describe("kernel-settings-hold", () => {
  it("makes the settings once more after the network, at every boot, once", () => {
    const first = settled(machine());
    expect(first.results["kernel-settings-hold"]).toBe("fail");
    const paths = first.changes.flatMap((change) => ("path" in change ? [change.path] : []));
    expect(paths).toContain(reapplyFile);
    expect(first.changes).toContainEqual(
      expect.objectContaining({ kind: "symlink", path: reapplyWanted, target: reapplyFile }),
    );
    const again = settled(applied(machine()), {}, closedBy(first.changes));
    expect(again.results["kernel-settings-hold"]).toBe("pass");
    expect(again.changes.flatMap((change) => ("path" in change ? [change.path] : []))).not.toContain(reapplyFile);
  });

  it("does not apply where systemd does not run", () => {
    const { results } = settle(
      [kernelStep],
      factsOf([kernel, known(machine())], [closures, known(open)], [machineProbe, known({ ...here, systemd: false })]),
    );
    expect(results["kernel-settings-hold"]).toBe("notapplicable");
  });
});

describe("on a fresh server", () => {
  const { results } = settled(machine());
  test.each([
    "kernel-redirects",
    "kernel-source-routes",
    "kernel-reverse-path",
    "kernel-router-advertisements",
    "kernel-icmp",
    "kernel-syn-cookies",
    "kernel-address-layout",
    "kernel-pointers",
    "kernel-bpf",
    "kernel-links",
    "kernel-keyboard",
    "kernel-modules",
    "kernel-core-dumps",
  ])("%s fails", (id) => expect(results[id]).toBe("fail"));

  it("has no ptrace rule where the kernel has none", () => {
    expect(results["kernel-ptrace"]).toBe("notapplicable");
    expect(settled(machine({ "kernel.yama.ptrace_scope": "0" })).results["kernel-ptrace"]).toBe("fail");
  });
});

test("what was applied passes, and a second plan is empty", () => {
  const seen = machine({ "kernel.yama.ptrace_scope": "0" }, { coredump: {} });
  const before = settled(seen);
  const after = settled(applied(seen), before.answers, closedBy(before.changes));
  expect(after.findings.filter(({ result }) => result !== "pass").map(({ controlId }) => controlId)).toEqual([]);
  expect(after.changes).toEqual([]);
});

test("a container is not blamed for keys that its host sets, and no file names them", () => {
  const { results, details, changes } = settled(fresh);
  expect(results["kernel-address-layout"]).toBe("notapplicable");
  expect(details["kernel-address-layout"]).toContain("cannot be set in here");
  expect(JSON.stringify(changes)).not.toContain("randomize_va_space");
});

test("a right value that no file keeps fails, and so does a file with another word for the next boot", () => {
  const kept = { content: "net.ipv4.tcp_syncookies = 1\n", mode: "0644", owner: "root", group: "root" };
  const says = (files: Kernel["files"]) =>
    settled(machine({ "net.ipv4.tcp_syncookies": "1" }, { files })).results["kernel-syn-cookies"];
  expect(says([])).toBe("fail");
  expect(says([{ path: "/etc/sysctl.d/50-a.conf", ...kept }])).toBe("pass");
  expect(
    says([
      { path: "/etc/sysctl.d/50-a.conf", ...kept },
      { path: "/etc/sysctl.d/60-b.conf", ...kept, content: "net/ipv4/tcp_syncookies=0" },
    ]),
  ).toBe("fail");
});

test("a stricter value stays, also in our file", () => {
  const { changes } = settled(machine({ "kernel.yama.ptrace_scope": "3" }));
  const file = changes.find((change) => change.kind === "file" && change.path === sysctlFile);
  expect(file?.kind === "file" && file.after.content).toContain("kernel.yama.ptrace_scope = 3");
});

test("what the kernel would not take back before the next boot is not told to it", () => {
  // Once 1, kernel.unprivileged_bpf_disabled stays 1: undo would end in "Operation not permitted".
  const key = "kernel.unprivileged_bpf_disabled";
  const { changes } = settled(machine({ [key]: "0" }));
  const command = changes.find((change) => change.kind === "command" && change.argv[0] === "sysctl");
  expect(command).toMatchObject({
    argv: expect.arrayContaining([`${key}=2`]),
    inverse: expect.arrayContaining([`${key}=0`]),
  });
  // Where it is 1 already it stays.
  expect(JSON.stringify(settled(machine({ [key]: "1" })).changes)).not.toContain(`${key}=2`);
});

describe("forwarding", () => {
  const router = machine({ "net.ipv4.ip_forward": "1" }, { forwardingFor: ["docker0"] });
  it("is left to machines that forward for containers", () => {
    const { results, changes } = settled(router);
    expect(results["kernel-forwarding"]).toBe("notapplicable");
    expect(JSON.stringify(changes)).not.toContain("ip_forward");
  });

  it("is told first, both ways, because the kernel resets redirects with it", () => {
    const { changes } = settled(router, { "kernel.forwarding": false });
    const [command] = changes.filter((change) => change.kind === "command");
    expect(command?.kind).toBe("command");
    if (command?.kind !== "command") return;
    for (const words of [command.argv.slice(3), command.inverse?.slice(3) ?? []]) {
      const lastForward = words.findLastIndex((word) => /(?:ip_forward|\.forwarding)=/u.test(word));
      const firstOther = words.findIndex((word) => !/(?:ip_forward|\.forwarding)=/u.test(word));
      expect(lastForward).toBeLessThan(firstOther);
      expect(words.join(" ")).toContain("net.ipv4.conf.all.accept_redirects=");
    }
    expect(command.inverse).toContain("net.ipv4.ip_forward=1");
  });
});

test("ufw's own file says the same afterwards, and nothing else in it changes", () => {
  const content = "# Uncomment this\n#net/ipv4/ip_forward=1\nnet/ipv4/conf/all/log_martians=0\nnet/other=7\n";
  const ufw = { path: "/etc/ufw/sysctl.conf", content, mode: "0644", owner: "root", group: "root" };
  const seen = machine({}, { ufw });
  const change = settled(seen).changes.find((each) => each.kind === "file" && each.path === ufw.path);
  expect(change?.kind === "file" && change.after.content).toBe(content.replace("log_martians=0", "log_martians=1"));
  expect(settled(applied(seen)).results["kernel-reverse-path"]).toBe("pass");
});

test("several ways out are given the loose check by default, and loose accepts strict", () => {
  const seen = machine({}, { manyWays: true });
  const reader = answerReader(factsOf([kernel, known(seen)]), {});
  expect(kernelStep.questions.map((question) => [question.id, reader.get(question)])).toContainEqual([
    "kernel.reverse-path",
    "loose",
  ]);
});

test("modules that are loaded are not kept out unasked", () => {
  const modules = fresh.modules.map((module) => ({ ...module, loaded: module.name === "squashfs" }));
  const { changes } = settled(machine({}, { modules }));
  const file = changes.find((change) => change.kind === "file" && change.path.includes("modprobe"));
  expect(file?.kind === "file" && file.after.content).toContain("install cramfs /bin/false");
  expect(file?.kind === "file" && file.after.content).not.toContain("squashfs");
});

test("a later limits file beats an earlier one", () => {
  const line = (value: string) => ({ path: "/etc/security/limits.conf", line: `*\thard core ${value}` });
  const seen = (limits: Kernel["limits"]) =>
    machine(
      { "fs.suid_dumpable": "0" },
      {
        limits,
        files: [
          { path: "/etc/sysctl.d/a.conf", content: "fs.suid_dumpable=0", mode: "0644", owner: "root", group: "root" },
        ],
      },
    );
  expect(settled(seen([line("0")])).results["kernel-core-dumps"]).toBe("pass");
  expect(settled(seen([line("0"), line("unlimited")])).results["kernel-core-dumps"]).toBe("fail");
});

describe("sysctl.d(5)", () => {
  const file = (content: string) => ({ path: "/x.conf", content, mode: "0644", owner: "root", group: "root" });
  test.each([
    ["net.ipv4.ip_forward = 1", "net.ipv4.ip_forward", "1"],
    ["net/ipv4/conf/eth0.5/rp_filter=2", "net.ipv4.conf.eth0/5.rp_filter", "2"],
    ["-kernel.x=  a b  ", "kernel.x", "a b"],
  ])("reads %j", (line, key, value) => expect(assignmentsOf(file(line))).toEqual([{ key, value, path: "/x.conf" }]));
  test.each(["# a=b", "; a=b", "", "-net.ipv4.conf.all.rp_filter"])("passes over %j", (line) =>
    expect(assignmentsOf(file(line))).toEqual([]));
  it("takes the last word, patterns included", () => {
    const files = [file("net.ipv4.conf.*.rp_filter = 2"), file("net.ipv4.conf.eth0.rp_filter = 1")];
    const seen = { ...fresh, files };
    expect(atBoot(seen, "net.ipv4.conf.eth0.rp_filter")?.value).toBe("1");
    expect(atBoot(seen, "net.ipv4.conf.eth1.rp_filter")?.value).toBe("2");
    expect(atBoot(seen, "net.ipv4.conf.eth0.log_martians")).toBeUndefined();
  });
  it("names interfaces with dots as sysctl does", () =>
    expect(dotted("net/ipv4/conf/eth0.5/x")).toBe("net.ipv4.conf.eth0/5.x"));
});

test("files for any machine come from answers alone", () => {
  const files = kernelStep.generate?.(answerReader(factsOf(), {})) ?? [];
  expect(files.map(({ path }) => path)).toContain(sysctlFile);
  for (const { content } of files) expect(content).not.toContain("{{");
});

test("a file of the distribution that lifts the limit again is found, for root too, and switched off", () => {
  const content = "* soft core 0\nroot soft core 0\n* hard core infinity\nroot  hard core infinity\nop hard core 5\n";
  const lifted = { ...open, files: new Map([[debianLimits, { content, mode: "0644", owner: "root", group: "root" }]]) };
  const limits = [{ path: "/etc/security/limits.d/zz-drawbridge.conf", line: "* hard core 0" }];
  const { details, changes } = settled(machine({ "fs.suid_dumpable": "0" }, { limits }), {}, lifted);
  expect(details["kernel-core-dumps"]).toContain(debianLimits);
  const change = changes.find((each) => each.kind === "file" && each.path === debianLimits);
  expect(change).toMatchObject({
    after: {
      content:
        "* soft core 0\nroot soft core 0\n# off by drawbridge: * hard core infinity\n# off by drawbridge: root  hard core infinity\nop hard core 5\n",
    },
  });
  expect(closedBy(changes, lifted).files.get(debianLimits)?.content).not.toMatch(/^(?:\*|root)\s+hard core infinity/mu);
});
