import { template } from "../../../src/embedded/templates.ts";

/** `files`: PEM certificates whose paths hold no character that systemd or sh would read differently. */
export const watchServiceContent = (files: readonly string[], days: number): string =>
  template("runtime/stores/drawbridge-certificate-expiry.service")
    .replaceAll("{{days}}", String(days))
    .replaceAll("{{files}}", () => files.join(" "));

export const watchTimerContent = (): string => template("runtime/stores/drawbridge-certificate-expiry.timer");
export const watchScriptContent = (): string => template("runtime/stores/certificate-expiry");
