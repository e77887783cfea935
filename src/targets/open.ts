import type { TargetOptions } from "../commands/options.ts";
import { localTarget } from "./local.ts";
import { rootTarget } from "./root.ts";
import { sshTarget } from "./ssh.ts";
import type { Target } from "./target.ts";

/**
 * `interactive`: ssh may ask on the terminal while it connects. `signal` breaks the connecting off. `looksFirst`: the first that is
 * wanted of the machine is a look at it.
 * Throws a failure in one line for everything that keeps it from the machine.
 */
export const openTarget = async (
  options: TargetOptions,
  interactive: boolean,
  signal?: AbortSignal,
  looksFirst = false,
): Promise<Target> => {
  switch (options.kind) {
    case "local":
      return localTarget();
    case "root":
      return rootTarget(options.directory);
    case "ssh":
      return sshTarget(options, interactive, signal, looksFirst);
  }
};
