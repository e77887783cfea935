import { describe, expect, it } from "vitest";
import type { Change } from "../../../../src/model/change.ts";
import { mainConfig, ownDropIn, type Sshd, type SshdFile } from "../../../../src/probes/sshd.ts";
import { readConfig } from "../../../../src/probes/sshd-config.ts";
import { type Judged, judged, peopleAre, person, root, sshdOf, withEffective, withMain, writtenTo } from "./server.ts";

const kinds = ({ plan }: Judged) => plan.changes.map((change) => `${change.kind} ${whereOf(change)}`);
const whereOf = (change: Change): string =>
  "path" in change
    ? change.path
    : change.kind === "unit"
      ? `${change.unit} ${change.action}`
      : "name" in change
        ? change.name
        : "";
const file = (path: string, content: string): SshdFile => ({
  path,
  kind: "file",
  mode: "0600",
  owner: "root",
  group: "root",
  content,
});
const withFile = (sshd: Sshd, added: SshdFile): Sshd => ({ ...sshd, files: [...sshd.files, added] });
const checked = ({ plan }: Judged): string =>
  plan.changes.flatMap(({ checks }) => checks.map(({ files }) => files["check-sshd"] ?? ""))[0] ?? "";
const block = (text: string): readonly string[] => {
  const lines = text.split("\n");
  return lines.slice(lines.indexOf("# BEGIN drawbridge"), lines.indexOf("# END drawbridge") + 1);
};
const firstValue = (text: string, keyword: string): string | undefined =>
  readConfig("x", [{ path: "x", content: text }])
    .find((line) => line.match === undefined && line.keyword === keyword)
    ?.arguments.join(" ");

describe("on a server as delivered", () => {
  const planned = judged({ sshd: sshdOf("bookworm") });

  it("writes the drop-in, the block, the banner, the group, and reloads once", () =>
    expect(kinds(planned)).toEqual([
      "group ssh-users",
      "user op",
      "file /etc/issue.net",
      `file ${mainConfig}`,
      `file ${ownDropIn}`,
      "unit ssh.service reloaded",
    ]));

  it("puts the block at the very top, before any Include", () => {
    expect(writtenTo(planned, mainConfig)).toMatch(/^# BEGIN drawbridge\n/u);
    const switchedOff = sshdOf("bookworm").files[0].content.replace(
      /^(PermitRootLogin yes)$/mu,
      "# off by drawbridge: $1",
    );
    expect(writtenTo(planned, mainConfig).endsWith(switchedOff)).toBe(true);
  });

  it("has the same lines in both, except what adds up", () => {
    const lines = (text: string) => text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    const inBlock = lines(block(writtenTo(planned, mainConfig)).join("\n"));
    const inDropIn = lines(writtenTo(planned, ownDropIn));
    expect(inBlock.slice(0, inDropIn.length)).toEqual(inDropIn);
    expect(inBlock.slice(inDropIn.length)).toEqual([
      "Port 22022",
      "AllowGroups ssh-users",
      "HostKey /etc/ssh/ssh_host_ed25519_key",
      "HostKey /etc/ssh/ssh_host_rsa_key",
      "MaxStartups 10:30:60",
    ]);
  });

  it("has the whole judged by sshd before, and the result after", () => {
    const [first, ...others] = planned.plan.changes.filter(({ checks }) => checks.length > 0);
    expect(first?.checks.map(({ argv }) => argv)).toEqual([["sshd", "-t", "-f", "@files/check-sshd"]]);
    expect(first?.verify).toEqual([["sshd", "-t"]]);
    expect(others).toEqual([]);
    expect(checked(planned)).not.toMatch(/^Include/mu);
    expect(checked(planned).match(/^PermitRootLogin .*$/gmu)).toEqual(["PermitRootLogin no", "PermitRootLogin no"]);
    // The line of the image further down does not count, and does not tell its reader the opposite either.
    expect(writtenTo(planned, mainConfig)).toMatch(/^# off by drawbridge: PermitRootLogin yes$/mu);
  });

  it("marks what can lock out", () =>
    expect(planned.plan.changes.filter(({ risk }) => risk === "lockout").map(whereOf)).toEqual([
      mainConfig,
      ownDropIn,
      "ssh.service reloaded",
    ]));

  it("tells how to get in afterwards", () => expect(planned.plan.access).toEqual({ administrator: "op", port: 22022 }));

  it("writes the drop-in for root alone, and sshd_config too since others could read it", () => {
    const written = planned.plan.changes.flatMap((change) =>
      change.kind === "file" ? [[change.path, change.after.mode]] : [],
    );
    expect(written).toEqual([
      ["/etc/issue.net", "0644"],
      [mainConfig, "0600"],
      [ownDropIn, "0600"],
    ]);
  });

  it("chooses algorithms that this daemon knows", () => {
    expect(firstValue(writtenTo(planned, ownDropIn), "KexAlgorithms")).toBe("sntrup761x25519-sha512@openssh.com");
    expect(firstValue(writtenTo(judged({ sshd: sshdOf("trixie") }), ownDropIn), "KexAlgorithms")).toBe(
      "mlkem768x25519-sha256,sntrup761x25519-sha512@openssh.com",
    );
    const old = {
      ...sshdOf("bookworm"),
      supported: { ...sshdOf("bookworm").supported, kex: ["curve25519-sha256", "ecdh-sha2-nistp256"] },
    };
    expect(firstValue(writtenTo(judged({ sshd: old }), ownDropIn), "KexAlgorithms")).toBe("curve25519-sha256");
  });

  it("leaves out keywords this daemon does not know", () => {
    const { requiredrsasize: _, gssapikeyexchange: __, ...effective } = sshdOf("bookworm").views[0].effective;
    const old: Sshd = { ...sshdOf("bookworm"), views: [{ ...sshdOf("bookworm").views[0], effective }] };
    expect(writtenTo(judged({ sshd: old }), ownDropIn)).not.toMatch(/RequiredRSASize|GSSAPIKeyExchange/u);
  });
});

describe("what stands elsewhere", () => {
  it("does not let a 50-cloud-init.conf or a Match block bring passwords back", () => {
    const planned = judged({ sshd: sshdOf("bookworm-match") });
    const main = writtenTo(planned, mainConfig);
    expect(main).toContain("\n  # off by drawbridge: PasswordAuthentication yes\n");
    expect(main).toContain("\n  # off by drawbridge: PermitRootLogin prohibit-password\n");
    expect(main).toContain("\n  # off by drawbridge: AllowTcpForwarding yes\n");
    expect(main).toContain("\n  ForceCommand internal-sftp\n  X11Forwarding no\n");
    expect(kinds(planned)).toContain("permissions /etc/ssh/sshd_config.d/50-cloud-init.conf");
    expect(checked(planned).split(/^Match/mu)[0]).toMatch(/^PasswordAuthentication no$/mu);
    expect(
      checked(planned)
        .split(/^Match/mu)
        .slice(1)
        .join(),
    ).not.toMatch(/^ *PasswordAuthentication yes/mu);
  });

  it("names the controls that switch off a line of somebody else's file", () => {
    const foreign = file(
      "/etc/ssh/sshd_config.d/60-site.conf",
      "Match Address 10.0.0.0/8\nPasswordAuthentication yes\nX11Forwarding yes\n",
    );
    const planned = judged({ sshd: withFile(sshdOf("bookworm"), foreign) });
    const change = planned.plan.changes.find((each) => whereOf(each) === foreign.path);
    expect(change?.because).toEqual(["ssh-password-authentication", "ssh-forwarding"]);
    expect(change?.title).toBe("SSH: switch off 2 lines in 60-site.conf");
    expect(writtenTo(planned, foreign.path)).toBe(
      "Match Address 10.0.0.0/8\n# off by drawbridge: PasswordAuthentication yes\n# off by drawbridge: X11Forwarding yes\n",
    );
  });

  it("fails and mends a Match block that no visitor asked about would have met", () => {
    const hardened = sshdOf("trixie-hardened");
    const foreign = file("/etc/ssh/sshd_config.d/60-site.conf", "Match Group interns\n  PasswordAuthentication yes\n");
    const planned = judged({
      sshd: withFile(hardened, foreign),
      accounts: peopleAre([root, person("op", { groups: ["ssh-users"] })]),
    });
    expect(planned.finding("ssh-password-authentication")).toMatchObject({
      result: "fail",
      detail: "PasswordAuthentication yes for Match Group interns",
    });
    expect(kinds(planned)).toEqual([`file ${foreign.path}`, "unit ssh.service reloaded"]);
  });

  it("moves ports and listening addresses with it", () => {
    const foreign = file(
      "/etc/ssh/sshd_config.d/10-port.conf",
      "Port 2222\nListenAddress 10.0.0.5:2222\nListenAddress [::1]:2222 rdomain x\nListenAddress 10.0.0.6\n",
    );
    const planned = judged(
      {
        sshd: withFile(
          withEffective(sshdOf("bookworm"), { port: ["2222"], listenaddress: ["10.0.0.5:2222"] }),
          foreign,
        ),
      },
      { "ssh.port": 2022 },
    );
    expect(writtenTo(planned, foreign.path)).toBe(
      [
        "# off by drawbridge: Port 2222",
        "# off by drawbridge: ListenAddress 10.0.0.5:2222",
        "ListenAddress 10.0.0.5",
        "# off by drawbridge: ListenAddress [::1]:2222 rdomain x",
        "ListenAddress [::1] rdomain x",
        "ListenAddress 10.0.0.6",
        "",
      ].join("\n"),
    );
  });

  it("switches off a later MaxStartups, of which the last line counts", () => {
    const main = "Include /etc/ssh/sshd_config.d/*.conf\nMaxStartups 100\n";
    const sshd = withMain(withEffective(sshdOf("bookworm"), { maxstartups: ["100:30:100"] }), main);
    expect(writtenTo(judged({ sshd }), mainConfig)).toMatch(
      /^MaxStartups 10:30:60$[\s\S]*^# off by drawbridge: MaxStartups 100$/mu,
    );
  });

  it("switches off AllowUsers where a group takes its place, and leaves who is refused refused", () => {
    const sshd = withMain(
      withEffective(sshdOf("bookworm"), { allowusers: ["backup"], denyusers: ["mallory"] }),
      "AllowUsers backup\nDenyUsers mallory\nInclude /etc/ssh/sshd_config.d/*.conf\n",
    );
    const main = writtenTo(judged({ sshd }), mainConfig);
    expect(main).toContain("# off by drawbridge: AllowUsers backup\nDenyUsers mallory\n");
    expect(block(main)).toContain("AllowGroups ssh-users");
  });

  it("does without the drop-in where sshd_config does not read it for everyone", () => {
    for (const content of ["UsePAM yes\n", "Match User x\nInclude /etc/ssh/sshd_config.d/*.conf\n"]) {
      const planned = judged({ sshd: withMain(sshdOf("bookworm"), content) });
      expect(kinds(planned)).not.toContain(`file ${ownDropIn}`);
      expect(block(writtenTo(planned, mainConfig))).toContain("PermitRootLogin no");
    }
  });

  it("makes the folder for drop-ins where it is missing", () =>
    expect(kinds(judged({ sshd: { ...sshdOf("bookworm"), dropInDirectory: undefined } }))).toContain(
      "directory /etc/ssh/sshd_config.d",
    ));
});

describe("what was there before", () => {
  const people = peopleAre([root, person("op", { groups: ["op", "ssh-users"] })]);
  const hardened = sshdOf("trixie-hardened");
  const edited = (path: string, edit: (content: string) => string): Sshd => {
    const [main, ...rest] = hardened.files.map((each) =>
      each.path === path ? { ...each, content: edit(each.content) } : each,
    );
    return { ...hardened, files: [main as SshdFile, ...rest] };
  };
  const loosened = (sshd: Sshd) => withEffective(sshd, { x11forwarding: ["yes"] });

  it("keeps stricter values than ours", () => {
    const planned = judged({
      sshd: withEffective(sshdOf("bookworm"), { maxauthtries: ["2"], logingracetime: ["20"] }),
    });
    expect(writtenTo(planned, ownDropIn)).toMatch(/^MaxAuthTries 2$[\s\S]*^LoginGraceTime 20$/mu);
  });

  it("keeps lines that somebody added to our file by hand", () => {
    const sshd = loosened(
      edited(
        ownDropIn,
        (content) =>
          `${content.replace("X11Forwarding no", "X11Forwarding yes")}# asked for by the auditors\nVersionAddendum none\nMatch User git\n  PermitTTY no\n`,
      ),
    );
    const written = writtenTo(judged({ sshd, accounts: people }), ownDropIn);
    expect(written).toMatch(
      /X11Forwarding no\n[\s\S]*# asked for by the auditors\nVersionAddendum none\nMatch User git\n {2}PermitTTY no\n$/u,
    );
    expect(written.match(/^# Written by Drawbridge/gmu)).toHaveLength(1);
  });

  it("keeps keywords of controls that are left out this time", () => {
    const sshd = loosened(hardened);
    const written = writtenTo(judged({ sshd, accounts: people }, {}, { "ssh-ciphers": "an old client" }), ownDropIn);
    expect(written).toMatch(/^Ciphers /mu);
  });

  it("leaves nothing of a control that is left out from the start", () => {
    const written = writtenTo(judged({ sshd: sshdOf("bookworm") }, {}, { "ssh-root-login": "rescue" }), mainConfig);
    expect(block(written).join("\n")).not.toContain("PermitRootLogin");
  });

  it("brings the block back to the top", () => {
    const sshd = loosened(edited(mainConfig, (content) => `X11Forwarding yes\n${content}`));
    const written = writtenTo(judged({ sshd, accounts: people }), mainConfig);
    expect(written).toMatch(/^# BEGIN drawbridge\n/u);
    expect(written.match(/# BEGIN drawbridge/gu)).toHaveLength(1);
    expect(written).toContain("# END drawbridge\nX11Forwarding yes\n");
  });

  it("follows answers that have become more generous, where the stricter value is ours", () => {
    const answers = { "ssh.algorithms": "compat", "ssh.forwarding": "local", "ssh.idle": 30 };
    const written = writtenTo(judged({ sshd: hardened, accounts: people }, answers), ownDropIn);
    expect(written).toMatch(/^KexAlgorithms .*,curve25519-sha256,/mu);
    expect(written).toMatch(/^PubkeyAcceptedAlgorithms .*ecdsa-sha2-nistp256/mu);
    expect(written).toMatch(/^RequiredRSASize 2048$/mu);
    expect(written).toMatch(/^DisableForwarding no$[\s\S]*^AllowTcpForwarding local$/mu);
    expect(written).toMatch(/^ClientAliveInterval 600$/mu);
  });

  it("follows another group, and takes people along", () => {
    const planned = judged({ sshd: hardened, accounts: people }, { "ssh.group": "admins" });
    expect(kinds(planned)).toEqual(["group admins", "user op", `file ${mainConfig}`, "unit ssh.service reloaded"]);
    expect(writtenTo(planned, mainConfig).match(/^AllowGroups .*$/gmu)).toEqual(["AllowGroups admins"]);
  });

  it("lets members go who were not chosen", () => {
    const two = peopleAre([
      root,
      person("op", { groups: ["op", "ssh-users"] }),
      person("eve", { groups: ["eve", "ssh-users"] }),
    ]);
    const { plan } = judged({ sshd: hardened, accounts: two }, { "ssh.users": ["op"] });
    expect(plan.changes).toMatchObject([{ kind: "user", name: "eve", removeGroups: ["ssh-users"], risk: "lockout" }]);
  });

  it("leaves a Match block alone that is stricter than the answers", () => {
    const site = file(
      "/etc/ssh/sshd_config.d/60-site.conf",
      "Match User sftponly\n  DisableForwarding yes\n  ClientAliveInterval 60\n",
    );
    const planned = judged({ sshd: withFile(sshdOf("bookworm"), site) }, { "ssh.forwarding": "local" });
    expect(kinds(planned)).not.toContain(`file ${site.path}`);
  });

  it("writes a port that changed once more, and only once", () => {
    const written = writtenTo(judged({ sshd: hardened, accounts: people }, { "ssh.port": 2022 }), mainConfig);
    expect(written.match(/^Port .*$/gmu)).toEqual(["Port 2022"]);
    expect(written.match(/^AllowGroups .*$/gmu)).toEqual(["AllowGroups ssh-users"]);
  });
});

describe("where systemd listens for sshd", () => {
  const planned = judged({ sshd: sshdOf("bookworm-socket") });
  const path = "/etc/systemd/system/ssh.socket.d/zz-drawbridge.conf";

  it("moves the socket instead of reloading the service", () => {
    expect(kinds(planned).slice(3)).toEqual([
      "directory /etc/systemd/system/ssh.socket.d",
      `file ${mainConfig}`,
      `file ${ownDropIn}`,
      `file ${path}`,
      "command ",
    ]);
    expect(writtenTo(planned, path)).toMatch(/\[Socket\]\nListenStream=\nListenStream=22022\n$/u);
    const command = planned.plan.changes.find(({ kind }) => kind === "command");
    expect(command?.kind === "command" && command.argv.slice(-2)).toEqual(["ssh.service", "ssh.socket"]);
    expect(command?.kind === "command" && command.inverse).toEqual(command?.kind === "command" && command.argv);
  });

  it("keeps the addresses it listens on", () => {
    const sshd = sshdOf("bookworm-socket");
    const units = sshd.units.map((unit) =>
      unit.name === "ssh.socket" ? { ...unit, listens: ["10.0.0.5:22", "[fd00::5]:22"] } : unit,
    );
    expect(writtenTo(judged({ sshd: { ...sshd, units } }), path)).toContain(
      "ListenStream=10.0.0.5:22022\nListenStream=[fd00::5]:22022\n",
    );
  });

  it("restarts a socket that starts one sshd per connection, as a unit", () => {
    const sshd = sshdOf("bookworm-socket");
    const units = sshd.units.map((unit) => ({ ...unit, accept: unit.name === "ssh.socket" }));
    expect(kinds(judged({ sshd: { ...sshd, units } })).at(-1)).toBe("unit ssh.socket restarted");
  });

  it("lets sshd judge in a /run of its own, because the usual one comes and goes with the service", () =>
    expect(
      planned.plan.changes
        .flatMap(({ checks, verify }) => [...checks.map(({ argv }) => argv), ...verify])
        .map(([program]) => program),
    ).toEqual(["unshare", "unshare"]));
});

describe("where SELinux guards ports", () => {
  it("labels the port before sshd takes it, and takes the label back on undo", () => {
    const { plan } = judged({ sshd: { ...sshdOf("bookworm"), selinux: { semanage: true, sshPorts: [] } } });
    const label = plan.changes.find(({ kind }) => kind === "command");
    expect(label).toMatchObject({
      argv: ["semanage", "port", "-a", "-t", "ssh_port_t", "-p", "tcp", "22022"],
      inverse: ["semanage", "port", "-d", "-t", "ssh_port_t", "-p", "tcp", "22022"],
    });
    expect(plan.changes.findIndex(({ kind }) => kind === "command")).toBeLessThan(
      plan.changes.findIndex(({ kind }) => kind === "unit"),
    );
  });

  it("installs semanage where it is missing, and labels nothing twice", () => {
    const sshd = sshdOf("bookworm");
    expect(kinds(judged({ sshd: { ...sshd, selinux: { semanage: false, sshPorts: [] } } }))[0]).toMatch(/^package/u);
    expect(kinds(judged({ sshd: { ...sshd, selinux: { semanage: true, sshPorts: [22022] } } }))).not.toContain(
      "command ",
    );
  });
});
