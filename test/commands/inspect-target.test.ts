import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { askProbes } from "../../src/commands/inspect-target.ts";
import { known } from "../../src/model/fact.ts";
import { followUp, type Probe, probe } from "../../src/model/probe.ts";
import type { Target } from "../../src/targets/target.ts";

const says = (id: string): Probe<string> =>
  probe({ id, asks: id, script: `printf ${id}`, rights: "anyone", parse: ({ stdout }) => known(stdout.trim()) });
const after = (id: string, first: Probe<string>): Probe<string> =>
  followUp({
    id,
    asks: id,
    script: "cat",
    rights: "anyone",
    follows: { first },
    input: ({ first: said }) => `${id} after ${said}\n`,
    parse: ({ stdout }) => known(stdout.trim()),
  });

const [lead, other, alone] = [says("lead"), says("other"), says("alone")];
const second = after("second", lead);
const third = after("third", second);

/** A machine that answers one conversation when it is told to. */
const machine = () => {
  const open: { readonly ids: readonly string[]; readonly answer: () => void; readonly fail: () => void }[] = [];
  const run: Target["run"] = (script, { input }) => {
    const ids = [...script.matchAll(/^begin (\S+)$/gmu)].map(([, id]) => id as string);
    const { promise, resolve, reject } = Promise.withResolvers<{ exitCode: number; stdout: string; stderr: string }>();
    const answer = () =>
      resolve({ exitCode: 0, stdout: execFileSync("sh", ["-c", script], { input, encoding: "utf8" }), stderr: "" });
    open.push({ ids, answer, fail: () => reject(new Error("the line is dead")) });
    return promise;
  };
  return { target: { label: "there", root: "", run }, open };
};

/** What is under way when nothing moves any more. */
const settled = () => new Promise((done) => setTimeout(done, 5));

test("what follows the first answers is asked while the rest is still being answered", async () => {
  const { target, open } = machine();
  const asked = askProbes(target, [lead, other, alone, second, third], new Map(), () => {});
  expect(open.map(({ ids }) => ids)).toEqual([["lead"], ["other", "alone"]]);
  open[0]?.answer();
  await settled();
  expect(open.map(({ ids }) => ids).slice(2)).toEqual([["second"]]);
  open[2]?.answer();
  await settled();
  expect(open.map(({ ids }) => ids).slice(3)).toEqual([["third"]]);
  open[1]?.answer();
  open[3]?.answer();
  const { facts } = await asked;
  expect([...facts].map(([id, fact]) => [id, fact.state === "known" ? fact.value : fact.state])).toEqual([
    ["lead", "lead"],
    ["second", "second after lead"],
    ["other", "other"],
    ["alone", "alone"],
    ["third", "third after second after lead"],
  ]);
});

test("never more than two conversations at a time", async () => {
  const { target, open } = machine();
  const late = after("late", other);
  const asked = askProbes(target, [lead, other, alone, second, late], new Map(), () => {});
  open[0]?.answer();
  await settled();
  expect(open).toHaveLength(3);
  expect(open[2]?.ids.toSorted()).toEqual(["late", "second"]);
  open[1]?.answer();
  open[2]?.answer();
  expect((await asked).facts.size).toBe(5);
});

test("one that breaks off ends it, but not before the other one is over", async () => {
  const { target, open } = machine();
  let over = false;
  const asked = askProbes(target, [lead, other, second], new Map(), () => {}).finally(() => {
    over = true;
  });
  const refused = expect(asked).rejects.toThrow("the line is dead");
  open[0]?.fail();
  await settled();
  expect(over).toBe(false);
  open[1]?.answer();
  await refused;
});
