import type { TargetOptions } from "../commands/options.ts";
import { localTarget } from "./local.ts";
import { rootTarget } from "./root.ts";
import { sshTarget } from "./ssh.ts";
import type { Target } from "./target.ts";

export const openTarget = async (options: TargetOptions, interactive: boolean): Promise<Target> => {
  switch (options.kind) {
    case "local":
      return localTarget();
    case "root":
      return rootTarget(options.directory);
    case "ssh":
      return sshTarget(options, interactive);
  }
};
