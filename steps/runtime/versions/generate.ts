import { template } from "../../../src/embedded/templates.ts";
import type { RenderedFile } from "../../../src/model/step.ts";
import { versionTablePath } from "../../../src/probes/versions.ts";

/** The table to bring up to date, and how to renew a distribution where programs are built. */
export const generateVersions = (): readonly RenderedFile[] => [
  {
    path: versionTablePath,
    content: template("runtime/versions/versions.json"),
    mode: "0644",
    about: "The table of current versions: change it, put it there as root's, and the next inspection goes by it.",
  },
  {
    path: "/repository/update-distribution.sh",
    content: template("runtime/versions/update-distribution.sh"),
    mode: "0755",
    about: "For the build host: moves a package to the newest patch of its distribution line, builds and tests it.",
  },
];
