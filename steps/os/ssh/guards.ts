import { afterChanges } from "../../../src/core/administrators.ts";
import type { Change } from "../../../src/model/change.ts";
import { guard } from "../../../src/model/control.ts";
import { raw } from "../../../src/model/probe.ts";
import { type Account, type Accounts, accountNamed, accounts } from "../../../src/probes/accounts.ts";
import { listeners } from "../../../src/probes/listeners.ts";
import { type Effective, mainConfig, sshd } from "../../../src/probes/sshd.ts";
import { assembleConfig, parseConfigLine } from "../../../src/probes/sshd-config.ts";
import { administratorName } from "../administrator/questions.ts";
import { admits, usableKeys } from "./admission.ts";
import { takesKey } from "./algorithms.ts";
import { holderOf, port } from "./questions.ts";
import { servedPorts } from "./serving.ts";

type SshdFacts = { readonly views: readonly [{ readonly effective: Effective }, ...unknown[]] };

/** Files of sshd's configuration that the plan writes, by path. */
const writtenConfig = (changes: readonly Change[]): ReadonlyMap<string, string> =>
  new Map(
    changes.flatMap((change) =>
      change.kind === "file" && change.path.startsWith("/etc/ssh/")
        ? [[change.path, change.after.content] as const]
        : [],
    ),
  );

const listKeywords: ReadonlySet<string> = new Set(["allowgroups", "allowusers", "denygroups", "denyusers"]);

/** What everyone meets once the plan is applied, as far as the plan changes it: the first value of each keyword wins. */
const effectiveAfter = (
  facts: SshdFacts & { readonly files: readonly { path: string; content: string }[] },
  changes: readonly Change[],
): Effective => {
  const written = writtenConfig(changes);
  if (written.size === 0) return facts.views[0].effective;
  const texts = new Map(facts.files.map(({ path, content }) => [path, content]));
  for (const [path, content] of written) texts.set(path, content);
  const text = assembleConfig(
    mainConfig,
    [...texts].map(([path, content]) => ({ path, content })),
  );
  const set: Record<string, readonly string[]> = {};
  for (const line of text.split("\n")) {
    const parsed = parseConfigLine(line);
    if (parsed === undefined) continue;
    const keyword = parsed.keyword.toLowerCase();
    if (keyword === "match") break;
    if (listKeywords.has(keyword)) set[keyword] = [...(set[keyword] ?? []), ...parsed.arguments];
    else set[keyword] ??= [parsed.arguments.join(" ")];
  }
  const lists = Object.fromEntries([...listKeywords].map((keyword) => [keyword, set[keyword] ?? []]));
  return { ...facts.views[0].effective, ...set, ...lists };
};

type Person = Pick<Account, "name" | "uid" | "groups"> & {
  readonly keys: ReturnType<typeof usableKeys>;
  /** Keys come from a command or a certificate authority as well, and cannot be listed. */
  readonly keysElsewhere: boolean;
};

/** An account as it is after the plan: groups joined and left, keys written, modes put right. */
const personAfter = (known: Accounts, name: string, changes: readonly Change[]): Person | undefined => {
  const account = accountNamed(afterChanges(known, changes), name);
  return (
    account && {
      name,
      uid: account.uid,
      groups: account.groups,
      keysElsewhere: known.keyLookup.command !== undefined || known.keyLookup.trustedUserCa,
      keys: usableKeys(account),
    }
  );
};

const names = (effective: Effective, keyword: string): readonly string[] =>
  (effective[keyword]?.[0] ?? "").split(",").filter((name) => name !== "");

/** Why sshd would turn this person away; undefined when it lets them in with a key. */
const obstacle = (effective: Effective, person: Person): string | undefined => {
  const algorithms = [...names(effective, "pubkeyacceptedalgorithms"), ...names(effective, "pubkeyacceptedkeytypes")];
  const bits = Number(effective.requiredrsasize?.[0] ?? 1024);
  if (person.uid === 0 && effective.permitrootlogin?.[0] === "no") return "root may not log in";
  if (!admits(effective, person))
    return `${person.name} is not among those who may log in (AllowGroups, AllowUsers, DenyUsers, DenyGroups)`;
  if (person.keysElsewhere) return undefined;
  if (person.keys.length === 0) return `${person.name} has no key that sshd reads`;
  if (!person.keys.some((key) => takesKey(key, algorithms, bits))) {
    const kinds = [...new Set(person.keys.map(({ type, bits }) => `${type} ${bits}`))].join(", ");
    return `${person.name}'s keys (${kinds}) are of kinds that will not be accepted`;
  }
  return undefined;
};

const touchesSsh = (changes: readonly Change[]): boolean =>
  changes.some((change) => change.phase === "ssh" && change.risk === "lockout");

/** The administrator of the answers gets through every gate that the plan leaves. */
export const administratorAdmitted = guard({
  id: "ssh-administrator-admitted",
  needs: { sshd, accounts },
  refuse: ({ sshd, accounts }, answers, changes) => {
    if (!touchesSsh(changes)) return [];
    const name = answers.get(administratorName);
    const person = personAfter(accounts, name, changes);
    const effective = effectiveAfter(sshd, changes);
    const reason =
      person === undefined
        ? `there is no account ${name}, and the plan does not create it`
        : effective.pubkeyauthentication?.[0] === "no"
          ? "SSH would accept no keys at all"
          : obstacle(effective, person);
    if (reason === undefined) return [];
    return [
      {
        reason: `after this nobody could log in over SSH to administer this server: ${reason}`,
        remedy: `give ${name} a key with the administrator step, name another administrator (administrator.name), choose ${name} in ssh.users, or ssh.algorithms=compat for older keys`,
      },
    ];
  },
});

/** Whoever runs this over SSH gets in again; root hands over to the administrator, who is looked at above. */
export const sessionKept = guard({
  id: "ssh-session-kept",
  needs: { sshd, accounts },
  refuse: ({ sshd, accounts }, answers, changes) => {
    const { user, ssh } = accounts.current;
    if (!touchesSsh(changes) || ssh === undefined || user === undefined || user === "root") return [];
    if (user === answers.get(administratorName)) return [];
    const person = personAfter(accounts, user, changes);
    const now = personAfter(accounts, user, []);
    const effective = effectiveAfter(sshd, changes);
    const reason = person && obstacle(effective, person);
    // Who could not come in with a key before (a password login) is told apart from who loses a working key.
    if (reason === undefined || person === undefined) return [];
    const lost = now !== undefined && obstacle(sshd.views[0].effective, now) === undefined;
    return [
      {
        reason: `you are logged in as ${user}, and ${user} could not log in again: ${reason}`,
        remedy: lost
          ? `choose ${user} in ssh.users, or ssh.algorithms=compat for older keys`
          : `give ${user} a key first, or log in as ${answers.get(administratorName)} and start from there`,
      },
    ];
  },
});

/** A port that somebody else holds stops sshd at its next start. */
export const portFree = guard({
  id: "ssh-port-free",
  needs: { sshd, listeners: raw(listeners) },
  refuse: ({ sshd, listeners }, answers, changes) => {
    const wanted = answers.get(port);
    if (!touchesSsh(changes) || servedPorts(sshd).includes(wanted)) return [];
    if (listeners.state !== "known") {
      return [
        {
          reason: `nobody can say whether port ${wanted} is free: ${listeners.reason}`,
          remedy: "install iproute2, or keep the port that SSH has now (ssh.port)",
        },
      ];
    }
    const holder = holderOf(wanted, listeners.value);
    if (holder === undefined) return [];
    return [
      {
        reason: `port ${wanted} is taken by ${holder}: sshd could not listen there`,
        remedy: "choose another port (ssh.port)",
      },
    ];
  },
});

/** Options on sshd's command line outrank every file; a link would have us write somewhere else. */
export const configurationOurs = guard({
  id: "ssh-configuration-decides",
  needs: { sshd },
  refuse: ({ sshd }, _, changes) => {
    if (!touchesSsh(changes)) return [];
    const overriding = /(?:^|\s)-[op]\s*\S+/u.exec(sshd.options)?.[0]?.trim();
    const links = [...sshd.files, ...Object.values(sshd.banners)].filter(
      ({ kind, path }) => kind !== "file" && changes.some((change) => "path" in change && change.path === path),
    );
    return [
      ...(overriding === undefined
        ? []
        : [
            {
              reason: `sshd is started with "${overriding}", which outranks every file`,
              remedy:
                "move it into sshd_config and empty SSHD_OPTS in /etc/default/ssh (OPTIONS in /etc/sysconfig/sshd)",
            },
          ]),
      ...links.map(({ path }) => ({
        reason: `${path} is a symbolic link: something else manages it`,
        remedy: "change it where it is managed, or put a regular file in its place",
      })),
    ];
  },
});

export const guards = [administratorAdmitted, sessionKept, portFree, configurationOurs];
