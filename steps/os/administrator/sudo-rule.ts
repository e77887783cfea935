import { template } from "../../../src/embedded/templates.ts";

/** One rule of sudoers(5); `name` is an account's name without anything that sudo would read otherwise. */
export const sudoRule = (name: string, password: boolean): string =>
  template("os/administrator/sudoers")
    .replaceAll("{{name}}", name)
    .replaceAll("{{tag}}", password ? "" : "NOPASSWD: ");
