import { template } from "../../../src/embedded/templates.ts";

/** Last in order, so that an override.conf of `systemctl edit` with another User= does not beat it. */
export const dropInPath = (unit: string): string => `/etc/systemd/system/${unit}.d/zz-drawbridge-user.conf`;

export const dropInContent = (account: { readonly name: string; readonly group: string }, lowPort: boolean): string =>
  template("os/service-user/zz-drawbridge-user.conf")
    .replaceAll("{{name}}", account.name)
    .replaceAll("{{group}}", account.group) + (lowPort ? template("os/service-user/low-port.conf") : "");
