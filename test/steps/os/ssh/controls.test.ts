import { describe, expect, it } from "vitest";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Effective } from "../../../../src/probes/sshd.ts";
import { ssh } from "../../../../steps/os/ssh/index.ts";
import { judged, peopleAre, person, root, sshdOf, withEffective } from "./server.ts";

const hardened = withEffective(sshdOf("trixie-hardened"), {});
const people = peopleAre([root, person("op", { groups: ["op", "ssh-users"] })]);
const verdict = (id: string, effective: Effective, answers: Answers = {}) =>
  judged({ sshd: withEffective(hardened, effective), accounts: people }, answers).finding(id);

/** Control, what sshd would say, and whether that is good enough. Everything else is as on the hardened server. */
const cases: readonly (readonly [string, Effective, "pass" | "fail", Answers?])[] = [
  ["ssh-port", {}, "pass"],
  ["ssh-port", { port: ["22"], listenaddress: ["0.0.0.0:22"] }, "fail"],
  ["ssh-port", { port: ["22"], listenaddress: ["0.0.0.0:22"] }, "pass", { "ssh.port": 22 }],
  ["ssh-port", { port: ["2222", "22022"], listenaddress: ["0.0.0.0:2222", "0.0.0.0:22022"] }, "fail"],
  ["ssh-port", { port: ["2222"], listenaddress: ["0.0.0.0:2222"] }, "pass"],
  ["ssh-root-login", {}, "pass"],
  ["ssh-root-login", { permitrootlogin: ["without-password"] }, "fail"],
  ["ssh-root-login", { permitrootlogin: ["yes"] }, "fail"],
  ["ssh-public-key-authentication", { pubkeyauthentication: ["no"] }, "fail"],
  ["ssh-password-authentication", {}, "pass"],
  ["ssh-password-authentication", { passwordauthentication: ["yes"] }, "fail"],
  ["ssh-password-authentication", { kbdinteractiveauthentication: ["yes"] }, "fail"],
  ["ssh-password-authentication", { authenticationmethods: ["any"] }, "fail"],
  ["ssh-password-authentication", { authenticationmethods: ["publickey password"] }, "fail"],
  [
    "ssh-password-authentication",
    { authenticationmethods: ["publickey,keyboard-interactive:pam"], kbdinteractiveauthentication: ["yes"] },
    "pass",
  ],
  ["ssh-allow-groups", {}, "pass"],
  ["ssh-allow-groups", { allowgroups: [] }, "fail"],
  ["ssh-allow-groups", { allowgroups: ["others"] }, "fail"],
  ["ssh-allow-groups", { allowgroups: [], allowusers: ["op"] }, "fail"],
  ["ssh-allow-groups", { denyusers: ["o*"] }, "fail"],
  ["ssh-banner", {}, "pass"],
  ["ssh-banner", { banner: ["none"] }, "fail"],
  ["ssh-banner", {}, "fail", { "ssh.banner": "Private system of somebody else.\n" }],
  ["ssh-key-exchange", {}, "pass"],
  ["ssh-key-exchange", { kexalgorithms: ["mlkem768x25519-sha256,curve25519-sha256"] }, "fail"],
  [
    "ssh-key-exchange",
    { kexalgorithms: ["mlkem768x25519-sha256,curve25519-sha256"] },
    "pass",
    { "ssh.algorithms": "compat" },
  ],
  ["ssh-key-exchange", { kexalgorithms: ["ecdh-sha2-nistp256"] }, "fail", { "ssh.algorithms": "compat" }],
  ["ssh-ciphers", { ciphers: ["aes256-gcm@openssh.com"] }, "pass"],
  ["ssh-ciphers", { ciphers: ["aes256-gcm@openssh.com,aes128-cbc"] }, "fail"],
  ["ssh-macs", { macs: ["hmac-sha2-256"] }, "fail"],
  ["ssh-macs", { macs: ["umac-128-etm@openssh.com"] }, "fail"],
  ["ssh-host-key-algorithms", {}, "pass"],
  ["ssh-host-key-algorithms", { hostkeyalgorithms: ["ssh-ed25519,ecdsa-sha2-nistp256"] }, "fail"],
  ["ssh-host-key-algorithms", { pubkeyacceptedalgorithms: ["ssh-rsa"] }, "fail"],
  ["ssh-host-key-algorithms", { requiredrsasize: ["2048"] }, "fail"],
  ["ssh-host-key-algorithms", { requiredrsasize: ["2048"] }, "fail", { "ssh.algorithms": "compat" }],
  [
    "ssh-host-key-algorithms",
    { requiredrsasize: ["2048"], pubkeyacceptedalgorithms: ["ssh-ed25519,ecdsa-sha2-nistp256"] },
    "pass",
    { "ssh.algorithms": "compat" },
  ],
  ["ssh-host-keys", {}, "pass"],
  ["ssh-host-keys", { hostkey: ["/etc/ssh/ssh_host_ecdsa_key", "/etc/ssh/ssh_host_ed25519_key"] }, "fail"],
  ["ssh-host-keys", { hostkey: ["/nowhere"] }, "fail"],
  ["ssh-login-limits", { maxauthtries: ["2"], logingracetime: ["60"], maxstartups: ["5:50:20"] }, "pass"],
  ["ssh-login-limits", { maxauthtries: ["6"] }, "fail"],
  ["ssh-login-limits", { logingracetime: ["0"] }, "fail"],
  ["ssh-login-limits", { maxstartups: ["10:30:100"] }, "fail"],
  ["ssh-idle-time", { clientaliveinterval: ["60"], clientalivecountmax: ["3"] }, "pass"],
  ["ssh-idle-time", { clientaliveinterval: ["0"] }, "fail"],
  ["ssh-idle-time", { clientalivecountmax: ["0"] }, "fail"],
  ["ssh-idle-time", {}, "fail", { "ssh.idle": 5 }],
  ["ssh-forwarding", {}, "pass"],
  ["ssh-forwarding", { allowagentforwarding: ["yes"] }, "fail"],
  ["ssh-forwarding", { disableforwarding: ["no"] }, "fail"],
  ["ssh-forwarding", { disableforwarding: ["no"], allowtcpforwarding: ["local"] }, "pass"],
  ["ssh-forwarding", { disableforwarding: ["no"], allowtcpforwarding: ["yes"] }, "fail", { "ssh.forwarding": "local" }],
  ["ssh-legacy", { permitemptypasswords: ["yes"] }, "fail"],
  ["ssh-legacy", { gssapiauthentication: ["yes"] }, "fail"],
  ["ssh-legacy", { strictmodes: ["no"] }, "fail"],
  ["ssh-log-level", { loglevel: ["VERBOSE"] }, "pass"],
  ["ssh-log-level", { loglevel: ["QUIET"] }, "fail"],
  ["ssh-log-level", {}, "fail", { "ssh.log-level": "VERBOSE" }],
  ["ssh-config-permissions", {}, "pass"],
];

describe("controls judge what sshd says", () => {
  it.each(
    cases.map(([id, effective, result, answers]) => ({ id, effective, result, answers })),
  )("$id, $effective: $result", ({ id, effective, result, answers }) => {
    const finding = verdict(id, effective, answers);
    expect(finding.result).toBe(result);
    expect(finding.evidence.length).toBeGreaterThan(0);
    expect(finding.detail === "").toBe(result === "pass");
  });

  it("covers every control of the step", () =>
    expect(new Set(cases.map(([id]) => id))).toEqual(new Set(ssh.controls.map(({ id }) => id))));
});

describe("as delivered and as hardened", () => {
  it.each(["bookworm", "trixie"] as const)("%s fails in most", (name) => {
    const { findings } = judged({ sshd: sshdOf(name) });
    expect(findings.filter(({ result }) => result === "fail")).toHaveLength(13);
    expect(findings.filter(({ result }) => result === "error" || result === "unknown")).toEqual([]);
  });

  it.each([
    "trixie-hardened",
    "bookworm-match-hardened",
    "bookworm-socket-hardened",
    "bookworm-other-port-hardened",
  ] as const)("%s passes in all, and nothing is planned", (name) => {
    const { findings, plan, refusals } = judged({ sshd: sshdOf(name), accounts: people });
    expect(findings.filter(({ result }) => result !== "pass")).toEqual([]);
    expect(plan.changes).toEqual([]);
    expect(refusals).toEqual([]);
  });

  it("says unknown of everything when sshd's configuration is broken", () => {
    const { findings, plan } = judged({ sshd: { state: "unknown", reason: "sshd -T fails" } });
    expect(new Set(findings.map(({ result }) => result))).toEqual(new Set(["unknown"]));
    expect(plan.changes).toEqual([]);
  });

  it("does not apply where there is no SSH server", () => {
    const { findings } = judged({ sshd: { state: "absent", reason: "no SSH server is installed" } });
    expect(new Set(findings.map(({ result }) => result))).toEqual(new Set(["notapplicable"]));
  });
});

describe("files and keys that others can read", () => {
  const open = {
    ...hardened,
    files: hardened.files.map((file) => ({ ...file, mode: "0644" })),
  } as unknown as typeof hardened;

  it("closes configuration files", () => {
    const { finding, plan } = judged({ sshd: open, accounts: people });
    expect(finding("ssh-config-permissions").result).toBe("fail");
    expect(plan.changes.map((change) => change.kind)).toEqual(open.files.map(() => "permissions"));
  });

  it("closes host keys, and lets the group of ssh-keysign be", () => {
    const hostKeys = hardened.hostKeys.map((hostKey) => ({
      ...hostKey,
      file: hostKey.file && { ...hostKey.file, mode: "0640" },
    }));
    expect(judged({ sshd: { ...hardened, hostKeys }, accounts: people }).finding("ssh-host-keys").result).toBe("fail");
    const ofKeysign = hostKeys.map((hostKey) => ({
      ...hostKey,
      file: hostKey.file && { ...hostKey.file, group: "ssh_keys" },
    }));
    expect(
      judged({ sshd: { ...hardened, hostKeys: ofKeysign }, accounts: people }).finding("ssh-host-keys").result,
    ).toBe("pass");
  });

  it("makes an Ed25519 key where no key is strong", () => {
    const short = hardened.hostKeys
      .filter(({ key }) => key?.type === "ssh-rsa")
      .map((hostKey) => ({ ...hostKey, key: { type: "ssh-rsa", bits: 2048, fingerprint: "" } }));
    const { plan } = judged({ sshd: { ...hardened, hostKeys: short }, accounts: people });
    const [command] = plan.changes.filter(({ kind }) => kind === "command");
    expect(command).toMatchObject({ argv: expect.arrayContaining(["ssh-keygen", "ed25519"]) });
  });
});

describe("a list that somebody else made", () => {
  it.each([
    [{ allowusers: ["op"] }, "pass"],
    [{ allowusers: ["op@10.0.0.*"] }, "pass"],
    [{ allowgroups: ["sudo", "op"] }, "pass"],
    [{ allowusers: ["other"] }, "fail"],
    [{ denyusers: ["other"] }, "fail"],
  ])("%j: %s", (effective, result) => {
    const { finding, plan } = judged({ sshd: withEffective(sshdOf("bookworm"), effective as Effective) });
    expect(finding("ssh-allow-groups").result).toBe(result);
    expect(plan.changes.some(({ kind }) => kind === "group")).toBe(result === "fail");
  });
});

describe("a crypto policy of the system", () => {
  const algorithmControls = ["ssh-key-exchange", "ssh-ciphers", "ssh-macs", "ssh-host-key-algorithms"];
  it.each([
    ["FIPS", "notapplicable"],
    ["FIPS:OSPP", "notapplicable"],
    ["DEFAULT", "fail"],
  ])("%s: %s", (cryptoPolicy, result) => {
    const { finding } = judged({
      sshd: { ...withEffective(sshdOf("bookworm"), { ciphers: ["aes128-cbc"] }), cryptoPolicy },
    });
    for (const id of algorithmControls) expect(finding(id).result).toBe(result);
  });
});

describe("what may break is said before", () => {
  const breaks = (id: string, logins: { accepted: []; tunnels: string[] } | object, answers: Answers = {}) => {
    const control = ssh.controls.find((each) => each.id === id);
    const { facts } = judged({ sshd: sshdOf("bookworm"), logins: { accepted: [], tunnels: [], ...logins } });
    const values = Object.fromEntries(
      Object.entries(control?.needs ?? {}).map(([name, need]) => {
        const isRaw = "raw" in (need as object);
        const id = isRaw ? (need as { raw: { id: string } }).raw.id : (need as { id: string }).id;
        const fact = facts.get(id);
        return [name, isRaw ? fact : fact?.state === "known" ? fact.value : undefined];
      }),
    );
    return control?.breaks?.(values, {
      get: (question) =>
        (answers[question.id] ?? question.default({} as never, { get: () => "none" } as never)) as never,
    });
  };

  it("names who logged in with a password of late", () =>
    expect(
      breaks("ssh-password-authentication", {
        accepted: [{ user: "backup", method: "password", count: 3, from: "10.0.0.9" }],
      }),
    ).toEqual(["backup logged in with a password 3 times of late, last from 10.0.0.9: that stops"]));

  it("names tunnels in use", () =>
    expect(breaks("ssh-forwarding", { tunnels: ["127.0.0.1:5432"] }, { "ssh.forwarding": "none" })?.[0]).toContain(
      "127.0.0.1:5432",
    ));
});
