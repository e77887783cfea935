import { change } from "../../../src/model/change.ts";
import { control, type Proposal } from "../../../src/model/control.ts";
import { type Evidence, passWhen } from "../../../src/model/finding.ts";
import { type HostKey, type Sshd, sshd } from "../../../src/probes/sshd.ts";
import { judgeSettings, proposeSettings, type Setting } from "./settings.ts";

const ed25519Path = "/etc/ssh/ssh_host_ed25519_key";

/** Ed25519, or RSA as long as NIST SP 800-57 wants it beyond 2030; ssh-audit warns below the same size. */
const isStrong = ({ key }: HostKey): boolean =>
  key !== undefined && (key.type === "ssh-ed25519" || (key.type === "ssh-rsa" && key.bits >= 3072));

const offered = (sshd: Sshd): readonly HostKey[] => {
  const paths = sshd.views[0].effective.hostkey ?? [];
  return sshd.hostKeys.filter(({ path, file }) => file !== undefined && paths.includes(path));
};

/** Offered or lying ready; an Ed25519 key is made where there is no strong one at all. */
const strongPaths = (sshd: Sshd): readonly string[] => {
  const strong = sshd.hostKeys
    .filter((hostKey) => hostKey.file !== undefined && isStrong(hostKey))
    .map(({ path }) => path);
  return strong.length > 0 ? strong.toSorted() : [ed25519Path];
};

const setting = (sshd: Sshd): Setting => ({
  keyword: "HostKey",
  values: strongPaths(sshd),
  accepts: (_, __, { scope }) => scope !== "everyone" || (offered(sshd).length > 0 && offered(sshd).every(isStrong)),
  additive: { keywords: ["HostKey"] },
});

/** sshd refuses keys that others may read; RHEL before 9.? kept them readable for the group ssh_keys, whose helper signs. */
const isPrivate = ({ file }: HostKey): boolean =>
  file === undefined ||
  (file.owner === "root" &&
    (/^0[0-7]00$/u.test(file.mode) || (file.group === "ssh_keys" && /^0[0-7]40$/u.test(file.mode))));

const describeKey = ({ path, file, key }: HostKey): string =>
  [
    key === undefined ? "unreadable" : `${key.type} ${key.bits}`,
    file && `${file.mode} ${file.owner}:${file.group}`,
    path,
  ]
    .filter((part) => part !== undefined)
    .join("  ");

/** The server's own keys: which, how long, and who may read them. CIS Debian 12 5.1.2. */
export const hostKeys = control({
  id: "ssh-host-keys",
  guideline: ["OS-05"],
  title: "SSH proves itself with strong keys that only root can read",
  failing: "SSH's own keys are weak or readable by others",
  severity: "medium",
  risk: "lockout",
  rationale:
    "Whoever has the server's key can pass for the server and read along. Keys on NIST curves and short RSA keys are not offered any more; the strong keys stay as they are, so that clients recognise the server.",
  references: [
    { source: "CIS Debian 12", id: "5.1.2" },
    { source: "CIS Debian 13", id: "5.1.2" },
    { source: "CIS Ubuntu 22.04", id: "5.1.2" },
    { source: "CIS Ubuntu 24.04", id: "5.1.2" },
    { source: "CIS RHEL 9", id: "5.1.2" },
    { source: "STIG RHEL 9", id: "RHEL-09-255120" },
    { source: "NIST 800-53", id: "AC-17(a)" },
    { source: "NIST 800-53", id: "CM-6(a)" },
    { source: "NIST 800-53", id: "AC-6(1)" },
    { source: "Lynis", id: "FILE-7524" },
    { source: "man", id: "sshd_config(5)" },
  ],
  needs: { sshd },
  inspect: ({ sshd }) => {
    const keys = judgeSettings(sshd, [setting(sshd)]);
    const loose = sshd.hostKeys.filter((hostKey) => !isPrivate(hostKey));
    const weak = offered(sshd).filter((hostKey) => !isStrong(hostKey));
    const evidence: readonly Evidence[] = [
      {
        asked: "sshd -T",
        answered: (sshd.views[0].effective.hostkey ?? []).map((path) => `hostkey ${path}`).join("\n"),
      },
      {
        asked: "ssh-keygen -l; stat",
        answered: sshd.hostKeys
          .filter(({ file }) => file)
          .map(describeKey)
          .join("\n"),
      },
    ];
    const detail = [
      ...weak.map(({ path, key }) => `${path} is ${key === undefined ? "unreadable" : `${key.type} ${key.bits}`}`),
      ...loose.map(({ path, file }) => `${path} has mode ${file?.mode}, owner ${file?.owner}`),
      ...(offered(sshd).length === 0 ? ["no host key is there"] : []),
    ];
    return passWhen(keys.result === "pass" && loose.length === 0, evidence, detail.join("; "));
  },
  plan: ({ sshd }): readonly Proposal[] => [
    ...sshd.hostKeys
      .filter((hostKey) => !isPrivate(hostKey))
      .flatMap(({ path, file }) =>
        file === undefined
          ? []
          : [
              change({
                kind: "permissions",
                title: `SSH: only root reads ${path}`,
                risk: "none",
                phase: "ssh",
                path,
                before: { mode: file.mode, owner: file.owner, group: file.group },
                after: { mode: "0600", owner: "root", group: "root" },
              }),
            ],
      ),
    ...(sshd.hostKeys.some((hostKey) => hostKey.file !== undefined && isStrong(hostKey))
      ? []
      : [
          change({
            kind: "command",
            title: "SSH: make an Ed25519 host key",
            risk: "none",
            phase: "access",
            argv: ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", ed25519Path],
            touches: [ed25519Path, `${ed25519Path}.pub`],
          }),
        ]),
    ...proposeSettings(sshd, [setting(sshd)]),
  ],
  breaks: ({ sshd }) =>
    offered(sshd)
      .filter((hostKey) => !isStrong(hostKey))
      .map(
        ({ key }) =>
          `clients that remember only this server's ${key?.type ?? "unreadable"} key ask once whether the other one is right`,
      ),
});
