import { describe, expect, test } from "vitest";
import { PlanConflict, refusalsOf, sealed, sha256 } from "../../src/core/assemble-plan.ts";
import { planFor } from "../../src/core/judge.ts";
import { change } from "../../src/model/change.ts";
import { type AnyControl, composer, fragment, guard } from "../../src/model/control.ts";
import { absent, known, unknown } from "../../src/model/fact.ts";
import { health } from "../../src/model/health.ts";
import { planSchema } from "../../src/model/plan.ts";
import { access, type Step } from "../../src/model/step.ts";
import { dial, dialControl, facts, fileChange, step } from "./fake-steps.ts";

const wrong = facts({ dial: known(1), "recorded-answers": absent("") });
const right = facts({ dial: known(5), "recorded-answers": absent("") });

const planned = (controls: readonly AnyControl[], known = wrong, more: Partial<Step> = {}, excluded = {}) =>
  planFor([step(controls, more)], known, {}, excluded, "1.0.0");

/** The plan without what the engine adds to remember the answers. */
const own = ({ plan }: ReturnType<typeof planned>) =>
  plan.changes.filter((each) => !("path" in each) || !each.path.startsWith("/etc/drawbridge"));

describe("what gets into a plan", () => {
  const one = dialControl("one", () => [fileChange("/etc/one", "1")]);

  test("a failing control's changes, with its id", () => {
    expect(own(planned([one]))).toMatchObject([{ path: "/etc/one", because: ["one"] }]);
  });

  test("a passing machine plans nothing at all, not even a record of the answers", () => {
    expect(planned([one], right).plan.changes).toEqual([]);
  });

  test("an unknown fact plans nothing", () => {
    expect(planned([one], facts({ dial: unknown("no rights"), "recorded-answers": absent("") })).plan.changes).toEqual(
      [],
    );
  });

  test("an excluded control plans nothing and its reason is kept", () => {
    const { plan } = planned([one], wrong, {}, { one: "the auditor said so" });
    expect(plan.changes).toEqual([]);
    expect(plan.excluded).toEqual({ one: "the auditor said so" });
  });

  test("a file that is already as wanted is dropped", () => {
    const before = { content: "1", mode: "0644", owner: "root", group: "root" };
    expect(planned([dialControl("one", () => [fileChange("/etc/one", "1", { before })])]).plan.changes).toEqual([]);
  });

  test("the answers are remembered with the changes, for their controls", () => {
    const record = planned([one]).plan.changes.find(
      (each) => "path" in each && each.path === "/etc/drawbridge/answers.json",
    );
    expect(record).toMatchObject({ because: ["one"], after: { mode: "0600" } });
    expect(JSON.parse((record as { after: { content: string } }).after.content)).toEqual({
      schemaVersion: 1,
      answers: { "dial.wanted": 5 },
      excluded: {},
    });
  });
});

describe("merging", () => {
  test("two controls that want the same file get it once", () => {
    const both = [
      dialControl("a", () => [fileChange("/etc/x", "1")]),
      dialControl("b", () => [fileChange("/etc/x", "1", { risk: "restart" })]),
    ];
    expect(own(planned(both))).toMatchObject([{ path: "/etc/x", because: ["a", "b"], risk: "restart" }]);
  });

  test("two controls that want different bytes are a conflict by name", () => {
    const both = [
      dialControl("a", () => [fileChange("/etc/x", "1")]),
      dialControl("b", () => [fileChange("/etc/x", "2")]),
    ];
    expect(() => planned(both)).toThrow(PlanConflict);
    expect(() => planned(both)).toThrow("a and b want different things of path /etc/x");
  });

  test("what goes needs no other mode, whoever asks first", () => {
    const state = { mode: "0644", owner: "root", group: "root" };
    const common = { phase: "files", risk: "none", path: "/etc/one" } as const;
    const goes = dialControl("goes", () => [
      change({ ...common, kind: "absent", title: "x", before: { content: "1", ...state } }),
    ]);
    const closes = dialControl("closes", () => [
      change({ ...common, kind: "permissions", title: "x", before: state, after: { ...state, mode: "0600" } }),
    ]);
    for (const both of [
      [goes, closes],
      [closes, goes],
    ])
      expect(own(planned(both))).toMatchObject([
        { kind: "absent", because: expect.arrayContaining(["goes", "closes"]) },
      ]);
  });

  test("one unit is touched once, by the strongest action", () => {
    const unit = (action: "reloaded" | "restarted" | "active") =>
      change({ kind: "unit", unit: "ssh.service", action, title: "ssh", phase: "ssh", risk: "restart" });
    const controls = (["active", "restarted", "reloaded"] as const).map((action) =>
      dialControl(action, () => [unit(action)]),
    );
    expect(own(planned(controls))).toMatchObject([{ unit: "ssh.service", action: "restarted" }]);
  });

  test("a composer gets every fragment in force, and writes only when one is needed", () => {
    const seen: string[] = [];
    const lines = composer<string, { dial: typeof dial }>({
      id: "lines",
      needs: { dial },
      compose: (wanted) => {
        seen.push(...wanted.map(({ value, needed }) => `${value}:${needed}`));
        return [fileChange("/etc/lines", wanted.map(({ value }) => value).join("\n"))];
      },
    });
    const inspect = () => ({ result: "pass" as const, detail: "", evidence: [] });
    const controls = [
      dialControl("needed", () => [fragment(lines, "a")]),
      dialControl("pinned", () => [fragment(lines, "b")], { inspect }),
    ];
    expect(own(planned(controls))).toMatchObject([{ after: { content: "a\nb" }, because: ["needed"] }]);
    expect(seen).toEqual(["a:true", "b:false"]);
    expect(planned([controls[1] as AnyControl]).plan.changes).toEqual([]);
  });
});

describe("order", () => {
  test("phases first; groups before users, folders before what lies in them, units last", () => {
    const owned = { mode: "0755", owner: "root", group: "root" };
    const control = dialControl("all", () => [
      change({ kind: "unit", unit: "x.service", action: "active", title: "", phase: "files", risk: "none" }),
      fileChange("/etc/a/b/file", "x"),
      change({ kind: "directory", path: "/etc/a/b", after: owned, title: "", phase: "files", risk: "none" }),
      change({ kind: "directory", path: "/etc/a", after: owned, title: "", phase: "files", risk: "none" }),
      change({ kind: "user", name: "svc", title: "", phase: "accounts", risk: "none" }),
      change({ kind: "group", name: "svc", system: true, exists: false, title: "", phase: "accounts", risk: "none" }),
      change({ kind: "package", names: ["sudo"], title: "", phase: "packages", risk: "none" }),
    ]);
    expect(own(planned([control])).map((each) => ("path" in each ? each.path : each.kind))).toEqual([
      "package",
      "group",
      "user",
      "/etc/a",
      "/etc/a/b",
      "/etc/a/b/file",
      "unit",
    ]);
  });
});

describe("the seal and the preconditions", () => {
  const before = { content: "old", mode: "0644", owner: "root", group: "root" };
  const { plan } = planned([
    dialControl("one", () => [fileChange("/etc/one", "new", { before }), fileChange("/etc/two", "2")]),
  ]);

  test("name every file by what was seen of it", () => {
    expect(plan.preconditions).toEqual(
      expect.arrayContaining([
        { path: "/etc/one", state: sha256("old") },
        { path: "/etc/two", state: "absent" },
      ]),
    );
  });

  test("hold through JSON and break with any edit", () => {
    expect(sealed(JSON.parse(JSON.stringify(plan)))).toBe(true);
    expect(sealed({ ...plan, host: { ...plan.host, name: "other" } })).toBe(false);
  });
});

describe("guards", () => {
  const refusing = guard({
    id: "way-in",
    needs: { dial },
    refuse: ({ dial: value }) => (value === 1 ? [{ reason: "nobody gets in", remedy: "add a key" }] : []),
  });
  const risky = dialControl("risky", () => [fileChange("/etc/x", "1", { risk: "lockout" })]);

  test("a refusal carries what would make it safe", () => {
    expect(planned([risky], wrong, { guards: [refusing] }).refusals).toEqual([
      { guard: "way-in", reason: "nobody gets in", remedy: "add a key" },
    ]);
  });

  test("a guard that cannot know refuses what can lock out", () => {
    const blind = guard({ ...refusing, needs: { missing: { ...dial, id: "missing" } }, refuse: () => [] });
    expect(planned([risky], wrong, { guards: [blind] }).refusals).toMatchObject([{ guard: "way-in" }]);
    const harmless = dialControl("harmless", () => [fileChange("/etc/x", "1")]);
    expect(planned([harmless], wrong, { guards: [blind] }).refusals).toEqual([]);
  });

  test("a saved plan is judged again by what is known now", () => {
    const { plan } = planned([risky], wrong, {});
    expect(refusalsOf([step([risky], { guards: [refusing] })], wrong, plan)).toHaveLength(1);
    expect(refusalsOf([step([risky], { guards: [refusing] })], right, plan)).toEqual([]);
  });
});

describe("the way in", () => {
  const after = { administrator: "op", port: 22022 };
  const way = access({ needs: { dial }, after: () => after });
  const withRisk = (risk: "none" | "restart" | "lockout" | "reboot") =>
    planned([dialControl("change", () => [fileChange("/etc/x", "1", { risk })])], wrong, { access: way }).plan.access;

  test.each(["lockout", "reboot"] as const)("is part of a plan that a new login has to confirm: %s", (risk) => {
    expect(withRisk(risk)).toEqual(after);
  });

  test.each(["none", "restart"] as const)("is no part of a plan that nobody has to confirm: %s", (risk) => {
    expect(withRisk(risk)).toBeNull();
  });
});

describe("files with secrets", () => {
  const hash = sha256("password=old");
  const mask = "password=••••••••";
  const owned = { mode: "0600", owner: "root", group: "root" };
  const slice = (path: string, offset = 9) => ({ slice: { path, offset, length: 3, sha256: hash } });
  const file = (parts: readonly object[], content = mask, path = "/srv/a") =>
    dialControl(`file-${path}`, () => [
      fileChange(path, "", {
        before: { content: mask, sha256: hash, ...owned },
        after: { content, parts, ...owned },
        sensitive: true,
      } as never),
    ]);

  test("what looks the same and keeps its secrets is the same", () => {
    expect(planned([file([{ text: "password=" }, slice("/srv/a")])]).plan.changes).toEqual([]);
  });

  test.each<[string, readonly object[]]>([
    ["is made anew", [{ text: "password=" }, { random: { name: "a", bytes: 24 } }]],
    ["comes from elsewhere", [{ text: "password=" }, slice("/srv/b")]],
    ["comes from another place", [slice("/srv/a", 9), slice("/srv/a", 2)]],
  ])("a secret that %s is a change, though it looks the same", (_what, parts) => {
    expect(own(planned([file(parts)]))).toHaveLength(1);
  });

  test("the file and those it is cut from must not have changed: known by the real hash", () => {
    const { plan } = planned([file([slice("/srv/a"), slice("/srv/b"), slice("/srv/b", 2)])]);
    expect(plan.preconditions.filter(({ path }) => path.startsWith("/srv"))).toEqual([
      { path: "/srv/a", state: hash },
      { path: "/srv/b", state: hash },
    ]);
  });

  test("one random text of two lengths is a defect", () => {
    const random = (bytes: number) => [{ random: { name: "a", bytes } }];
    expect(() => planned([file(random(24), "1"), file(random(30), "2", "/srv/c")])).toThrow(PlanConflict);
  });
});

describe("health checks", () => {
  const unit = { what: "orders runs", before: { kind: "unit", unit: "orders.service" } } as const;
  const canary = health({
    needs: { dial },
    checks: ({ dial: value }, _, changes) => (changes.length > 0 && value === 1 ? [unit, unit] : []),
  });
  const one = dialControl("one", () => [fileChange("/etc/one", "1")]);

  test("are asked once each, whatever is changed", () => {
    const { plan } = planned([one], wrong, { health: canary });
    expect(plan).toMatchObject({ health: [unit], settle: 60 });
    expect(sealed(plan)).toBe(true);
    expect(sealed({ ...plan, health: [] })).toBe(false);
  });

  test("what starts slowly gets the time it needs, and not for ever", () => {
    const settling = (seconds: number) =>
      planned([one], wrong, { health: health({ needs: {}, checks: () => [unit], settle: () => seconds }) }).plan.settle;
    expect([settling(10), settling(300), settling(1e9)]).toEqual([60, 300, 3600]);
  });

  test("what no manifest can hold is not asked", () => {
    const odd = { what: "a\tb", before: { kind: "http", url: "http://[fe80::1%eth0]/" } } as const;
    const more = health({ needs: {}, checks: () => [odd, unit] });
    expect(planned([one], wrong, { health: more }).plan.health).toEqual([unit]);
  });

  test("a plan without changes asks nothing, and one from before there were any keeps its id", () => {
    expect(planned([one], right, { health: canary }).plan.health).toEqual([]);
    const { health: _health, settle: _settle, ...old } = planned([one]).plan;
    expect(sealed(planSchema.parse(old))).toBe(true);
  });
});

describe("two controls that change the mode of one path", () => {
  const mode = (before: string, after: string, owner = "root") =>
    change({
      kind: "permissions",
      phase: "files",
      risk: "none",
      title: "x",
      path: "/srv/x",
      before: { mode: before, owner: "root", group: "root" },
      after: { mode: after, owner, group: "root" },
    });
  const merged = (...changes: ReturnType<typeof mode>[]) =>
    own(planned(changes.map((each, index) => dialControl(`c${index}`, () => [each])))).map((each) =>
      each.kind === "permissions" ? { mode: each.after.mode, owner: each.after.owner } : each,
    );

  test.each([
    [mode("0777", "0775"), mode("0777", "0757"), { mode: "0755", owner: "root" }],
    [mode("0777", "1777"), mode("0777", "0750"), { mode: "0750", owner: "root" }],
    [mode("0777", "1777"), mode("0777", "0767"), { mode: "1767", owner: "root" }],
    [mode("0644", "0640"), mode("0644", "0644", "op"), { mode: "0640", owner: "op" }],
  ])("take away what either takes away", (a, b, result) => {
    expect(merged(a, b)).toEqual([result]);
    expect(merged(b, a)).toEqual([result]);
  });

  test("conflict over two owners", () => {
    expect(() => merged(mode("0644", "0644", "a"), mode("0644", "0644", "b"))).toThrow(PlanConflict);
  });
});
