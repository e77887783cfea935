import { describe, expect, it } from "vitest";
import { connectAhead } from "../../src/targets/ahead.ts";
import type { Target } from "../../src/targets/target.ts";

const never = new AbortController().signal;

const fakeTarget = () => {
  const closed: string[] = [];
  const target: Target = {
    kind: "ssh",
    label: "app01",
    root: "",
    run: async () => ({ exitCode: 0, stdout: "", stderr: "" }),
    trySudoPassword: async () => ({ exitCode: 0, stdout: "", stderr: "" }),
    close: async () => void closed.push("closed"),
  };
  return { target, closed };
};

describe("a connection begun ahead", () => {
  it("goes to whoever takes it first, and stays theirs", async () => {
    const { target, closed } = fakeTarget();
    const options = {};
    const ahead = connectAhead(options, async () => target, never);
    await expect(ahead.take(options)).resolves.toBe(target);
    expect(ahead.take(options)).toBeUndefined();
    await ahead.drop();
    expect(closed).toEqual([]);
  });

  it("is not given to another machine's command", async () => {
    const { target, closed } = fakeTarget();
    const ahead = connectAhead({}, async () => target, never);
    expect(ahead.take({})).toBeUndefined();
    await ahead.drop();
    expect(closed).toEqual(["closed"]);
  });

  it("is broken off when nobody takes it", async () => {
    const options = {};
    const ahead = connectAhead(
      options,
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("broken off")))),
      never,
    );
    await ahead.drop();
    expect(ahead.take(options)).toBeUndefined();
  });

  it("tells why it failed to whoever takes it, and to nobody else", async () => {
    const options = {};
    const failing = connectAhead(options, () => Promise.reject(new Error("no route")), never);
    await expect(failing.take(options)).rejects.toThrow("no route");
    await connectAhead(options, () => Promise.reject(new Error("no route")), never).drop();
  });

  it("is broken off by the signal that ends the program", async () => {
    const ending = new AbortController();
    const options = {};
    const ahead = connectAhead(
      options,
      (signal) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("interrupted")))),
      ending.signal,
    );
    ending.abort();
    await expect(ahead.take(options)).rejects.toThrow("interrupted");
  });
});
