import { describe, expect, test } from "vitest";
import { openSession } from "../../src/commands/session.ts";
import { planFor } from "../../src/core/judge.ts";
import { failure } from "../../src/failure.ts";
import { known } from "../../src/model/fact.ts";
import type { Facts } from "../../src/model/probe.ts";
import type { ApplyEvent, TransactionState } from "../../src/model/transaction.ts";
import type { RunOptions, RunResult, Target } from "../../src/targets/target.ts";
import { dialControl, facts, fileChange, step } from "../core/fake-steps.ts";

const fine: RunResult = { exitCode: 0, stdout: "", stderr: "" };
const broken = () => failure("usage", "cannot work on app01: the connection was closed by the other side");
const steps = [step([dialControl("dial-set", () => [fileChange("/etc/dial", "5\n", { risk: "lockout" })])])];
const machineFacts: Facts = facts({
  machine: known({
    name: "app01",
    machineId: "7",
    release: "Debian",
    distribution: "debian",
    version: "12",
    systemd: true,
  }),
  dial: known(1),
  "recorded-answers": { state: "absent", reason: "" },
});
const { plan } = planFor(steps, machineFacts, {}, {}, "0");

type Word = "stage" | "commit" | "undo" | "status" | "inspect";

/** A machine that is asked in scripts, as the session asks it; `answers` says what each call comes to, the last one repeats. */
const fakeTarget = (answers: Readonly<Partial<Record<Word, readonly (RunResult | Error)[]>>>) => {
  const asked: Word[] = [];
  const run: Target["run"] = async (script, { input, onLine }: RunOptions) => {
    const verb = input?.toString("latin1").split("\n")[1];
    const word: Word = script.includes("transactions\tover") ? "status" : isWord(verb) ? verb : "inspect";
    asked.push(word);
    const before = asked.filter((earlier) => earlier === word).length - 1;
    const said = answers[word] ?? [fine];
    const answer = said[Math.min(before, said.length - 1)] ?? fine;
    if (answer instanceof Error) throw answer;
    for (const line of answer.stdout.split("\n")) onLine?.(line);
    return answer;
  };
  const target: Target = {
    kind: "ssh",
    label: "app01",
    root: "",
    run,
    trySudoPassword: async () => fine,
    close: async () => {},
  };
  return { target, asked };
};
const isWord = (verb: string | undefined): verb is Word => verb === "stage" || verb === "commit" || verb === "undo";

const said = (exitCode: number, ...lines: string[]): RunResult => ({ exitCode, stdout: lines.join("\n"), stderr: "" });
const staged = said(0, "state\tstaged");
const id = "20261122-073100-";
const statuses = (state: TransactionState, running = false): RunResult =>
  said(
    0,
    "transaction\tbegin",
    `id\t${id}${plan.id.slice(0, 4)}`,
    `state\t${state}`,
    ...(running ? ["running\t1"] : []),
    "transactions\tover",
    "",
  );

const apply = async (answers: Parameters<typeof fakeTarget>[0], signal?: AbortSignal) => {
  const { target, asked } = fakeTarget(answers);
  const session = openSession(
    target,
    steps,
    () => new Date("2026-11-22T07:31:00Z"),
    async () => {},
  );
  const events: ApplyEvent[] = [];
  const begun: string[] = [];
  const options = {
    secrets: new Map(),
    confirmWithin: 30,
    begun: (name: string) => begun.push(name),
    ...(signal ? { signal } : {}),
  };
  const outcome = await session.apply(plan, options, (event) => events.push(event));
  return { outcome, asked, events, begun };
};

describe("apply", () => {
  test("names the transaction before anything happens", async () => {
    const { begun, outcome } = await apply({ stage: [said(3, "error\t/etc is read-only")] });
    expect(begun).toEqual([`${id}${plan.id.slice(0, 4)}`]);
    expect(outcome).toMatchObject({ transactionId: begun[0], state: "refused", reason: "/etc is read-only" });
  });

  test("put back because a check of the result failed: says which, not what was well after it", async () => {
    const refused = 'nginx -t -q: [emerg] "ssl_dhparam" has too small a group';
    const { outcome } = await apply({
      stage: [staged],
      commit: [
        said(4, "state\tcommitting", `verify\tfailed\t${refused}`, "state\treverted", "health\t01\tok\tnginx runs"),
      ],
    });
    expect(outcome).toMatchObject({ state: "reverted", reason: refused });
  });

  test("interrupted while staging: nothing is committed", async () => {
    const { outcome, asked } = await apply({ stage: [staged] }, AbortSignal.abort());
    expect(outcome).toMatchObject({ state: "refused", reason: "interrupted: nothing was changed" });
    expect(asked).toEqual(["stage"]);
  });

  test("a runtime that says nothing has not succeeded", async () => {
    const { outcome } = await apply({ stage: [staged], commit: [fine] });
    expect(outcome.state).toBe("failed");
  });

  test("an upload that was cut off is refused", async () => {
    await expect(apply({ stage: [broken()] })).rejects.toThrow("the connection was closed");
    expect((await apply({ stage: [fine] })).outcome.state).toBe("refused");
  });
});

describe("a connection that breaks while the machine changes is followed to the end", () => {
  test.each([
    ["reverted", [broken(), statuses("committing", true), statuses("pending", true), statuses("reverted")], "reverted"],
    ["failed", [statuses("reverting", true), statuses("failed")], "failed"],
    ["staged", [statuses("staged")], "refused"],
  ] as const)("%s", async (_state, status, state) => {
    const { outcome, asked } = await apply({ stage: [staged], commit: [broken()], status });
    expect(outcome.state).toBe(state);
    expect(outcome.reason).not.toBe("");
    expect(asked.filter((word) => word === "status")).toHaveLength(status.length);
  });

  test("a transaction cut off over there is waited for: its revert is armed", async () => {
    const status = [statuses("committing"), statuses("committing"), statuses("reverted")];
    const { outcome } = await apply({ stage: [staged], commit: [broken()], status });
    expect(outcome.state).toBe("reverted");
  });

  test("a machine that never comes back is not called well", async () => {
    const { outcome } = await apply({ stage: [staged], commit: [broken()], status: [broken()] });
    expect(outcome).toMatchObject({ state: "failed", reason: expect.stringContaining("did not come back") });
  });

  test("what cannot be inspected again is taken back", async () => {
    const { outcome, asked } = await apply({
      stage: [staged],
      commit: [said(0, "state\tcommitting", "state\tpending")],
      inspect: [broken()],
      undo: [said(0, "state\treverting", "state\treverted")],
    });
    expect(outcome).toMatchObject({
      state: "reverted",
      reason: expect.stringContaining("could not be inspected again"),
    });
    expect(asked).toEqual(["stage", "commit", "inspect", "undo"]);
  });

  test("the armed revert may be faster than we are", async () => {
    const { outcome } = await apply({
      stage: [staged],
      commit: [said(0, "state\tpending")],
      inspect: [broken()],
      undo: [said(3, "error\tanother run is in progress")],
      status: [statuses("reverting", true), statuses("reverted")],
    });
    expect(outcome.state).toBe("reverted");
  });
});

describe("a password for sudo", () => {
  const tried = async (stdout: string, stderr: string) => {
    const { target } = fakeTarget({});
    const session = openSession({ ...target, trySudoPassword: async () => ({ exitCode: 1, stdout, stderr }) }, steps);
    return session.giveSudoPassword("never shown");
  };

  test.each([
    ["accepted", "0\n", "", undefined],
    [
      "wrong",
      "",
      "Sorry, try again.\n\nsudo: no password was provided\nsudo: 1 incorrect password attempt\n",
      /did not accept the password/u,
    ],
    ["right, but of no use", "", "nosudo is not in the sudoers file.\n", /may not use sudo/u],
    [
      "right, for one command",
      "",
      "Sorry, user one is not allowed to execute '/usr/bin/sh -c id -u' as root on app01.\n",
      /may not use sudo/u,
    ],
    ["without sudo", "", "sh: 1: exec: sudo: not found\n", /sudo is not installed/u],
    ["without a terminal", "", "sudo: sorry, you must have a tty to run sudo\n", /wants a terminal/u],
    ["unforeseen", "1000\n", "", /needs root/u],
  ])("%s", async (_what, stdout, stderr, problem) => {
    const line = await tried(stdout, stderr);
    if (problem === undefined) expect(line).toBeUndefined();
    else expect(line).toMatch(problem);
    expect(line ?? "").not.toContain("never shown");
  });
});
