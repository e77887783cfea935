import { template } from "../../../src/embedded/templates.ts";
import type { AnyControl } from "../../../src/model/control.ts";
import { unknown } from "../../../src/model/fact.ts";
import type { AnswerReader } from "../../../src/model/question.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { ownDropIn, type Sshd } from "../../../src/probes/sshd.ts";
import { knownToOldest } from "./algorithms.ts";
import { usualBanner } from "./banner.ts";
import { sshdConfig } from "./composer.ts";
import { banner, group } from "./questions.ts";
import type { Setting } from "./settings.ts";

/**
 * An SSH server nobody has looked at: the keywords and algorithms that OpenSSH knows from 8.9 on (Ubuntu 22.04, Debian 12),
 * because a name that sshd does not know keeps it from starting.
 */
const oldestMeant: Sshd = {
  release: "OpenSSH_8.9",
  version: 8.9,
  views: [
    {
      asked: "",
      visitor: undefined,
      effective: Object.fromEntries(
        `permitrootlogin pubkeyauthentication passwordauthentication kbdinteractiveauthentication authenticationmethods
        kexalgorithms ciphers macs hostkeyalgorithms pubkeyacceptedalgorithms banner maxauthtries maxsessions maxstartups
        logingracetime clientaliveinterval clientalivecountmax tcpkeepalive disableforwarding x11forwarding allowtcpforwarding
        allowagentforwarding allowstreamlocalforwarding permittunnel gatewayports permitemptypasswords permituserenvironment
        hostbasedauthentication ignorerhosts gssapiauthentication strictmodes usedns loglevel printlastlog`
          .split(/\s+/u)
          .map((keyword) => [keyword, []]),
      ),
    },
  ],
  supported: knownToOldest,
  files: [{ path: "", kind: "file", mode: "0600", owner: "root", group: "root", content: "" }],
  dropInDirectory: undefined,
  options: "",
  runDirectory: true,
  units: [],
  socketDropIns: {},
  socketDirectories: [],
  hostKeys: ["ed25519", "rsa"].map((type) => ({
    path: `/etc/ssh/ssh_host_${type}_key`,
    file: { path: "", kind: "file", mode: "0600", owner: "root", group: "root" },
    key: { type: `ssh-${type}`, bits: 3072, fingerprint: "" },
  })),
  banners: {},
  ephemeralPorts: [32_768, 60_999],
  selinux: undefined,
  cryptoPolicy: undefined,
};

const unasked = unknown("no machine was asked");

/** The drop-in and the banner for any server, from answers alone. */
export const generateFiles =
  (controls: readonly AnyControl[]) =>
  (answers: AnswerReader): readonly RenderedFile[] => {
    const facts = { sshd: oldestMeant, accounts: { accounts: [], groups: [] }, listeners: unasked, logins: unasked };
    const lines = controls
      .flatMap((control) => control.plan(facts, answers))
      .flatMap((proposal) =>
        proposal.kind === "fragment" && proposal.composer === sshdConfig ? [proposal.value as Setting] : [],
      )
      .flatMap(({ keyword, values }) => values.map((value) => `${keyword} ${value}`));
    const text = answers.get(banner);
    return [
      {
        path: ownDropIn,
        content: template("etc/ssh/sshd_config.d/00-drawbridge.conf")
          .replace(
            /^# Port, AllowGroups.*\n/mu,
            "# Match blocks, and other lines with Port, AllowGroups, HostKey or MaxStartups, still count: look for them.\n",
          )
          .replace("{{settings}}", () => lines.join("\n")),
        mode: "0600",
        about: `What sshd allows; put whoever may log in into the group ${answers.get(group)} first, then: sshd -t && systemctl reload ssh (sshd on RHEL).`,
      },
      {
        path: usualBanner,
        content: text.endsWith("\n") ? text : `${text}\n`,
        mode: "0644",
        about: "What everyone reads before logging in.",
      },
    ];
  };
