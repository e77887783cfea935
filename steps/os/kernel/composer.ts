import { rootFolder } from "../../../src/core/root-folder.ts";
import { template } from "../../../src/embedded/templates.ts";
import { change } from "../../../src/model/change.ts";
import { composer } from "../../../src/model/control.ts";
import { assignmentsOf, type Kernel, kernel, type SettingsFile, sysctlFile } from "../../../src/probes/kernel.ts";
import { ofPresentInterface, type Setting } from "./settings.ts";

/** The file for sysctl.d, one line a key. Pure: the file back ends use it too. */
export const sysctlContent = (settings: readonly Setting[]): string =>
  template("etc/sysctl.d/zz-drawbridge.conf").replace(
    "{{settings}}",
    settings.map(({ key, value }) => `${key} = ${value}`).join("\n"),
  );

/** The lines of ufw's own file that say otherwise, said as wanted: it is read after ours, whenever ufw starts. */
const correctedUfw = (file: SettingsFile, settings: ReadonlyMap<string, string>): string =>
  file.content
    .split("\n")
    .map((line) => {
      const [assignment] = assignmentsOf({ ...file, content: line });
      const value = assignment && settings.get(assignment.key);
      return assignment === undefined || value === undefined || value === assignment.value
        ? line
        : line.replace(/=.*$/u, `=${value}`);
    })
    .join("\n");

const forwards = ({ key }: { readonly key: string }): boolean =>
  key === "net.ipv4.ip_forward" || key.endsWith(".forwarding");

/**
 * What the running kernel has to be told, with what it says now. Forwarding comes first, both ways: when it changes, the
 * kernel sets other keys of every interface as it sees fit, and all of them have to be said again.
 */
const toldNow = (seen: Kernel, settings: readonly Setting[]) => {
  const now = settings.flatMap(({ key, value }) => {
    const live = seen.keys.get(key);
    return live === undefined ? [] : [{ key, value, before: live.value }];
  });
  const differing = now.filter(({ value, before }) => value !== before);
  return differing.some(forwards)
    ? [...now.filter(forwards), ...now.filter((each) => !forwards(each) && each.key.startsWith("net."))].concat(
        differing.filter(({ key }) => !key.startsWith("net.")),
      )
    : differing;
};

/**
 * Every key of every control in one file that is read last, and the same told to the running kernel in one go: after the
 * firewall, because ufw sets keys of its own when it starts.
 */
export const kernelSettings = composer<Setting, { kernel: typeof kernel }>({
  id: "kernel-settings",
  needs: { kernel },
  compose: (wanted, facts) => {
    if (!wanted.some(({ needed }) => needed)) return [];
    const settings = [...new Map(wanted.map(({ value }) => [value.key, value])).values()];
    const written = settings.filter(({ key }) => !ofPresentInterface(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
    const content = sysctlContent(written);
    const told = toldNow(facts.kernel, settings);
    const { ufw } = facts.kernel;
    const corrected = ufw && correctedUfw(ufw, new Map(written.map(({ key, value }) => [key, value])));
    const word = ({ key, value }: { key: string; value: string }) => `${key}=${value}`;
    return [
      ...(facts.kernel.folders.includes("/etc/sysctl.d")
        ? []
        : [rootFolder("A folder for kernel settings", "/etc/sysctl.d")]),
      change({
        kind: "file",
        phase: "files",
        risk: "none",
        title: `Kernel: ${written.length} settings for every boot`,
        path: sysctlFile,
        before: ownOf(facts.kernel.files),
        after: { content, mode: "0644", owner: "root", group: "root" },
      }),
      ...(ufw === undefined || corrected === undefined || corrected === ufw.content
        ? []
        : [
            change({
              kind: "file",
              phase: "files",
              risk: "none",
              title: "ufw sets the same kernel settings, not others",
              path: ufw.path,
              before: { content: ufw.content, mode: ufw.mode, owner: ufw.owner, group: ufw.group },
              after: { content: corrected, mode: ufw.mode, owner: ufw.owner, group: ufw.group },
            }),
          ]),
      ...(told.length === 0
        ? []
        : [
            change({
              kind: "command",
              phase: "services",
              risk: "none",
              title: `Kernel: ${told.length} settings from now on`,
              argv: ["sysctl", "-q", "-w", ...told.map(word)],
              inverse: ["sysctl", "-q", "-w", ...told.map(({ key, before }) => word({ key, value: before }))],
            }),
          ]),
    ];
  },
});

const ownOf = (files: readonly SettingsFile[]) => {
  const own = files.find(({ path }) => path === sysctlFile);
  return own === undefined ? null : { content: own.content, mode: own.mode, owner: own.owner, group: own.group };
};
