import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hindrances, usableAdministrators, usableKeys } from "../../src/core/administrators.ts";
import { type Accounts, accountNamed, accounts, parseAccounts, readSudoRights } from "../../src/probes/accounts.ts";

const captured = (name: string): string =>
  readFileSync(new URL(`../fixtures/accounts/${name}.txt`, import.meta.url), "utf8");

const read = (text: string): Accounts => {
  const fact = accounts.parse({ stdout: text, exitCode: 0, truncated: false, timedOut: false });
  if (fact.state !== "known") throw new Error(fact.reason);
  return fact.value;
};

const account = (known: Accounts, name: string) => {
  const found = accountNamed(known, name);
  if (found === undefined) throw new Error(`no account ${name}`);
  return found;
};

describe("a fresh Debian 12 server, logged in as op", () => {
  const known = read(captured("debian-12-fresh"));

  it("knows who logged in, and from where", () => {
    expect(known.current.user).toBe("op");
    expect(known.current.ssh?.serverPort).toBe(22);
    expect(known.current.ssh?.address).toMatch(/^10\./u);
  });

  it("sees op as a usable administrator, with its key, sudo and a locked password", () => {
    const op = account(known, "op");
    expect(op).toMatchObject({
      uid: 1000,
      system: false,
      loginShell: true,
      groups: ["op", "sudo"],
      password: "locked",
      expired: false,
      sudo: { reach: "everything", password: false },
    });
    expect(op.keyFiles.map(({ path }) => path)).toContain("/home/op/.ssh/authorized_keys");
    expect(usableKeys(known, op)).toHaveLength(1);
    expect(usableAdministrators(known).map(({ name }) => name)).toEqual(["op"]);
  });

  it("keeps the key file byte for byte, as a change's before", () => {
    const file = account(known, "op").keyFiles[0]?.file;
    expect(file).toMatchObject({ mode: "0600", owner: "op", group: "op" });
    expect(file?.content).toMatch(/^ssh-ed25519 \S+ operator@drawbridge-lab\n$/u);
  });

  it("reads how sshd and sudo look for what they need", () => {
    expect(known.keyLookup).toEqual({
      source: "sshd -T",
      patterns: [".ssh/authorized_keys", ".ssh/authorized_keys2"],
      command: undefined,
      trustedUserCa: false,
      strictModes: true,
      pubkeyAuthentication: true,
      usePam: true,
    });
    expect(known.sudo).toEqual({ installed: true, group: "sudo", readsDropIns: true, dropIn: null });
  });

  it("tells login shells from those that turn people away", () => {
    expect(known.accounts.filter(({ loginShell }) => loginShell).map(({ name }) => name)).toEqual(["root", "op"]);
  });
});

describe("a fresh Debian 13 server where only root can log in", () => {
  const known = read(captured("debian-13-rootonly"));

  it("has no usable administrator, and root's key", () => {
    expect(usableAdministrators(known)).toEqual([]);
    expect(usableKeys(known, account(known, "root"))).toHaveLength(1);
    expect(known.current.user).toBe("root");
  });
});

describe("a server with every way of not getting in", () => {
  const known = read(captured("debian-12-crowd"));
  const reasons = (name: string) => hindrances(known, account(known, name)).map(({ reason }) => reason);

  it.each([
    ["op", []],
    ["alice", []],
    ["group", []],
    ["linked", []],
    ["bob", ["expired on 2024-01-01", "cannot become root: sudo asks for a password, and it has none"]],
    ["mode", ["has a key that sshd ignores: /home/mode/.ssh/authorized_keys has mode 0666, so anyone can write to it"]],
    ["nokey", ["has no key"]],
    ["nosudo", ["cannot become root: sudo does not know it"]],
    ["some", ["cannot become root: sudo allows it some commands only"]],
    [
      "weak",
      [
        "has no key that works: RSA with 1024 bits is too weak",
        "cannot become root: sudo asks for a password, and it has none",
      ],
    ],
    [
      "forced",
      [
        "has no key that works: it runs a fixed command only",
        "cannot become root: sudo asks for a password, and it has none",
      ],
    ],
    [
      "crowd",
      [
        "has a key that sshd ignores: /home/crowd has mode 0770, so group crowd can write to it",
        "cannot become root: sudo asks for a password, and it has none",
      ],
    ],
    [
      "must",
      [
        "cannot log in unattended: its password must be changed at the next login",
        "cannot become root: sudo asks for a password, and it has none",
      ],
    ],
    [
      "pipe",
      [
        "has no readable key: /home/pipe/.ssh/authorized_keys cannot be read by pipe",
        "cannot become root: sudo does not know it",
      ],
    ],
    [
      "thief",
      [
        "has no readable key: /home/thief/.ssh/authorized_keys cannot be read by thief",
        "cannot become root: sudo does not know it",
      ],
    ],
    ["pg", ["is a system account", "has no key", "cannot become root: sudo does not know it"]],
    ["root", ["is root, and no name of a person stands in the log"]],
  ])("says what %s lacks", (name, expected) => {
    expect(reasons(name)).toEqual(expected);
  });

  it("tells passwords apart without ever seeing a hash", () => {
    const states = Object.fromEntries(known.accounts.map(({ name, password }) => [name, password]));
    expect(states).toMatchObject({ root: "usable", alice: "usable", bob: "locked", open: "empty", daemon: "none" });
    expect(captured("debian-12-crowd")).not.toMatch(/\$(?:y|6|5|1)\$/u);
  });

  it("never prints what an account links to, but may not read", () => {
    expect(account(known, "thief").keyFiles[0]).toMatchObject({ file: undefined, keys: [], unreadable: true });
    expect(captured("debian-12-crowd")).not.toContain("|root:");
  });

  it("keeps the options of a key", () => {
    const [first, second] = account(known, "forced").keyFiles[0]?.keys ?? [];
    expect(first?.options).toEqual(["restrict", 'command="/usr/bin/backup \\"all\\", now"']);
    expect(second?.options).toEqual(['from="192.0.2.0/24,!192.0.2.7"']);
  });

  it("lets a private group write on Debian, and nobody's group elsewhere", () => {
    const elsewhere = read(captured("debian-12-crowd").replace("@os-release\nID=debian", "@os-release\nID=rocky"));
    expect(usableKeys(known, account(known, "group"))).toHaveLength(1);
    expect(account(elsewhere, "group").keyFiles[0]?.ignored).toBe(
      "/home/group/.ssh/authorized_keys has mode 0664, so group group can write to it",
    );
  });
});

describe("other distributions", () => {
  it("Ubuntu's rule for a group admin that does not exist is not the one that counts", () => {
    const known = read(captured("debian-12-fresh").replace("|%sudo", "|%admin ALL=(ALL) ALL\n|%sudo"));
    expect(known.sudo.group).toBe("sudo");
  });

  it("RHEL has wheel", () => {
    const text = captured("debian-12-fresh").replaceAll("|%sudo", "|%wheel").replace("sudo:x:27:op", "wheel:x:10:op");
    expect(read(text).sudo.group).toBe("wheel");
  });
});

describe("what is not answered is not known", () => {
  it.each([
    ["nothing at all", ""],
    ["no shadow", captured("debian-12-fresh").replace(/@shadow\n(?:[^@].*\n)*/u, "@shadow\n")],
  ])("%s", (_, text) => {
    expect(parseAccounts(text).state).toBe("unknown");
  });

  it("a nologin file keeps everybody out", () => {
    const known = read(captured("debian-12-fresh").replace("@nologin\n", "@nologin\nSystem is going down.\n"));
    expect(hindrances(known, account(known, "op")).map(({ reason }) => reason)).toEqual([
      "cannot log in while /etc/nologin exists",
    ]);
  });

  it("sshd that does not answer leaves assumed places", () => {
    const known = read(captured("debian-12-fresh").replace(/@sshd\n(?:[^@].*\n)*/u, "@sshd\n\n"));
    expect(known.keyLookup).toMatchObject({ source: "assumed", strictModes: true, usePam: true });
  });

  it("a key file that ends without a line break stays as it is", () => {
    const known = read(
      captured("debian-12-fresh").replaceAll("operator@drawbridge-lab\n|.\n", "operator@drawbridge-lab.\n"),
    );
    expect(account(known, "op").keyFiles[0]?.file?.content).toMatch(/operator@drawbridge-lab$/u);
  });
});

describe("whatever comes back", () => {
  const lines = captured("debian-12-crowd").split("\n");
  const anywhere = fc.nat(lines.length - 1);

  it("lines lost, doubled or made up never make it throw", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(anywhere, fc.oneof(fc.string(), fc.constant(undefined))), { maxLength: 20 }),
        (edits) => {
          const text = edits
            .reduce(
              (all, [at, line]) => all.toSpliced(at, 1, ...(line === undefined ? [] : [line, lines[at] ?? ""])),
              lines,
            )
            .join("\n");
          expect(["known", "unknown"]).toContain(parseAccounts(text).state);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("sudo -l", () => {
  const lines = (defaults: string, ...rules: string[]) => [
    "Matching Defaults entries for op on host:",
    `    ${defaults}`,
    "User op may run the following commands on host:",
    ...rules.map((rule) => `    ${rule}`),
  ];
  it.each([
    ["everything with a password", lines("use_pty", "(ALL : ALL) ALL"), { reach: "everything", password: true }],
    [
      "the last rule wins",
      lines("", "(ALL) NOPASSWD: ALL", "(ALL) PASSWD: ALL"),
      { reach: "everything", password: true },
    ],
    ["never asked", lines("!authenticate", "(root) ALL"), { reach: "everything", password: false }],
    ["not as root", lines("", "(backup) NOPASSWD: ALL"), { reach: "something", password: false }],
    ["one command", lines("", "(root) NOPASSWD: /usr/bin/apt"), { reach: "something", password: false }],
    ["other tags", lines("", "(root) SETENV: NOPASSWD: ALL"), { reach: "everything", password: false }],
    ["nothing", ["User op is not allowed to run sudo on host."], { reach: "nothing" }],
  ])("%s", (_, text, expected) => {
    expect(readSudoRights(text)).toEqual(expected);
  });

  it("an error is not an answer", () => {
    expect(readSudoRights(["sudo: parse error in /etc/sudoers near line 3"]).reach).toBe("unknown");
  });
});
