import { known } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import { type PathState, pathStates } from "./accounts.ts";
import { restsOf, sectionsIn } from "./sections.ts";

type Found = Exclude<PathState, { kind: "missing" }>;

export type BootLoader = {
  /** grub.cfg as it is read at the next boot, and user.cfg where RHEL keeps the password. */
  readonly configurations: readonly Found[];
  /** Directives that name who may change what is booted, and whether a hash stands there; never the hash. */
  readonly superusers: boolean;
  readonly hash: boolean;
  /** Entries that start without a password, and all of them. */
  readonly unrestricted: number;
  readonly entries: number;
  /** /proc/cmdline. */
  readonly commandLine: string;
  readonly container: boolean;
};

/** grub(7), grub-mkpasswd-pbkdf2(1). */
export const bootLoader = probe<BootLoader>({
  id: "boot-loader",
  asks: "grub.cfg: superusers, password, entries; /proc/cmdline",
  script: `echo @paths
for file in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg; do
  [ -f "$file" ] && [ ! -L "$file" ] && stat -c '%F|%a|%U|%G|%u|%g|%n' "$file"
done
for file in /boot/grub/grub.cfg /boot/grub2/grub.cfg /boot/grub2/user.cfg; do
  [ -f "$file" ] || continue
  grep -qE '^[[:space:]]*set superusers=' "$file" && echo @superusers
  grep -qE '^[[:space:]]*password_pbkdf2[[:space:]]|^GRUB2_PASSWORD=grub\\.pbkdf2' "$file" && echo @hash
  printf '@entries %s %s\\n' "$(grep -cE '^[[:space:]]*menuentry ' "$file")" "$(grep -cE '^[[:space:]]*menuentry .*--unrestricted' "$file")"
done
head -c 4096 /proc/cmdline 2>/dev/null | tr -d '\\000\\n' | sed 's/^/@cmdline /'; echo
systemd-detect-virt --container --quiet 2>/dev/null && echo @container
exit 0`,
  parse: ({ stdout }) => {
    const sections = sectionsIn(stdout);
    const counts = restsOf(sections, "entries").map((text) => text.split(" ").map(Number));
    const sum = (at: number) => counts.reduce((total, count) => total + (count[at] ?? 0), 0);
    return known({
      configurations: sections
        .filter(({ name }) => name === "paths")
        .flatMap(({ lines }) => pathStates(lines))
        .filter((state): state is Found => state.kind === "file"),
      superusers: restsOf(sections, "superusers").length > 0,
      hash: restsOf(sections, "hash").length > 0,
      entries: sum(0),
      unrestricted: sum(1),
      commandLine: restsOf(sections, "cmdline")[0] ?? "",
      container: restsOf(sections, "container").length > 0,
    });
  },
});
