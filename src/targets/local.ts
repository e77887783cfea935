import { bootCommand, bootInput, type Elevation } from "./remote-shell.ts";
import { runDetached } from "./run.ts";
import type { Target } from "./target.ts";

/** This machine: as root, or through sudo where it is allowed. */
export const localTarget = (): Target => {
  let sudoPassword: string | undefined;
  return {
    kind: "local",
    label: "this machine",
    root: "",
    run: (script, { input, ...options }) => {
      const elevation: Elevation = sudoPassword === undefined ? "sudo" : "sudo-with-password";
      return runDetached(bootCommand(script, elevation), bootInput(script, input, sudoPassword), options);
    },
    setSudoPassword: (password) => {
      sudoPassword = password;
    },
    close: async () => {},
  };
};
