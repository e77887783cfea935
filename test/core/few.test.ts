import { expect, test } from "vitest";
import { few } from "../../src/core/few.ts";

test("all of them where they are few, else the first and how many more", () => {
  expect(few([], 2)).toBe("");
  expect(few(["a", "b"], 2)).toBe("a, b");
  expect(few(["a", "b", "c", "d"], 2)).toBe("a, b and 2 more");
  expect(few(["a", "b", "c"], 2, "; ")).toBe("a; b; and 1 more");
  expect(few(["a", "b", "c"], 1, "\n")).toBe("a\nand 2 more");
});
