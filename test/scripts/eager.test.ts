import { expect, test } from "vitest";
import { withEagerModules } from "../../scripts/eager.ts";

test("what is loaded on demand is put in parentheses, and nothing else is touched", () => {
  const program = [
    "var once=(a,b)=>()=>(a&&(b=a(a=0)),b);",
    "var text,first=once(()=>{text=`=once(()=>{}`});",
    "const second=once(async()=>{await first()}),plain=once(1),two=once(()=>{},2);",
    "function later(){var inner=once(()=>{});return inner}",
    "first();export{text as default};",
  ].join("\n");
  expect(withEagerModules(program).split("\n")).toEqual([
    "var once=(a,b)=>()=>(a&&(b=a(a=0)),b);",
    "var text,first=once((()=>{text=`=once(()=>{}`}));",
    "const second=once((async()=>{await first()})),plain=once(1),two=once(()=>{},2);",
    "function later(){var inner=once(()=>{});return inner}",
    "first();export{text as default};",
  ]);
});
