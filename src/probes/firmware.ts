import { absent, known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

export type FirmwareUpdate = {
  readonly device: string;
  readonly from: string;
  readonly to: string;
  /** "low", "medium", "high", "critical", as the vendor says; empty when it does not. */
  readonly urgency: string;
};

export type Firmware = {
  /** "" on hardware, else what systemd-detect-virt(1) says: its host has the firmware. */
  readonly virtualisation: string;
  readonly fwupd: boolean;
  /** undefined: fwupd did not say. */
  readonly updates: readonly FirmwareUpdate[] | undefined;
  readonly problem: string;
  /** Seconds since 1970 of the newest list of releases; undefined without one. */
  readonly listed: number | undefined;
  /** Seconds since 1970, by the machine. */
  readonly now: number;
};

type Devices = {
  readonly Devices?: readonly {
    readonly Name?: unknown;
    readonly Version?: unknown;
    readonly Releases?: readonly { readonly Version?: unknown; readonly Urgency?: unknown }[];
  }[];
};

const text = (value: unknown): string => (typeof value === "string" ? value.slice(0, 120) : "");

/** fwupdmgr(1), which exits with 2 when there is nothing to do. It is asked nothing that would fetch a list. */
export const firmware = probe<Firmware>({
  id: "firmware",
  asks: "systemd-detect-virt; fwupdmgr get-updates --json",
  timeLimit: 15,
  script: `command -v systemd-detect-virt >/dev/null || exit 3
echo "@virtual $(systemd-detect-virt 2>/dev/null)"
date '+@now %s'
if command -v fwupdmgr >/dev/null; then
  echo '@fwupd'
  newest=$(find /var/lib/fwupd/remotes.d /var/lib/fwupd/metadata -type f -printf '%T@\\n' 2>/dev/null | sort -rn | head -n 1)
  [ -n "$newest" ] && echo "@listed \${newest%%.*}"
  if systemd-detect-virt --quiet; then exit 0; fi
  answer=$(fwupdmgr get-updates --json --no-unreported-check --no-metadata-check </dev/null 2>&1); code=$?
  echo "@code $code"
  printf '%s\\n' "$answer" | sed 's/^/|/'
fi
exit 0`,
  parse: ({ stdout, exitCode, timedOut }) => {
    if (exitCode === 3) return absent("systemd-detect-virt does not tell whether this is hardware");
    if (timedOut) return unknown("fwupdmgr did not answer in time");
    const lines = stdout.split("\n");
    const after = (name: string): string | undefined =>
      lines.find((line) => line === `@${name}` || line.startsWith(`@${name} `))?.slice(name.length + 2);
    const virtual = after("virtual") ?? "";
    const code = after("code");
    const json = lines
      .filter((line) => line.startsWith("|"))
      .map((line) => line.slice(1))
      .join("\n");
    const read = code === undefined ? undefined : readUpdates(json, Number(code));
    return known({
      virtualisation: virtual === "none" ? "" : virtual,
      fwupd: after("fwupd") !== undefined,
      updates: read,
      problem: read === undefined && code !== undefined ? (json.trim().split("\n").at(-1) ?? "").slice(0, 160) : "",
      listed: Number(after("listed")) || undefined,
      now: Number(after("now")) || 0,
    });
  },
});

/** undefined where it is no answer. */
const readUpdates = (output: string, code: number): readonly FirmwareUpdate[] | undefined => {
  if (code === 2) return [];
  const start = output.indexOf("{");
  if (code !== 0 || start < 0) return undefined;
  try {
    const { Devices: devices = [] } = JSON.parse(output.slice(start)) as Devices;
    return devices.flatMap(({ Name, Version, Releases = [] }) => {
      const [newest] = Releases;
      return newest === undefined
        ? []
        : [{ device: text(Name), from: text(Version), to: text(newest.Version), urgency: text(newest.Urgency) }];
    });
  } catch {
    return undefined;
  }
};
