/** A server for the SSH step's tests: sshd's captured answers, and people made up here. */
import { readFileSync } from "node:fs";
import { answerReader, settledAnswers } from "../../../../src/core/answers.ts";
import { type Assembled, assemblePlan } from "../../../../src/core/assemble-plan.ts";
import { parseAuthorizedKey } from "../../../../src/core/authorized-key.ts";
import { inspectSteps } from "../../../../src/core/inspect.ts";
import { type Fact, known } from "../../../../src/model/fact.ts";
import type { Finding } from "../../../../src/model/finding.ts";
import type { Answers } from "../../../../src/model/plan.ts";
import type { Facts } from "../../../../src/model/probe.ts";
import type { Account, Accounts } from "../../../../src/probes/accounts.ts";
import type { Listener } from "../../../../src/probes/listeners.ts";
import { type Effective, type Sshd, sshd } from "../../../../src/probes/sshd.ts";
import type { SshdLogins } from "../../../../src/probes/sshd-logins.ts";
import { administratorKeys, administratorName } from "../../../../steps/os/administrator/questions.ts";
import { ssh } from "../../../../steps/os/ssh/index.ts";

export type Captured =
  | "bookworm"
  | "bookworm-broken"
  | "bookworm-match"
  | "bookworm-match-hardened"
  | "bookworm-other-port"
  | "bookworm-other-port-hardened"
  | "bookworm-socket"
  | "bookworm-socket-hardened"
  | "trixie"
  | "trixie-hardened";

export const captured = (name: Captured): string =>
  readFileSync(new URL(`../../../fixtures/sshd/${name}.txt`, import.meta.url), "utf8");

export const parsed = (stdout: string): Fact<Sshd> =>
  sshd.parse({ stdout, exitCode: 0, truncated: false, timedOut: false });

export const sshdOf = (name: Captured): Sshd => {
  const fact = parsed(captured(name));
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

/** The captured answer with other values for everyone: what `sshd -T` would print. */
export const withEffective = (from: Sshd, effective: Effective): Sshd => {
  const [first, ...rest] = from.views;
  return { ...from, views: [{ ...first, effective: { ...first.effective, ...effective } }, ...rest] };
};

/** The captured answer with other text in sshd_config; what `sshd -T` says stays as it was. */
export const withMain = (from: Sshd, content: string): Sshd => {
  const [main, ...rest] = from.files;
  return { ...from, files: [{ ...main, content }, ...rest] };
};

const ed25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMnp9GU/byM/e2akJgbfq1RMjNTjhBRvk5LG6BclmRX4 someone";
const ecdsa =
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBBtCOBogZAtb5ZCiRSfaewSyO82FWF7Q5to1jE75kfMIz0LBRPB8evjW4Ud/HDGGyvBwO3isqtcWTE6LONnaFBA= old";
const rsa2048 = `ssh-rsa ${Buffer.concat(
  ["ssh-rsa", Buffer.from([1, 0, 1]), Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(255, 7)])].map((field) => {
    const bytes = Buffer.from(field as Buffer);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  }),
).toString("base64")} short`;
export const keys = { ed25519, ecdsa, rsa2048 } as const;

export const person = (name: string, more: Partial<Account> & { readonly key?: string } = {}): Account => {
  const home = {
    path: `/home/${name}`,
    kind: "directory",
    mode: "0755",
    owner: name,
    group: name,
    uid: 1000,
    gid: 1000,
  } as const;
  const { key = ed25519, ...rest } = more;
  const authorized = parseAuthorizedKey(key);
  return {
    name,
    uid: 1000,
    gid: 1000,
    comment: "",
    home,
    shell: "/bin/bash",
    loginShell: true,
    system: false,
    groups: [name],
    password: "usable",
    expires: undefined,
    expired: false,
    passwordExpired: undefined,
    sudo: { reach: "everything", password: false },
    keyFiles: [
      {
        path: `/home/${name}/.ssh/authorized_keys`,
        file: { content: `${key}\n`, mode: "0600", owner: name, group: name },
        keys: authorized === undefined ? [] : [authorized],
        unreadable: false,
        ignored: undefined,
        chain: [],
      },
    ],
    ...rest,
  };
};

export const root = person("root", { uid: 0, gid: 0, system: true, groups: ["root"] });

export const peopleAre = (accounts: readonly Account[], more: Partial<Accounts> = {}): Accounts => ({
  accounts,
  groups: [...new Set(accounts.flatMap(({ groups }) => groups))].map((name, gid) => ({
    name,
    gid,
    members: accounts.filter(({ groups }) => groups.includes(name)).map((account) => account.name),
  })),
  keyLookup: {
    source: "sshd -T",
    patterns: [".ssh/authorized_keys"],
    command: undefined,
    trustedUserCa: false,
    strictModes: true,
    pubkeyAuthentication: true,
    usePam: true,
  },
  sudo: { installed: true, group: "sudo", readsDropIns: true, dropIn: null },
  doas: false,
  nologin: undefined,
  sessions: [],
  current: { user: "op", ssh: { address: "10.0.0.7", port: 50000, serverAddress: "10.0.0.1", serverPort: 22 } },
  distribution: ["debian"],
  shells: ["/bin/bash"],
  homeFolders: [],
  now: 1_790_000_000,
  ...more,
});

export const socket = (port: number, name: string, unit = `${name}.service`): Listener => ({
  transport: "tcp",
  address: "0.0.0.0",
  device: "",
  port,
  families: [4],
  reach: "any",
  processes: [{ pid: 100, name, user: "root", uid: 0, unit, executable: "" }],
});

export type Server = {
  readonly sshd: Sshd | Fact<Sshd>;
  readonly accounts?: Accounts;
  readonly listeners?: readonly Listener[];
  readonly logins?: SshdLogins;
  readonly distribution?: string;
};

export const factsOf = ({
  sshd,
  accounts = peopleAre([root, person("op")]),
  listeners = [],
  logins = { accepted: [], tunnels: [] },
  distribution = "debian",
}: Server): Facts =>
  new Map<string, Fact<unknown>>([
    ["sshd", "state" in sshd ? sshd : known(sshd)],
    ["accounts", known(accounts)],
    ["listeners", known(listeners)],
    ["sshd-logins", known(logins)],
    [
      "machine",
      known({
        name: "server",
        machineId: "",
        release: "Debian",
        distribution,
        version: "12",
        systemd: true,
        role: "server",
      }),
    ],
  ]);

const asked = [...ssh.questions, administratorName, administratorKeys];

export type Judged = Assembled & {
  readonly findings: readonly Finding[];
  readonly finding: (id: string) => Finding;
  readonly facts: Facts;
};

/** Facts and answers through the engine: what a run of `inspect` and `plan` would say. */
export const judged = (
  server: Server,
  answers: Answers = {},
  excluded: Readonly<Record<string, string>> = {},
): Judged => {
  const facts = factsOf(server);
  const reader = answerReader(facts, answers);
  const findings = inspectSteps([ssh], facts, reader);
  const assembled = assemblePlan({
    steps: [ssh],
    facts,
    findings,
    reader,
    answers: settledAnswers(asked, facts, reader),
    excluded,
    host: { name: "server", machineId: "", release: "Debian" },
    version: "0",
  });
  const finding = (id: string): Finding => {
    const found = findings.find(({ controlId }) => controlId === id);
    if (found === undefined) throw new Error(`no finding ${id}`);
    return found;
  };
  return { ...assembled, findings, finding, facts };
};

/** Text that the plan leaves at a path. */
export const writtenTo = ({ plan }: Assembled, path: string): string => {
  const change = plan.changes.find((each) => each.kind === "file" && each.path === path);
  if (change?.kind !== "file") throw new Error(`nothing is written to ${path}`);
  return change.after.content;
};
