import { bootCommand, bootInput, elevationFor, passwordTrial } from "./remote-shell.ts";
import { runDetached } from "./run.ts";
import type { Target } from "./target.ts";

/** This machine: as root, or through sudo where it is allowed. */
export const localTarget = (): Target => {
  let sudoPassword: string | undefined;
  return {
    kind: "local",
    label: "this machine",
    root: "",
    run: (script, { input, rights, ...options }) =>
      runDetached(bootCommand(elevationFor(rights, sudoPassword)), bootInput(script, input, sudoPassword), options),
    trySudoPassword: async (password) => {
      const result = await runDetached(passwordTrial, Buffer.from(`${password}\n`), { timeoutSeconds: 30 });
      if (result.stdout.trim() === "0") sudoPassword = password;
      return result;
    },
    close: async () => {},
  };
};
