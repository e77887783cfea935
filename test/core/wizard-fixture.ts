/** A small server and a few steps about it, for the wizard's tests: pure data, nothing real is asked. */
import { z } from "zod";
import { change } from "../../src/model/change.ts";
import { composer, control, fragment, guard } from "../../src/model/control.ts";
import { type Fact, known, unknown } from "../../src/model/fact.ts";
import { fail, pass, passWhen } from "../../src/model/finding.ts";
import type { Plan } from "../../src/model/plan.ts";
import { type Facts, probe } from "../../src/model/probe.ts";
import { question } from "../../src/model/question.ts";
import type { ApplyOutcome, Inspection, Rights, Session } from "../../src/model/session.ts";
import { access, type Step } from "../../src/model/step.ts";
import type { ApplyEvent } from "../../src/model/transaction.ts";

type Sshd = { port: number; rootLogin: string; passwords: string; loginGroup: string; banner: string };
type Account = { name: string; hint: string };

const never = () => {
  throw new Error("nothing is parsed here");
};
export const sshdProbe = probe<Sshd>({ id: "sshd", asks: "sshd -T -C user=op", script: "", parse: never });
export const accountsProbe = probe<readonly Account[]>({
  id: "accounts",
  asks: "getent passwd",
  script: "",
  parse: never,
});
export const firewallProbe = probe<{ tables: number }>({
  id: "firewall",
  asks: "nft list ruleset",
  script: "",
  parse: never,
});

const sshdValue = (fact: Fact<Sshd>): Sshd =>
  fact.state === "known" ? fact.value : { port: 22, rootLogin: "no", passwords: "no", loginGroup: "", banner: "none" };

const port = question({
  id: "ssh.port",
  kind: "text",
  label: "Port",
  title: "On which port does SSH answer?",
  why: "A port of its own keeps the log readable; it is no protection by itself. The proposal is below the ephemeral range and free here.",
  schema: z
    .number("wants a number")
    .int()
    .min(1, "wants a port from 1 to 65535")
    .max(65535, "wants a port from 1 to 65535"),
  needs: { sshd: sshdProbe },
  default: () => 22022,
  current: ({ sshd }) => String(sshdValue(sshd).port),
  check: (value) => (value === 443 ? "port 443 is taken by nginx" : undefined),
});

const rootLogin = question({
  id: "ssh.root-login",
  kind: "confirm",
  label: "Root login",
  title: "May root log in over SSH?",
  why: "An administrator's own name belongs in the log, and root has no second factor.",
  schema: z.boolean(),
  needs: { sshd: sshdProbe },
  default: () => false,
  current: ({ sshd }) => sshdValue(sshd).rootLogin,
});

const whoMayLogIn = question({
  id: "ssh.allowed",
  kind: "multiselect",
  label: "Who may log in",
  title: "Who may log in over SSH",
  why: "Whoever steals any of the 14 accounts' keys is in. A group named in AllowGroups keeps it to people who administer this server.",
  schema: z.array(z.string()).min(1, "at least one account, or nobody gets in"),
  needs: { accounts: accountsProbe, sshd: sshdProbe },
  default: () => ["op", "deploy"],
  current: () => "everyone with a shell (14 accounts)",
  describe: (value) => `group ssh-admins: ${value.join(", ")}`,
  choices: ({ accounts }) => [
    ...(accounts.state === "known" ? accounts.value : []).map(({ name, hint }) => ({ value: name, label: name, hint })),
    { value: "root", label: "root", disabled: 'refused by "Root login"' },
  ],
});

const banner = question({
  id: "ssh.banner",
  kind: "text",
  label: "Banner",
  title: "What does everyone read before logging in?",
  why: "A notice makes it clear, also to a court, that strangers are not invited.",
  schema: z.string().min(1, "a text is needed"),
  needs: {},
  default: () => "This system is for authorised users only.\nAccess is logged.\n",
  multiline: true,
  describe: (value) => value.split("\n", 1)[0] ?? "",
});

const loudness = question({
  id: "ssh.log-level",
  kind: "select",
  label: "Logging",
  title: "How much does SSH log?",
  why: "VERBOSE names the key that was used.",
  schema: z.enum(["INFO", "VERBOSE"]),
  needs: {},
  default: () => "VERBOSE" as const,
  choices: () => [
    { value: "INFO", label: "INFO", hint: "who logged in" },
    { value: "VERBOSE", label: "VERBOSE", hint: "and with which key" },
  ],
});

const keys = question({
  id: "administrator.keys",
  kind: "list",
  label: "Keys",
  title: "With which keys does the administrator log in?",
  why: "Paste one public key per line. Private keys are refused.",
  schema: z.array(z.string().regex(/^ssh-/u, "that is not a public key: it begins with ssh-ed25519 or the like")),
  needs: {},
  default: () => ["ssh-ed25519 AAAAC3Nza op@desk"],
});

const password = question({
  id: "administrator.password",
  kind: "secret",
  label: "Password for sudo",
  title: "Which password does sudo ask the administrator for?",
  why: "It is never used for logging in. Leave it empty to keep the one there is.",
  schema: z.string(),
  needs: {},
  default: () => "",
  check: (value) => (value !== "" && value.length < 8 ? "at least 8 characters" : undefined),
});

const policy = question({
  id: "firewall.inbound",
  kind: "select",
  label: "From outside",
  title: "What may come in?",
  why: "Everything that listens can be reached by anyone until something says otherwise.",
  schema: z.enum(["deny", "allow"]),
  needs: { firewall: firewallProbe },
  default: () => "deny" as const,
  current: ({ firewall }) => (firewall.state === "known" && firewall.value.tables > 0 ? "filtered" : "everything"),
  choices: () => [
    { value: "deny", label: "only what is listed", hint: "22022, 443" },
    { value: "allow", label: "everything", hint: "as now" },
  ],
});

const dropIn = composer<string, { sshd: typeof sshdProbe }>({
  id: "sshd-drop-in",
  needs: { sshd: sshdProbe },
  compose: (wanted, { sshd }) => [
    change({
      kind: "file",
      title: "SSH: write 00-drawbridge.conf",
      risk: "lockout",
      phase: "ssh",
      path: "/etc/ssh/sshd_config.d/00-drawbridge.conf",
      before: {
        content: `# written by hand\nPort ${sshd.port}\nPermitRootLogin ${sshd.rootLogin}\n`,
        mode: "0644",
        owner: "root",
        group: "root",
      },
      after: {
        content: `# written by drawbridge\n${wanted.map(({ value }) => value).join("\n")}\n`,
        mode: "0600",
        owner: "root",
        group: "root",
      },
      checks: [{ argv: ["sshd", "-t", "-f", "@files/check-sshd"], files: { "check-sshd": "Port 22\n" } }],
    }),
    change({
      kind: "unit",
      title: "SSH reloaded",
      risk: "lockout",
      phase: "ssh",
      unit: "ssh.service",
      action: "reloaded",
    }),
  ],
});

const evidence = (asked: string, answered: string) => [{ asked, answered }];

const sshPort = control({
  id: "ssh-port",
  guideline: ["OS-05"],
  title: "SSH answers on a port of its own",
  failing: "SSH answers on port 22",
  severity: "low",
  risk: "lockout",
  rationale: "Robots knock at port 22 all day.",
  references: [{ source: "man", id: "sshd_config(5)" }],
  needs: { sshd: sshdProbe },
  inspect: ({ sshd }, answers) =>
    passWhen(sshd.port === answers.get(port), evidence("sshd -T", `port ${sshd.port}`), `it answers on ${sshd.port}`),
  plan: (_, answers) => [fragment(dropIn, `Port ${answers.get(port)}`)],
});

const sshRoot = control({
  id: "ssh-root-login",
  guideline: ["OS-05"],
  title: "Root cannot log in over SSH",
  failing: "SSH lets root log in with a password",
  severity: "critical",
  risk: "lockout",
  rationale: "An administrator's own name belongs in the log, and root has no second factor.",
  references: [
    { source: "CIS Debian 12", id: "5.1.20" },
    { source: "NIST 800-53", id: "AC-6" },
  ],
  needs: { sshd: sshdProbe },
  inspect: ({ sshd }, answers) =>
    answers.get(rootLogin) || sshd.rootLogin === "no"
      ? pass(evidence("sshd -T -C user=root", `permitrootlogin ${sshd.rootLogin}`))
      : fail("root can log in", evidence("sshd -T -C user=root", `permitrootlogin ${sshd.rootLogin}`)),
  plan: (_, answers) => (answers.get(rootLogin) ? [] : [fragment(dropIn, "PermitRootLogin no")]),
  breaks: () => ["backup logs in nightly from 10.0.0.9 as root (last 02:00)"],
});

const sshWho = control({
  id: "ssh-allow-groups",
  guideline: ["OS-05"],
  title: "Only administrators may log in over SSH",
  failing: "Everyone with a shell may log in over SSH",
  severity: "high",
  risk: "lockout",
  rationale: "Whoever steals any account's key is in.",
  references: [{ source: "CIS Debian 12", id: "5.1.4" }],
  needs: { sshd: sshdProbe },
  inspect: ({ sshd }, answers) => {
    answers.get(whoMayLogIn);
    return passWhen(sshd.loginGroup !== "", evidence("sshd -T", "allowgroups (none)"), "allowgroups is not set");
  },
  plan: (_, answers) => [fragment(dropIn, `AllowUsers ${answers.get(whoMayLogIn).join(" ")}`)],
});

const sshPasswords = control({
  id: "ssh-passwords",
  guideline: ["OS-05"],
  title: "SSH asks for a key, not for a password",
  failing: "SSH accepts passwords",
  severity: "high",
  risk: "lockout",
  rationale: "Passwords can be guessed from afar, keys cannot.",
  references: [{ source: "CIS Debian 12", id: "5.1.11" }],
  needs: { sshd: sshdProbe },
  inspect: ({ sshd }) =>
    passWhen(sshd.passwords === "no", evidence("sshd -T", `passwordauthentication ${sshd.passwords}`)),
  plan: () => [fragment(dropIn, "PasswordAuthentication no")],
});

const sshBanner = control({
  id: "ssh-banner",
  guideline: ["OS-05"],
  title: "SSH shows a legal notice",
  failing: "SSH shows no legal notice",
  severity: "low",
  risk: "none",
  rationale: "A notice makes it clear that strangers are not invited.",
  references: [{ source: "CIS Debian 12", id: "5.1.5" }],
  needs: { sshd: sshdProbe },
  inspect: ({ sshd }) => passWhen(sshd.banner !== "none", evidence("sshd -T", `banner ${sshd.banner}`)),
  plan: (_, answers) => [
    change({
      kind: "file",
      title: "SSH: write the notice",
      risk: "none",
      phase: "files",
      path: "/etc/drawbridge/notice",
      before: null,
      after: { content: answers.get(banner), mode: "0644", owner: "root", group: "root" },
    }),
  ],
});

const sshLogging = control({
  id: "ssh-log-level",
  guideline: ["OS-05"],
  title: "SSH logs which key was used",
  failing: "SSH does not log which key was used",
  severity: "medium",
  risk: "none",
  rationale: "Afterwards somebody asks who it was.",
  references: [{ source: "CIS Debian 12", id: "5.1.14" }],
  needs: {},
  inspect: (_, answers) => {
    answers.get(loudness);
    return pass(evidence("sshd -T", "loglevel VERBOSE"));
  },
  plan: () => [],
});

const firewallPolicy = control({
  id: "firewall-inbound",
  guideline: ["OS-04"],
  title: "Only what is meant to be reached can be reached",
  failing: "No firewall: 3 ports open to anyone",
  severity: "high",
  risk: "lockout",
  rationale: "What nobody meant to publish is found within the hour.",
  references: [{ source: "CIS Debian 12", id: "4.3.8" }],
  needs: { firewall: firewallProbe },
  inspect: ({ firewall }, answers) =>
    passWhen(answers.get(policy) === "allow" || firewall.tables > 0, evidence("nft list ruleset", "(nothing)")),
  plan: (_, answers) =>
    answers.get(policy) === "allow"
      ? []
      : [
          change({
            kind: "file",
            title: "Firewall: write the rules",
            risk: "lockout",
            phase: "firewall",
            path: "/etc/nftables.d/drawbridge.nft",
            before: null,
            after: { content: "table inet drawbridge {\n}\n", mode: "0600", owner: "root", group: "root" },
          }),
          change({
            kind: "unit",
            title: "Firewall loaded",
            risk: "lockout",
            phase: "firewall",
            unit: "drawbridge-firewall.service",
            action: "restarted",
          }),
        ],
});

const administratorKey = control({
  id: "administrator-key",
  guideline: ["OS-05"],
  title: "A named administrator has a key",
  failing: "No administrator has a key",
  severity: "critical",
  risk: "none",
  rationale: "Somebody has to get in afterwards.",
  references: [{ source: "CIS Debian 12", id: "5.4.1" }],
  needs: { accounts: accountsProbe },
  inspect: ({ accounts }, answers) => {
    answers.get(keys);
    return passWhen(accounts.length > 0, evidence("getent passwd", "op"));
  },
  plan: (_, answers) =>
    answers.get(password) === ""
      ? []
      : [
          change({
            kind: "user",
            title: "Password for op",
            risk: "none",
            phase: "accounts",
            name: "op",
            passwordFrom: "administrator.password",
          }),
        ],
});

const auditRules = control({
  id: "audit-rules",
  guideline: ["OS-09"],
  title: "Audit rules are loaded",
  failing: "No audit rules are loaded",
  severity: "medium",
  risk: "none",
  rationale: "Without rules nothing is recorded.",
  references: [{ source: "CIS Debian 12", id: "6.2.1" }],
  needs: { rules: probe<string>({ id: "audit", asks: "auditctl -l", script: "", parse: never }) },
  inspect: () => pass([]),
  plan: () => [],
});

const certificate = control({
  id: "runtime-certificate",
  guideline: ["RT-02"],
  title: "The integration shows its own certificate",
  failing: "Port 9443 shows Ballerina's sample certificate",
  severity: "critical",
  risk: "restart",
  rationale: "Everybody has the key of the sample certificate.",
  references: [{ source: "NIST 800-53", id: "SC-12" }],
  needs: { firewall: firewallProbe },
  inspect: () => fail("CN=localhost, ballerinaKeystore.p12", evidence("openssl s_client 9443", "CN=localhost")),
  plan: () => [
    change({
      kind: "file",
      title: "orders: a certificate of its own",
      risk: "restart",
      phase: "services",
      path: "/opt/orders/conf/Config.toml",
      before: {
        content: '[secureSocket.key]\npath = "/opt/orders/ballerinaKeystore.p12"\npassword = "ballerina"\n',
        mode: "0640",
        owner: "root",
        group: "root",
      },
      after: {
        content: '[secureSocket.key]\npath = "/etc/orders/tls/orders.p12"\npassword = "T0p-Secret"\n',
        mode: "0640",
        owner: "root",
        group: "root",
      },
      sensitive: true,
    }),
    change({
      kind: "unit",
      title: "orders-api restarted",
      risk: "restart",
      phase: "services",
      unit: "orders-api.service",
      action: "restarted",
    }),
  ],
});

/** Refuses an AllowUsers without op, who is the one with sudo. */
const keepTheAdministrator = guard({
  id: "keep-the-administrator",
  needs: { accounts: accountsProbe },
  refuse: (_, answers, changes) =>
    changes.some(({ risk }) => risk === "lockout") && !answers.get(whoMayLogIn).includes("op")
      ? [
          {
            reason: "op, the only one with sudo, could not log in any more.",
            remedy: "Let op log in, or give another account sudo.",
          },
        ]
      : [],
});

export const steps: readonly Step[] = [
  {
    id: "tls",
    category: "runtime",
    title: "TLS",
    intro: "What callers see of the integration.",
    questions: [],
    controls: [certificate],
  },
  {
    id: "administrator",
    category: "os",
    title: "Administrator",
    intro: "Somebody who gets in afterwards, by name and key.",
    questions: [keys, password],
    controls: [administratorKey],
    access: access({
      needs: { sshd: sshdProbe },
      after: (_, answers) => ({ administrator: "op", port: answers.get(port) }),
    }),
  },
  {
    id: "ssh",
    category: "os",
    title: "SSH",
    intro: "The door that is tried most.",
    questions: [port, rootLogin, whoMayLogIn, banner, loudness],
    controls: [sshPort, sshRoot, sshWho, sshPasswords, sshBanner, sshLogging],
    guards: [keepTheAdministrator],
  },
  {
    id: "audit",
    category: "os",
    title: "Audit",
    intro: "What is recorded.",
    questions: [],
    controls: [auditRules],
  },
  {
    id: "firewall",
    category: "network",
    title: "Firewall",
    intro: "What can be reached, and by whom.",
    questions: [policy],
    controls: [firewallPolicy],
  },
];

export const weakFacts: Facts = new Map<string, Fact<unknown>>([
  ["sshd", known<Sshd>({ port: 22, rootLogin: "yes", passwords: "yes", loginGroup: "", banner: "none" })],
  [
    "accounts",
    known<readonly Account[]>([
      { name: "op", hint: "key ed25519, sudo, here now" },
      { name: "deploy", hint: "key rsa-4096, no sudo" },
      { name: "backup", hint: "key ed25519, last login 2019" },
    ]),
  ],
  ["firewall", known({ tables: 0 })],
  ["audit", unknown("this needs root (sudo asked for a password)")],
]);

export const hardenedFacts: Facts = new Map<string, Fact<unknown>>([
  ...weakFacts,
  [
    "sshd",
    known<Sshd>({ port: 22022, rootLogin: "no", passwords: "no", loginGroup: "ssh-admins", banner: "/etc/issue" }),
  ],
  ["firewall", known({ tables: 1 })],
]);

export const inspectionOf = (facts: Facts, rights: Rights = { root: true }): Inspection => ({
  host: { name: "app01.example.net", machineId: "0123456789abcdef0123456789abcdef", release: "Debian 12.15" },
  facts,
  recorded: {},
  excluded: {},
  rights,
  durationMs: 412,
});

export const target = { label: "op@app01.example.net", kind: "ssh" } as const;

export type FakeSession = Session & { readonly calls: string[]; readonly applied: Plan[] };

/** A machine made of promises: weak until something is applied. `pause` waits before each answer. */
export const fakeSession = (
  options: {
    readonly kind?: Session["kind"];
    readonly rights?: Rights;
    readonly outcome?: ApplyOutcome["state"];
    readonly pause?: (what: string) => Promise<void>;
    readonly confirms?: () => boolean;
  } = {},
): FakeSession => {
  const { kind = "ssh", outcome = "pending", pause = async () => {}, confirms = () => true } = options;
  let rights: Rights = options.rights ?? { root: true };
  let isHard = false;
  const calls: string[] = [];
  const applied: Plan[] = [];
  return {
    calls,
    applied,
    label: kind === "ssh" ? "op@app01.example.net" : "this machine",
    kind,
    inspect: async (progress) => {
      calls.push("inspect");
      progress("asking op@app01.example.net 31 questions");
      await pause("inspect");
      return inspectionOf(isHard ? hardenedFacts : weakFacts, rights);
    },
    giveSudoPassword: async (given) => {
      calls.push("giveSudoPassword");
      await pause("sudo");
      if (given !== "right") return "sudo did not accept the password";
      rights = { root: true };
      return undefined;
    },
    apply: async (plan, { secrets }, on) => {
      calls.push(`apply ${plan.id} with ${[...secrets.keys()].join(",")}`);
      applied.push(plan);
      const tell = async (event: ApplyEvent): Promise<void> => {
        on(event);
        await pause("event");
      };
      await tell({ kind: "note", text: "staging the files and keeping the originals" });
      await tell({ kind: "state", state: "staged" });
      for (const text of ["sshd -t", "nft -c", "systemd-analyze verify"]) await tell({ kind: "check", ok: true, text });
      await tell({ kind: "armed", seconds: 120 });
      for (const index of plan.changes.keys()) {
        await tell({ kind: "change", change: index, progress: "begin" });
        await tell({ kind: "change", change: index, progress: "done" });
      }
      await tell({ kind: "state", state: "pending" });
      isHard = outcome === "pending" || outcome === "confirmed";
      const reason = isHard ? "" : "nft said no";
      return { transactionId: "20261122-0731", state: outcome, reason, verified: [] };
    },
    confirm: async () => {
      calls.push("confirm");
      await pause("confirm");
      return confirms()
        ? { confirmed: true, how: "a new login as op on port 22022 works and can become root" }
        : { confirmed: false, reason: "connection refused", remedy: "log in yourself" };
    },
    confirmCommand: () => "sudo sh /var/lib/drawbridge/transactions/20261122-0731/confirm",
    undo: async (transactionId, on) => {
      calls.push("undo");
      on({ kind: "state", state: "reverting" });
      await pause("undo");
      isHard = false;
      return { transactionId, state: "reverted", reason: "", verified: [] };
    },
    status: async () => {
      calls.push("status");
      return [
        {
          id: "20261122-0731",
          state: "reverted",
          running: false,
          secondsLeft: null,
          startedAt: "",
          changes: [],
          left: [],
        },
      ];
    },
    close: async () => {},
  };
};
