import { z } from "zod";
import { type AuthorizedKey, parseAuthorizedKey } from "../../../src/core/authorized-key.ts";
import { template } from "../../../src/embedded/templates.ts";
import { knownValue } from "../../../src/model/fact.ts";
import { type AnswerReader, type Choice, question } from "../../../src/model/question.ts";
import { type Account, type Accounts, accounts } from "../../../src/probes/accounts.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { machine } from "../../../src/probes/machine.ts";
import { type Sshd, sshd } from "../../../src/probes/sshd.ts";
import { sshdLogins } from "../../../src/probes/sshd-logins.ts";
import { administratorKeys, administratorName } from "../administrator/questions.ts";
import { admits, canLogIn, usableKeys } from "./admission.ts";
import {
  requiredRsaBits,
  type Strictness,
  strictness,
  takesKey,
  wantedKeyExchanges,
  wantedPublicKeyAlgorithms,
} from "./algorithms.ts";
import { isLegalBanner, presentBanner } from "./banner.ts";
import { servedPorts } from "./serving.ts";
import { seconds } from "./settings.ts";

/** Below the ephemeral range of every common kernel setting, and not registered with IANA for anything in wide use. */
const proposedPort = 22022;

/** Who holds a TCP port that sshd is to listen on; undefined when it is free or held by sshd (or systemd for it) already. */
export const holderOf = (
  port: number,
  listening: readonly { transport: string; port: number; processes: readonly { name: string; unit: string }[] }[],
): string | undefined => {
  const taken = listening.find((socket) => socket.transport === "tcp" && socket.port === port);
  if (taken === undefined) return undefined;
  const isOurs = ({ name, unit }: { name: string; unit: string }) =>
    /^sshd(?:-session|-auth)?$/u.test(name) || /^sshd?(?:@[^.]*)?\.(?:service|socket)$/u.test(unit);
  if (taken.processes.some(isOurs)) return undefined;
  return taken.processes[0]?.name ?? "another program";
};

export const port = question({
  id: "ssh.port",
  kind: "text",
  label: "Port",
  title: "On which port should SSH listen?",
  why: "Whoever scans the internet for SSH tries port 22. Another port keeps that noise out of the log; it is no protection by itself. A port that is not 22 today is kept; otherwise 22022 is proposed, which lies below the range that outgoing connections use.",
  schema: z.coerce.number().int().min(1).max(65_535),
  needs: { sshd, listeners },
  default: (facts) => {
    const known = knownValue(facts.sshd);
    const present = known === undefined ? [] : servedPorts(known).filter((each) => each !== 22);
    if (present[0] !== undefined) return present[0];
    const sockets = knownValue(facts.listeners) ?? [];
    const [ephemeral] = known?.ephemeralPorts ?? [32_768];
    const free = [proposedPort, 22_222, 20_022, 10_022, 2022].find(
      (each) => holderOf(each, sockets) === undefined && each < ephemeral,
    );
    return free ?? 22;
  },
  current: (facts) => {
    const known = knownValue(facts.sshd);
    return known === undefined ? "not known" : servedPorts(known).join(", ");
  },
  check: (value, facts) => {
    const known = knownValue(facts.sshd);
    if (value === 22 || (known !== undefined && servedPorts(known).includes(value))) return undefined;
    if (value < 1024) return `port ${value} belongs to other services (below 1024); take one from 1024 on, or 22`;
    const [first, last] = known?.ephemeralPorts ?? [32_768, 60_999];
    if (value >= first && value <= last) {
      return `port ${value} lies in the range of outgoing connections (${first} to ${last}), so one of them may hold it when sshd starts; take one below ${first}`;
    }
    const holder = holderOf(value, knownValue(facts.listeners) ?? []);
    return holder === undefined ? undefined : `port ${value} is taken by ${holder}; take another one`;
  },
});

const accountName = z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*\$?$/u, "must be an account or group name");

/** AllowGroups as it is, if it is one plain group. */
const presentGroup = (known: Sshd | undefined): string | undefined => {
  const groups = known?.views[0].effective.allowgroups ?? [];
  return groups.length === 1 && accountName.safeParse(groups[0]).success ? groups[0] : undefined;
};

export const group = question({
  id: "ssh.group",
  kind: "text",
  label: "Group for logins",
  title: "Which group may log in over SSH?",
  why: "sshd asks one group who may come in (AllowGroups); letting someone in or out is then a matter of membership. A group that does this today is kept, otherwise ssh-users is created.",
  schema: accountName,
  needs: { sshd },
  default: (facts) => presentGroup(knownValue(facts.sshd)) ?? "ssh-users",
});

export const users = question({
  id: "ssh.users",
  kind: "multiselect",
  label: "Who may log in",
  title: "Who may log in over SSH?",
  why: "Whoever steals any account's key or password is in; a list keeps that to the people and services that need it. Proposed are the accounts that can log in with a key today, and always the administrator. Root is left to sudo.",
  schema: z.array(accountName).min(1, "somebody has to be able to log in"),
  needs: { accounts, sshd },
  default: (facts, answers) => {
    const administrator = answers.get(administratorName);
    const known = knownValue(facts.accounts);
    const effective = knownValue(facts.sshd)?.views[0].effective ?? {};
    const present = (known?.accounts ?? [])
      .filter(
        (account) => account.uid !== 0 && known !== undefined && canLogIn(known, account) && admits(effective, account),
      )
      .map(({ name }) => name);
    return [...new Set([administrator, ...present])].filter((name) => name !== "root").toSorted();
  },
  current: (facts) => {
    const known = knownValue(facts.accounts);
    const effective = knownValue(facts.sshd)?.views[0].effective;
    if (known === undefined || effective === undefined) return "not known";
    const admitted = known.accounts.filter((account) => account.loginShell && admits(effective, account));
    return `${admitted.length} ${admitted.length === 1 ? "account" : "accounts"}: ${admitted.map(({ name }) => name).join(", ")}`;
  },
  choices: (facts, answers) => {
    const administrator = answers.get(administratorName);
    const known = knownValue(facts.accounts);
    const listed = (known?.accounts ?? []).filter(
      (account) => account.uid === 0 || (account.loginShell && (!account.system || usableKeys(account).length > 0)),
    );
    const choices = listed.map((account): Choice => {
      const base = { value: account.name, label: account.name, hint: hintOf(account, known?.current.user) };
      return account.uid === 0 ? { ...base, disabled: "root logs in through sudo, not over SSH" } : base;
    });
    return listed.some(({ name }) => name === administrator)
      ? choices
      : [{ value: administrator, label: administrator, hint: "the administrator, to be created" }, ...choices];
  },
  check: (value, facts, answers) => {
    const administrator = answers.get(administratorName);
    if (value.includes("root"))
      return "root does not log in over SSH: name the accounts of people, who become root with sudo";
    if (!value.includes(administrator))
      return `${administrator}, the administrator, has to be among them: nobody else is sure to get in`;
    const known = knownValue(facts.accounts);
    const missing = value.find(
      (name) => name !== administrator && known?.accounts.every((account) => account.name !== name),
    );
    return known === undefined || missing === undefined
      ? undefined
      : `there is no account ${missing}; create it first, or leave it out`;
  },
});

const hintOf = (account: Account, current: string | undefined): string => {
  const keys = [
    ...new Set(
      usableKeys(account).map(({ type, bits }) =>
        type === "ssh-rsa" ? `rsa-${bits}` : type.replace(/^ssh-|@openssh\.com$/gu, ""),
      ),
    ),
  ];
  return [
    keys.length === 0 ? "no key" : `key ${keys.join(", ")}`,
    account.sudo.reach === "everything" ? "sudo" : "no sudo",
    ...(account.expired ? ["expired"] : []),
    ...(account.name === current ? ["here now"] : []),
  ].join(", ");
};

/** The keys with which each of the chosen accounts gets in, the administrator's new ones included. */
export const keysOfUsers = (
  known: Accounts | undefined,
  answers: AnswerReader,
): readonly { readonly name: string; readonly keys: readonly AuthorizedKey[] }[] =>
  answers.get(users).map((name) => {
    const account = known?.accounts.find((each) => each.name === name);
    const added =
      name === answers.get(administratorName)
        ? answers.get(administratorKeys).flatMap((line) => parseAuthorizedKey(line) ?? [])
        : [];
    return { name, keys: [...(account === undefined ? [] : usableKeys(account)), ...added] };
  });

export const algorithms = question({
  id: "ssh.algorithms",
  kind: "select",
  label: "Algorithms",
  title: "How strict should SSH be about algorithms?",
  why: "Strict offers only key exchanges that stand up to quantum computers (OpenSSH 8.5 and later, PuTTY 0.78 and later), RSA keys from 3072 bits on and no ECDSA keys. Compatible also takes curve25519, RSA from 2048 bits and ECDSA keys. Strict is proposed unless somebody who logs in here has no other key.",
  schema: z.enum(strictness),
  needs: { accounts, sshd },
  default: (facts, answers): Strictness => {
    const known = knownValue(facts.sshd);
    if (known === undefined) return "strict";
    const offered = known.views[0].effective.kexalgorithms?.[0];
    // Somebody chose it before: exactly our compatible list is on offer.
    if (
      offered === wantedKeyExchanges(known, "compat").join(",") &&
      offered !== wantedKeyExchanges(known, "strict").join(",")
    ) {
      return "compat";
    }
    const strict = wantedPublicKeyAlgorithms(known, "strict");
    const shutOut = keysOfUsers(knownValue(facts.accounts), answers).some(
      ({ keys }) => keys.length > 0 && !keys.some((key) => takesKey(key, strict, requiredRsaBits.strict)),
    );
    return shutOut ? "compat" : "strict";
  },
  choices: () => [
    { value: "strict", label: "strict", hint: "OpenSSH 8.5 or later on both sides" },
    { value: "compat", label: "compatible", hint: "older clients, RSA from 2048 bits, ECDSA keys" },
  ],
});

export const banner = question({
  id: "ssh.banner",
  kind: "text",
  label: "Banner",
  title: "What should everyone read before logging in?",
  why: "In many places somebody can only be held to rules that were shown before. The text should name the owner's terms and nothing about the system; a legal text that is shown today is kept.",
  schema: z
    .string()
    .min(1, "an empty banner warns nobody")
    .max(4000, "longer than a screen; clients may cut it")
    .regex(/^[\n\t\P{Cc}]*$/u, "must be plain text"),
  multiline: true,
  needs: { sshd, machine },
  default: (facts) => {
    const known = knownValue(facts.sshd);
    const present = known === undefined ? undefined : presentBanner(known)?.content;
    return present !== undefined && isLegalBanner(present) ? present : template("etc/issue.net");
  },
  describe: (value) =>
    value
      .split("\n")
      .find((line) => /[A-Za-z]/u.test(line))
      ?.replace(/^[\s*#|-]+|[\s*#|-]+$/gu, "") ?? "",
});

export const idleMinutes = question({
  id: "ssh.idle",
  kind: "text",
  label: "Dead connections",
  title: "After how many minutes without an answer is a connection closed?",
  why: "A laptop that was closed leaves its session open on the server. sshd asks the client three times within this span and hangs up when nothing comes back; a client that answers stays connected.",
  schema: z.coerce.number().int().min(1).max(60),
  needs: { sshd },
  default: (facts) => {
    const effective = knownValue(facts.sshd)?.views[0].effective;
    const interval = seconds(effective?.clientaliveinterval?.[0] ?? "0");
    const minutes = Math.ceil((interval * Number(effective?.clientalivecountmax?.[0] ?? 0)) / 60);
    return minutes >= 1 && minutes <= 15 ? minutes : 15;
  },
  describe: (value) => `${value} min`,
});

export const forwardings = ["none", "local"] as const;
export const forwarding = question({
  id: "ssh.forwarding",
  kind: "select",
  label: "Forwarding",
  title: "May SSH carry other connections?",
  why: "Through a forwarded port whoever logs in reaches everything this server reaches. Local tunnels are what jump hosts, database tools and editors such as VS Code use; they are proposed only where a session tunnels right now.",
  schema: z.enum(forwardings),
  needs: { sshd, sshdLogins },
  default: (facts) => {
    const effective = knownValue(facts.sshd)?.views[0].effective;
    const tunnels = knownValue(facts.sshdLogins)?.tunnels ?? [];
    const keepsLocal = effective?.allowtcpforwarding?.[0] === "local" && effective.disableforwarding?.[0] === "no";
    return tunnels.length > 0 || keepsLocal ? "local" : "none";
  },
  choices: () => [
    { value: "none", label: "none", hint: "no tunnels, no X11, no agent" },
    { value: "local", label: "local tunnels", hint: "ssh -L and -J; no X11, no agent, nothing opened for others" },
  ],
});

export const logLevels = ["INFO", "VERBOSE"] as const;
export const logLevel = question({
  id: "ssh.log-level",
  kind: "select",
  label: "Log level",
  title: "How much should SSH log?",
  why: "INFO names who logged in, from where and with which key. VERBOSE adds the keys that were refused. CIS asks for INFO on Debian and Ubuntu, Red Hat's STIG for VERBOSE; what is set today is kept if it is one of them.",
  schema: z.enum(logLevels),
  needs: { sshd, machine },
  default: (facts) => {
    const present = logLevels.find((level) => level === knownValue(facts.sshd)?.views[0].effective.loglevel?.[0]);
    const redHat = ["rhel", "rocky", "almalinux", "centos", "fedora", "ol"].includes(
      knownValue(facts.machine)?.distribution ?? "",
    );
    return redHat ? "VERBOSE" : (present ?? "INFO");
  },
  choices: () => logLevels.map((level) => ({ value: level, label: level })),
});

export const questions = [port, users, group, algorithms, banner, idleMinutes, forwarding, logLevel];
