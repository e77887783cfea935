import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";
import type { FileState } from "./accounts.ts";
import { filesIn, restsOf, sectionsIn } from "./sections.ts";

export const failoverFolders = [
  "/usr/local/lib/drawbridge",
  "/etc/keepalived",
  "/etc/iproute2",
  "/etc/haproxy",
  "/etc/haproxy/conf.d",
  "/etc/systemd/system/haproxy.service.d",
  "/etc/nginx/conf.d",
] as const;

/** What a node sees of its cluster: the lines of `failover state`. */
export type FailoverState = {
  readonly fingerprint: string;
  /** This node as its own answers name it. */
  readonly self: { readonly name: string; readonly address: string };
  /** Programs by name: "haproxy" → "2.6.12". */
  readonly versions: ReadonlyMap<string, string>;
  readonly keepalived: string;
  readonly shared: readonly { readonly address: string; readonly held: boolean; readonly answers: boolean }[];
  readonly peers: readonly { readonly name: string; readonly address: string; readonly up: boolean }[];
  /** Empty: this node may hold the address. */
  readonly problem: string;
  readonly drained: boolean;
};

export type Failover = {
  /** Of keepalived, haproxy, nginx: installed ones by name, with whether they run and start with the machine. */
  readonly programs: ReadonlyMap<string, { readonly active: boolean; readonly enabled: boolean }>;
  readonly files: ReadonlyMap<string, NonNullable<FileState>>;
  readonly folders: readonly string[];
  /** undefined where failover was not set up by this program. */
  readonly state: FailoverState | undefined;
};

export const readFailoverState = (lines: readonly string[]): FailoverState => {
  const rows = lines.map((line) => line.split("\t"));
  const of = (kind: string) => rows.filter(([first]) => first === kind).map(([, ...rest]) => rest);
  const [check = []] = of("check");
  return {
    fingerprint: of("fingerprint")[0]?.[0] ?? "",
    self: { name: of("self")[0]?.[0] ?? "", address: of("self")[0]?.[1] ?? "" },
    versions: new Map(of("version").map(([name = "", version = ""]) => [name, version])),
    keepalived: of("keepalived")[0]?.[0] ?? "",
    shared: of("address").map(([address = "", held, answers]) => ({
      address,
      held: held === "yes",
      answers: answers === "answers",
    })),
    peers: of("peer").map(([name = "", address = "", up]) => ({ name, address, up: up === "up" })),
    problem: check[0] === "ok" ? "" : check[1] || "it did not say how it is",
    drained: of("drained").length > 0,
  };
};

const files = [
  "/usr/local/lib/drawbridge/failover",
  "/etc/drawbridge-failover.list",
  "/etc/keepalived/keepalived.conf",
  "/etc/haproxy/conf.d/drawbridge-failover.cfg",
  "/etc/systemd/system/haproxy.service.d/drawbridge-failover.conf",
  "/etc/nginx/conf.d/drawbridge-failover.conf",
];

/** keepalived(8) and the proxies, what is written for them, and what this node sees of its peers. */
export const failover = probe<Failover>({
  id: "failover",
  asks: "systemctl is-active keepalived haproxy nginx; cat /etc/keepalived/keepalived.conf; failover state",
  timeLimit: 20,
  script: `programs='' units=''
for program in keepalived haproxy nginx; do
  command -v "$program" >/dev/null 2>&1 && { programs="$programs $program" units="$units $program.service"; }
done
if [ -n "$units" ]; then
  # shellcheck disable=SC2086
  states=$(systemctl show -p Id -p ActiveState -p UnitFileState $units 2>/dev/null)
  for program in $programs; do
    active='' enabled=''
    for line in $states; do
      case $line in
        Id=*) id=\${line#*=} ;;
        ActiveState=*) [ "$id" = "$program.service" ] && active=\${line#*=} ;;
        UnitFileState=*) [ "$id" = "$program.service" ] && enabled=\${line#*=} ;;
      esac
    done
    printf '@program %s %s %s\\n' "$program" "$active" "$enabled"
  done
fi
for folder in ${failoverFolders.join(" ")}; do [ -d "$folder" ] && printf '@folder %s\\n' "$folder"; done
for file in ${files.join(" ")}; do
  if [ -f "$file" ] && [ ! -L "$file" ]; then printf '@file %s\\n' "$file"; stat -c '%F|%a|%U|%G|%u|%g|%n' -- "$file"; { head -c 65536 -- "$file"; echo .; } | sed 's/^/|/'; fi
done
if [ -f /etc/drawbridge-failover.list ] && [ -x /usr/local/lib/drawbridge/failover ] && [ "$(stat -c %u /usr/local/lib/drawbridge/failover)" = 0 ]; then
  echo '@state'; sh /usr/local/lib/drawbridge/failover state
fi
exit 0`,
  parse: ({ stdout, timedOut }) => {
    if (timedOut) return unknown("the nodes did not answer in time");
    const sections = sectionsIn(stdout);
    const state = sections.find(({ name }) => name === "state");
    return known({
      programs: new Map(
        restsOf(sections, "program").map((rest) => {
          const [name = "", active, enabled] = rest.split(" ");
          return [name, { active: active === "active", enabled: enabled === "enabled" }] as const;
        }),
      ),
      files: filesIn(sections, "file"),
      folders: restsOf(sections, "folder"),
      state: state === undefined ? undefined : readFailoverState(state.lines),
    });
  },
});
