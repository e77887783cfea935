import { existsSync, realpathSync } from "node:fs";
import { failure } from "../failure.ts";
import { localTarget } from "./local.ts";
import type { Target } from "./target.ts";

/** An unpacked image or a mounted disk: what needs a running system is unknown there. */
export const rootTarget = (directory: string): Target => {
  if (!existsSync(directory))
    throw failure("usage", `there is no folder ${directory}: name the root of an unpacked image`);
  const root = realpathSync(directory);
  if (!existsSync(`${root}/etc`)) throw failure("usage", `${root} holds no etc: name the root of an unpacked image`);
  return { ...localTarget(), kind: "root", label: `image ${root}`, root };
};
