import { known, unknown } from "../model/fact.ts";
import { probe } from "../model/probe.ts";

/** Logins of late, by account and method, and what live sessions tunnel: what a change could break. */
export type SshdLogins = {
  readonly accepted: readonly {
    readonly user: string;
    /** "password", "publickey", "keyboard-interactive/pam", "gssapi-with-mic", "hostbased" */
    readonly method: string;
    readonly count: number;
    /** Where the last of them came from. */
    readonly from: string;
  }[];
  /** Connections that sshd holds for tunnels of live sessions: "127.0.0.1:5432". */
  readonly tunnels: readonly string[];
};

const script = `
{
  if command -v journalctl >/dev/null 2>&1; then
    journalctl -q --no-pager -o cat -n 2000 -t sshd -t sshd-session 2>/dev/null
  fi
  for file in /var/log/auth.log /var/log/secure; do
    [ -f "$file" ] && tail -c 262144 "$file" | sed -n 's/^.* sshd[^ ]*\\[[0-9]*\\]: //p'
  done
} | awk '
  /^Accepted [a-z\\/-]* for [^ ]* from [^ ]* port / { count[$2 " " $4]++; from[$2 " " $4] = $6 }
  END { for (each in count) if (++told <= 200) print "accepted", each, count[each], from[each] }'
if command -v ss >/dev/null 2>&1; then
  # Sessions arrive at a port below the ephemeral range; what sshd opens for a tunnel leaves from within it.
  ss -Htnp state established 2>/dev/null | awk '
    BEGIN { getline range < "/proc/sys/net/ipv4/ip_local_port_range"; split(range, port) }
    !/"sshd(-session)?"/ || ++seen > 400 { next }
    { local = $3; sub(/.*:/, "", local); if (local + 0 >= port[1] + 0 && local + 0 <= port[2] + 0 && !told[$4]++ && ++tunnels <= 50) print "tunnel", $4 }'
fi
exit 0
`;

export const sshdLogins = probe<SshdLogins>({
  id: "sshd-logins",
  asks: "journalctl -t sshd -t sshd-session -n 2000; ss -tnp",
  script,
  timeLimit: 3,
  sizeLimit: 64 * 1024,
  parse: ({ stdout, timedOut }) => {
    if (timedOut) return unknown("the log of logins could not be read in time");
    const lines = stdout.split("\n").map((line) => line.split(" "));
    return known({
      accepted: lines.flatMap(([kind, method = "", user = "", count = "", from = ""]) =>
        kind === "accepted" && from !== "" ? [{ user, method, count: Number(count), from }] : [],
      ),
      tunnels: lines.flatMap(([kind, peer]) => (kind === "tunnel" && peer ? [peer] : [])).toSorted(),
    });
  },
});
