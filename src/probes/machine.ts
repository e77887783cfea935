import { absent, known } from "../model/fact.ts";
import type { Host } from "../model/plan.ts";
import { probe } from "../model/probe.ts";

export type Machine = Host & {
  /** ID and VERSION_ID of os-release(5): "debian" "12". */
  readonly distribution: string;
  readonly version: string;
  /** systemd is process 1: timers and units can be relied on. */
  readonly systemd: boolean;
};

const unquote = (value: string): string => value.replace(/^(["'])(.*)\1$/u, "$2");

/** Who the machine is: its own name, machine-id(5), os-release(5). */
export const machine = probe<Machine>({
  id: "machine",
  asks: "hostname; /etc/machine-id; /etc/os-release",
  rights: "anyone",
  system: "image",
  script: `if [ -n "$root" ]; then cat "$root/etc/hostname"; else uname -n; fi
echo "--- machine-id"; cat "$root/etc/machine-id"
echo "--- systemd"; [ -z "$root" ] && [ -d /run/systemd/system ] && echo yes
echo "--- os-release"; cat "$root/etc/os-release" || cat "$root/usr/lib/os-release"
exit 0`,
  parse: ({ stdout }) => {
    const [name = "", machineId = "", systemd = "", release = ""] = stdout.split(/^--- \S+\n/mu);
    const fields = new Map(
      release.split("\n").flatMap((text) => {
        const at = text.indexOf("=");
        return at < 0 ? [] : [[text.slice(0, at), unquote(text.slice(at + 1).trim())] as const];
      }),
    );
    return known({
      name: name.trim().split("\n")[0] || "unnamed",
      machineId: machineId.trim(),
      release: fields.get("PRETTY_NAME") ?? "unknown Linux",
      distribution: fields.get("ID") ?? "",
      version: fields.get("VERSION_ID") ?? "",
      systemd: systemd.trim() === "yes",
    });
  },
});

/** Answers of the last transaction that is in force, as this program wrote them; `content` byte for byte. */
export const recordedAnswers = probe<{ readonly content: string; readonly mode: string }>({
  id: "recorded-answers",
  asks: "cat /etc/drawbridge/answers.json",
  system: "image",
  script: `[ -e "$root/etc/drawbridge/answers.json" ] || exit 3
[ -L "$root/etc/drawbridge/answers.json" ] && exit 3
stat -c %a "$root/etc/drawbridge/answers.json"
cat "$root/etc/drawbridge/answers.json"`,
  parse: ({ stdout, exitCode }) => {
    if (exitCode === 3) return absent("nothing was applied here yet");
    const end = stdout.indexOf("\n");
    return known({ content: stdout.slice(end + 1), mode: stdout.slice(0, end).padStart(4, "0") });
  },
});
