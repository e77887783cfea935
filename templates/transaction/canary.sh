# The canary: what answered before the change must answer after it, and go on to. Read by the runtime (runtime.sh), whose functions
# it uses, in commit and resume only: undo never needs it. docs/transaction.md explains the lines `health` and `settle`.
# shellcheck shell=sh disable=SC2086,SC2046,SC2154,SC2015

try=5    # seconds that one answer may take
quiet=5  # seconds that everything must go on to answer
young=15 # seconds that a service that was started anew is watched for: a JVM dies late
settle=$(lines settle | cut -f2)

health_words() { sed -n "s/^health$tab$1$tab$2$tab//p" manifest; } # NUMBER what|journal|before|after

# Notes what answers, before anything changes; what does not is not demanded afterwards. A commit that is resumed keeps the
# answers that it took, because by now some of the changes are made.
take_baseline() {
  [ ! -e baseline ] || return 0
  : >baseline.new || return 1
  for number in $(lines health | cut -f2 | sort -u); do
    if [ "$live" = "" ]; then event health "$number" skipped "there is no running system"; continue; fi
    if answer=$(answer_of $(health_words "$number" before)); then
      printf '%s\t%s\n' "$number" "$answer" >>baseline.new || return 1
    else
      event health "$number" skipped "before the change: $(printf '%s' "$answer" | one_line)"
    fi
  done
  flush baseline.new && mv -f baseline.new baseline
}

# Waits until everything answers as it did, and does so for a while. Tells what does not, and fails, when the time is over or
# there is nothing to wait for.
answers_as_before() {
  [ -s baseline ] || return 0
  begun=$(uptime) well_since='' numbers=$(cut -f1 baseline)
  for number in $numbers; do event health "$number" waiting "$(health_words "$number" what)"; done
  while :; do
    ill=
    for number in $numbers; do
      trouble=$(trouble_of "$number" after)
      outlook=$?
      [ "$outlook" = 0 ] || { ill=$number; break; }
    done
    now=$(uptime)
    if [ "$ill" ]; then
      well_since=
      [ "$outlook" = 1 ] && [ $((now - begun)) -lt "$settle" ] || break
    else
      well_since=${well_since:-$now}
      [ $((now - well_since)) -le "$quiet" ] || { [ $((now - begun)) -lt "$young" ] && started_anew; } || break
    fi
    sleep 1
  done
  if [ "$ill" = "" ]; then
    for number in $numbers; do event health "$number" ok "$(health_words "$number" what)"; done
    return 0
  fi
  # What is ill may be so because of another one that was well when it was asked: a dead unit's port is closed.
  for number in $numbers; do
    again=$(trouble_of "$number" after) || { ill=$number trouble=$again; break; }
  done
  trouble=$(printf '%s' "$trouble" | one_line)
  event health "$ill" failed "$trouble"
  said=$(last_words "$(unit_of "$ill")")
  event error "after $((now - begun)) s not as before: $(health_words "$ill" what): $trouble${said:+. $(unit_of "$ill") says: $said}"
  return 1
}

# After everything was put back: tells of each check whether it answers again, and waits for that as long as for the change.
answers_again() {
  [ -s baseline ] && [ "$live" ] || return 0
  begun=$(uptime) numbers=$(cut -f1 baseline)
  for number in $numbers; do
    until trouble=$(trouble_of "$number" before); do
      if [ $(($(uptime) - begun)) -ge "$settle" ]; then
        event health "$number" failed "$(printf '%s' "$trouble" | one_line)"
        continue 2
      fi
      sleep 1
    done
    event health "$number" ok "$(health_words "$number" what)"
  done
}

# Prints what is wrong. 1: it may come right; 2: it will not.
trouble_of() { # NUMBER before|after
  baseline=$(sed -n "s/^$1$tab//p" baseline)
  target=$(health_words "$1" "$2")
  answer=$(answer_of ${target:-$(health_words "$1" before)})
  result=$?
  [ "$result" = 0 ] || { printf '%s' "$answer"; return "$result"; }
  case $baseline:$answer in
    unit:*) ;;
    http:5*:http:*) ;; # it was broken before: any answer is as good
    http:*:http:*) [ "$answer" = "$baseline" ] || { echo "it answers with status ${answer#http:} instead of ${baseline#http:}"; return 1; } ;;
  esac
}

in_baseline() { cut -f2 baseline | grep -qxF -- "$1"; } # ANSWER
answer_of() { # unit UNIT | port ADDRESS PORT | http URL: prints the answer, or why there is none
  case $1 in
    unit) answer_of_unit "$2" ;;
    port) answer_of_port "$2" "$3" ;;
    http) answer_of_http "$2" ;;
  esac
}

# Prints unit: and when it became active (microseconds since boot).
answer_of_unit() (
  [ "$systemd" ] || { echo "systemd does not run here"; exit 1; }
  IFS=$newline
  active='' sub='' restarts=0 since=''
  for line in $(timeout 10 systemctl show -p ActiveState -p SubState -p NRestarts -p ActiveEnterTimestampMonotonic "$1"); do
    case $line in
      ActiveState=*) active=${line#*=} ;;
      SubState=*) sub=${line#*=} ;;
      NRestarts=*) restarts=${line#*=} ;;
      ActiveEnterTimestampMonotonic=*) since=${line#*=} ;;
    esac
  done
  # systemd counts from 0 when somebody starts it, so whatever was started since and counts has failed in between.
  if [ -e baseline ] && [ "$restarts" -gt 0 ] && ! in_baseline "unit:$1:$since"; then
    echo "it failed, and systemd had to restart it"
    exit 2
  fi
  case $active in
    active | reloading) echo "unit:$1:$since" ;;
    failed) echo "it failed"; [ ! -e baseline ] || exit 2; exit 1 ;;
    *) echo "it is ${active:-unknown} ($sub)"; exit 1 ;;
  esac
)

# The kernel's own list: a connection that says nothing would be an error in the log of many a service. proc_net(5)
answer_of_port() { # ADDRESS PORT
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v address="$1" -v port="$(printf '%04X' "$2")" '
    BEGIN {
      any = split(address, byte, ".") != 4 || address == "0.0.0.0"
      little = sprintf("%02X%02X%02X%02X", byte[4], byte[3], byte[2], byte[1])
      big = sprintf("%02X%02X%02X%02X", byte[1], byte[2], byte[3], byte[4])
    }
    $4 == "0A" && split($2, local, ":") && local[2] == port {
      end = substr(local[1], length(local[1]) - 7)
      if (any || local[1] ~ /^0+$/ || end == little || end == big) found = 1
    }
    END { exit !found }' && echo "port:$2" || { echo "nothing listens on $1 port $2"; return 1; }
}

# Prints http: and the status code. Only whether and how it answers counts: certificates are not verified here, redirects are not
# followed, no proxy and no file in a home is read.
answer_of_http() { # URL
  status=$(status_of "$1" 2>/dev/null) || { echo "nothing here can ask $1: install curl"; return 1; }
  case $status in
    [1-9][0-9][0-9]) echo "http:$status" ;;
    *) echo "no answer from $1"; return 1 ;;
  esac
}
status_of() { # URL
  if command -v curl >/dev/null; then
    HOME=/nonexistent timeout $((try + 2)) curl -q -g -k -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-redirs 0 -m "$try" "$1" </dev/null || :
    return 0
  fi
  case $(wget --version 2>/dev/null) in
    *GNU*)
      HOME=/nonexistent timeout $((try + 2)) wget --no-config -q -S -O /dev/null --no-check-certificate --no-proxy --max-redirect=0 -t 1 \
        -T "$try" "$1" 2>&1 </dev/null | status_line
      return 0
      ;;
  esac
  rest=${1#*://}
  authority=${rest%%/*}
  case $rest in */*) path=/${rest#*/} ;; *) path=/ ;; esac
  case $authority in
    \[*\]:*) host=${authority%:*} port=${authority##*:} ;;
    \[*\]) host=$authority port= ;;
    *:*) host=${authority%:*} port=${authority##*:} ;;
    *) host=$authority port= ;;
  esac
  address=${host#\[}
  address=${address%\]}
  case $1 in
    https:*)
      command -v openssl >/dev/null || return 1
      get "$path" "$authority" | timeout "$try" openssl s_client -quiet -connect "$host:${port:-443}" 2>/dev/null | status_line
      ;;
    *)
      command -v bash >/dev/null || return 1
      # shellcheck disable=SC2016
      get "$path" "$authority" | timeout "$try" bash -c 'exec 3<>"/dev/tcp/$0/$1" && cat >&3 && head -n 1 <&3' "$address" "${port:-80}" 2>/dev/null | status_line
      ;;
  esac
}
get() { printf 'GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: drawbridge\r\nAccept: */*\r\nConnection: close\r\n\r\n' "$1" "$2"; } # PATH HOST
status_line() { sed -n 's|^ *HTTP/[0-9.]* \([1-9][0-9][0-9]\).*|\1|p' | head -n 1; }

# Whether a service was started since. (When exactly systemd knows, but by a clock that a container may not have.)
started_anew() {
  sed -n "s/^\([0-9]*\)${tab}unit:.*/\1/p" baseline | {
    while read -r number; do
      target=$(health_words "$number" after)
      in_baseline "$(answer_of ${target:-$(health_words "$number" before)})" || exit 0
    done
    exit 1
  }
}

unit_of() { # NUMBER: whose journal tells why it does not answer
  unit=$(health_words "$1" journal)
  [ "$unit" ] || unit=$(sed -n "s/^health$tab$1${tab}[a-z]*${tab}unit$tab//p" manifest | tail -n 1)
  printf '%s' "$unit"
}
# The last line of the unit's own that speaks of something wrong, else its last one, without what looks like a secret.
last_words() { # UNIT
  [ "$1" ] && [ "$systemd" ] && command -v journalctl >/dev/null || return 0
  said=$(timeout 10 journalctl -q --no-pager -o cat -b -n 40 "_SYSTEMD_UNIT=$1" 2>/dev/null | telling_line)
  [ "$said" ] || said=$(timeout 10 journalctl -q --no-pager -o cat -b -n 40 -u "$1" 2>/dev/null | telling_line)
  printf '%s' "$said"
}
telling_line() {
  awk '/^[ \t]*(at |\.\.\. [0-9]+ more|$)/ { next } { line = $0 }
    tolower($0) ~ /error|exception|fatal|fail|cannot|denied|refused|unable|invalid|unknown/ { telling = $0 }
    END { print telling == "" ? line : telling }' | without_secrets | one_line
}
without_secrets() {
  sed -E '
    /^[A-Za-z0-9+\/=]{20,}$/s/.*/***/
    s#([a-z][a-z0-9+.-]*://)[^/@[:space:]"]*@#\1***@#Ig
    s/(bearer|basic)[[:space:]]+[a-z0-9._~+\/=-]+/\1 ***/Ig
    s/((passw|passphrase|passcode|pwd|secret|token|credential|key|auth)[a-z0-9_.-]*["'\'']?[[:space:]]*[:=]+[[:space:]]*)("[^"]*"|'\''[^'\'']*'\''|[^[:space:],;&)}"'\'']+)/\1***/Ig
    s/eyJ[A-Za-z0-9_.-]+/***/g
    s/[A-Za-z0-9+=_]{32,}/***/g'
}
