/** The steps of the OS category that are neither the way in nor its guards: fails, passes, plans nothing again, goes back to the byte. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { neglect, guestPassword as password } from "./bad-server.ts";
import {
  type AppliedDocument,
  type Drawbridge,
  document,
  drawbridgeOver,
  type InspectionDocument,
  type PlanDocument,
} from "./drawbridge.ts";
import { compareTrees, type Lab, labOrSkip, openLab, releases, type Server, snapshotTree } from "./harness/index.ts";

const reason = labOrSkip();

/** Folders that the steps change; what logs and package managers write by themselves is none of their business. */
const paths = ["/etc", "/root", "/home", "/srv", "/usr/local", "/usr/share/pam-configs", "/var/spool/cron"];

/** Backups that useradd and its like leave beside the databases: rewritten by packages that go. */
const exclude = ["/etc/passwd-", "/etc/group-", "/etc/shadow-", "/etc/gshadow-"];

type Case = {
  readonly step: string;
  /** What has to fail on a fresh server. */
  readonly fails: readonly string[];
  /** What a person has to decide, and stays as it is. */
  readonly stays?: readonly string[];
  readonly answers?: readonly string[];
};

const cases: readonly Case[] = [
  {
    step: "kernel",
    fails: [
      "kernel-redirects",
      "kernel-source-routes",
      "kernel-reverse-path",
      "kernel-syn-cookies",
      "kernel-core-dumps",
    ],
  },
  {
    step: "files",
    fails: ["files-scheduled-jobs", "files-home-directories", "files-logs", "files-world-writable", "files-setuid"],
    stays: ["files-setuid"],
  },
  { step: "accounts", fails: ["accounts-password-age", "accounts-umask", "accounts-session-timeout"] },
  {
    step: "authentication",
    fails: [
      "authentication-lockout",
      "authentication-password-quality",
      "authentication-password-history",
      "authentication-empty-passwords",
      "authentication-su",
      "authentication-sudo",
    ],
    answers: ["--set", "authentication.su-users=op"],
  },
  { step: "updates", fails: ["updates-automatic"] },
  { step: "logging", fails: ["logging-journal", "logging-text-files"] },
  { step: "time", fails: ["time-one-daemon"] },
];

describe.skipIf(reason !== undefined).each([...releases])(
  `the rest of the OS on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    let cli: Drawbridge;

    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "fresh" });
      cli = drawbridgeOver(lab, server);
      await neglect(server);
    }, 300_000);
    afterAll(() => lab?.close());

    test.each(cases)("$step", async ({ step, fails, stays = [], answers = [] }) => {
      const only = ["--step", step];
      const results = async () =>
        new Map(
          document<InspectionDocument>(await cli("inspect", ...only, "--format", "json")).findings.map(
            ({ controlId, result, detail }) => [controlId, { result, detail }],
          ),
        );
      const before = await snapshotTree(server.root, { paths, exclude });
      const found = await results();
      expect(fails.filter((id) => found.get(id)?.result !== "fail")).toEqual([]);

      const applied = document<AppliedDocument>(
        await cli("apply", "--recommended", ...only, ...answers, "--yes", "--format", "json"),
      );
      expect(applied).toMatchObject({ state: "confirmed" });
      const open = [...(await results())].filter(
        ([id, { result }]) => !["pass", "notapplicable"].includes(result) && !stays.includes(id),
      );
      // Whether updates wait, and how old the lists are, is the archive's matter and not the step's.
      expect(open.filter(([id]) => id !== "updates-pending")).toEqual([]);
      expect(document<PlanDocument>(await cli("plan", ...only, "--format", "json")).changes).toEqual([]);
      if (step === "authentication") await passwordsAreCounted(server, lab);

      const undone = await cli("undo", "--yes");
      expect(undone.exitCode, `${undone.stdout}${undone.stderr}`).toBe(0);
      expect(compareTrees(before, await snapshotTree(server.root, { paths, exclude }))).toEqual([]);
    }, 600_000);
  },
);

/** The stack as it is used: a right password opens, four wrong ones close, an administrator opens again. */
const passwordsAreCounted = async (server: Server, lab: Lab): Promise<void> => {
  const words = ["su", "-", "guest", "-c", "true"];
  const su = async (typed: string) => (await lab.client.ssh(server, words.join(" "), { input: `${typed}\n` })).exitCode;
  expect(await su(password)).toBe(0);
  for (let tries = 0; tries < 4; tries += 1) expect(await su("wrong")).not.toBe(0);
  expect(await su(password)).not.toBe(0);
  await server.must(["faillock", "--user", "guest", "--reset"]);
  expect(await su(password)).toBe(0);
  // Whoever was not named is refused, with the right password too.
  expect((await server.exec(words, { user: "guest", input: `${password}\n` })).exitCode).not.toBe(0);
};

describe.skipIf(reason !== undefined).each([...releases])(
  `everything at once on %s${reason ? ` (skipped: ${reason})` : ""}`,
  (release) => {
    let lab: Lab;
    let server: Server;
    beforeAll(async () => {
      lab = await openLab();
      server = await lab.server({ release, flavour: "nginx" });
    }, 300_000);
    afterAll(() => lab?.close());

    test("one apply converges, and the web server answers as before", async () => {
      const answers = async () => {
        const stranger = await lab.stranger();
        return (
          await stranger.exec(["curl", "-fsS", "-o", "/dev/null", "--max-time", "5", `http://${server.address}/`])
        ).exitCode;
      };
      expect(await answers()).toBe(0);
      const applied = document<AppliedDocument>(
        await drawbridgeOver(lab, server)(
          "apply",
          "--recommended",
          "--set",
          "ssh.port=22",
          "--yes",
          "--format",
          "json",
        ),
      );
      expect(applied, applied.reason).toMatchObject({ state: "confirmed" });
      expect(await answers()).toBe(0);
      const cli = drawbridgeOver(lab, server);
      expect(document<PlanDocument>(await cli("plan", "--format", "json")).changes).toEqual([]);
      expect(await server.must(["systemctl", "--failed", "--no-legend", "--plain"])).toBe("");
    }, 900_000);
  },
);
