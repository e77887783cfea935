#!/bin/sh
# Drawbridge transaction runtime, version 1. docs/transaction.md explains the manifest, the states and the journal.
#
#   sh runtime stage | commit | confirm | undo [--unconfirmed] | resume | status | arm
#
# It lives in /var/lib/drawbridge/transactions/ID/ beside the manifest that it obeys. When that directory is below a mount point
# (/mnt/var/lib/...), the mount point is the root of everything: only files are worked on, nothing that runs is asked or told.
# Exit codes: 0 fine, 2 bad manifest or usage, 3 refused and nothing changed, 4 failed and reverted, 5 failed, not fully reverted.
#
# Splitting is always by TAB and newline (IFS below) and never globs (set -f): words with spaces, quotes or stars stay whole.
# Functions with ( ) bodies are subshells on purpose: their variables and their working directory end with them.
# shellcheck disable=SC2086,SC2046,SC2030,SC2031,SC2015

# The caller's environment is not trusted, and its language and time zone must not change what tools print.
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
TZ=UTC0
export PATH LC_ALL TZ
unset CDPATH ENV BASH_ENV POSIXLY_CORRECT QUOTING_STYLE TMPDIR
set -uf
umask 077
tab=$(printf '\t')
newline='
'
IFS=$tab$newline

# ---------------------------------------------------------------------------------------------------------------- telling and noting

# A listener that went away must not stop the work: the same lines stay in the events file.
event() {
  printf '%s\n' "$*" >>"$here/events" 2>/dev/null
  printf '%s\n' "$*" 2>/dev/null
  return 0
}

one_line() { tr -s '\n\t' '  ' | cut -c1-500 | sed 's/ *$//'; }
spaced() (IFS=' '; printf '%s' "$*")
called() ( # WORD...: a command as it is told of, without the whole of a program that is one of its words
  for word; do
    shift
    [ ${#word} -le 100 ] || word=$(printf '%.60s...' "$word")
    set -- "$@" "$word"
  done
  spaced "$@"
)

refuse() { # CODE TEXT
  printf 'error\t%s\n' "$2" 2>/dev/null
  exit "$1"
}

flush() { sync "$@" 2>/dev/null || sync; }

# What must be on disk before the next act goes through journal(); what may be lost because redoing it does no harm, through note().
note() { printf '%s\n' "$*" >>"$here/journal"; }
journal() { note "$@" && flush "$here/journal"; }

enter_state() { # NAME FIELD...
  journal state "$@" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" || return 1
  event state "$1"
}

state() { awk -F'\t' '$1 == "state" { now = $2 } END { print now == "" ? "unstaged" : now }' journal 2>/dev/null || echo unstaged; }

# NUMBER KIND STATE of every change: planned, begin (it may be half made), done, restored (its inverse is still to run), undone;
# then mode:uid:gid as the change left its path.
changes() {
  awk -F'\t' -v OFS='\t' '
    FILENAME == "journal" { if ($1 ~ /^(begin|done|restored|undone)$/) last[$2] = $1; if ($1 == "done") left[$2] = $3; next }
    $1 == "change" { print $2, $3, ($2 in last ? last[$2] : "planned"), left[$2] }' $([ ! -e journal ] || echo journal) manifest
}

lines() { grep "^$1$tab" manifest; } # every manifest line that begins with this word
words_of() { # WORD NUMBER: what follows them; of a change, what follows its kind
  case $1 in change) sed -n "s/^change$tab$2${tab}[^$tab]*$tab//p" manifest ;; *) sed -n "s/^$1$tab$2$tab//p" manifest ;; esac
}
first_of() { words=$(words_of change "$1"); printf '%s\n' "${words%%"$tab"*}"; } # NUMBER: a change's path or unit

# Something is not as we left it, or cannot be reached: it stays, it is named, and the transaction counts as not fully reverted.
leave() { # PATH REASON
  for tree in ${doomed-}; do
    case $1 in "$tree"/*) return 0 ;; esac # the whole created tree goes to kept/ later
  done
  note left "$1" "$2"
  event left "$1" "$2"
  return 1
}

# ------------------------------------------------------------------------------------------------------------- processes and the lock

start_of() ( # PID: start time in clock ticks since boot: /proc/PID/stat field 22, proc(5); the name before it may hold anything
  IFS=' '
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || exit 1
  set -- ${stat##*)}
  printf '%s' "${20}"
)
parent_of() (
  IFS=' '
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || exit 1
  set -- ${stat##*)}
  printf '%s' "$2"
)
name_of() (
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || exit 1
  stat=${stat%)*}
  printf '%s' "${stat#*\(}"
)
uptime() (IFS=.; read -r seconds _ </proc/uptime; printf '%s' "$seconds")

# One symbolic link names its holder in its target, so that taking the lock and saying who has it is one atomic act.
take_lock() {
  me=$id:$$:$(start_of $$):$boot
  tries=0
  until ln -s "$me" "$lock" 2>/dev/null; do
    tries=$((tries + 1))
    if ! holder=$(readlink "$lock"); then
      [ "$tries" -lt 5 ] || refuse 3 "$lock cannot be written: is the disk full or read-only?"
      continue
    fi
    holder_lives "$holder" && return 1
    # Whoever held it is gone. Moved away, not removed: if it was taken afresh in between, it goes back to its new holder.
    mv -f "$lock" "$lock.$$" 2>/dev/null || continue
    [ "$(readlink "$lock.$$")" = "$holder" ] || ln -s "$(readlink "$lock.$$")" "$lock" 2>/dev/null
    rm -f "$lock.$$"
  done
  if [ "$tries" -gt 0 ]; then
    sleep 1
    [ "$(readlink "$lock")" = "$me" ] || return 1
  fi
  locked=yes
  trap release_lock EXIT
}

holder_lives() (
  IFS=:
  set -- $1
  [ "${4-}" = "$boot" ] && [ "$(start_of "${2:-none}")" = "${3-}" ]
)

release_lock() {
  [ "${locked-}" ] && [ "$(readlink "$lock")" = "$me" ] && rm -f "$lock"
  locked=
}

# A second transaction on top of one that may still be taken back would make both undos wrong.
refuse_company() {
  other=$(find .. -mindepth 2 -maxdepth 2 -name journal ! -path "../$id/*" | while IFS= read -r other; do
    case $(awk -F'\t' '$1 == "state" { now = $2 } END { print now }' "$other") in armed | committing | pending | reverting) basename "${other%/journal}" ;; esac
  done | head -n 1)
  [ "$other" = "" ] || refuse 3 "transaction $other is not finished: drawbridge confirm $other, or drawbridge undo $other"
}

alone() { take_lock || refuse 3 "another run is in progress (transaction ${holder%%:*}): wait for it, or ask drawbridge status"; }

# ------------------------------------------------------------------------------------------------------ reaching a place, safely

# Works in DIRECTORY itself. A symbolic link on the way is followed only when nobody but root could have made it, and never
# below a mount point, where it may lead out of the mounted disk.
enter() {
  cd -P "$root${1:-/}" 2>/dev/null || return 1
  [ "$PWD" = "${root}${1}" ] || [ "$PWD" = "${root}${1:-/}" ] && return 0
  [ "$root" = "" ] && real=$(followed "$1") && cd -P "$real" 2>/dev/null && [ "$PWD" = "$real" ]
}

followed() { # PATH with the links replaced that only root can have made
  done='' rest=$1
  while [ "$rest" ]; do
    rest=${rest#/} part=${rest%%/*}
    case $rest in */*) rest=/${rest#*/} ;; *) rest= ;; esac
    if [ -h "$done/$part" ]; then
      only_root_writes "${done:-/}" || return 1
      done=$(cd -P "$done/$part" && pwd -P) && only_root_writes "$done" || return 1
    else
      done=$done/$part
    fi
  done
  printf '%s' "$done"
}

only_root_writes() { # DIRECTORY and all above it
  up=$1
  set -- /
  while [ "$up" ] && [ "$up" != / ]; do set -- "$@" "$up"; up=${up%/*}; done
  ! stat -c '%u %A' "$@" | grep -qv '^0 d....-..-.'
}

# New content is made in a directory that only we can enter, beside its target, and renamed out of it: nobody who may write
# there can swap a link under our hands, and a half-written file is never seen under its own name.
open_nest() { # NUMBER
  nest=.drawbridge-$id-$1
  [ -d "./$nest" ] || mkdir -m 700 "./$nest" || return 1
  [ ! -h "./$nest" ] && cd -P "./$nest" || return 1
  case $(stat -c '%u:%a' .) in "$uid:"*700) ;; *) echo "$nest is not ours" >&2; return 1 ;; esac
  clear_away ./new ./same
}
close_nest() { cd .. && rmdir "./$nest"; }
sweep_nest() ( # NUMBER PATH: what a killed run left behind
  enter "${2%/*}" && [ -d "./.drawbridge-$id-$1" ] && open_nest "$1" && close_nest
)

# -------------------------------------------------------------------------------------------------- exact copies and comparisons

# Content, owner, mode, times, ACL and extended attributes. Only GNU cp carries the last two and full times by itself.
clone() { # FROM TO
  cp -a "$1" "$2" || return 1
  [ "$gnu" ] || [ -h "$1" ] || [ -d "$1" ] || copy_attributes "$1" "$2"
}
copy_attributes() {
  command -v setfacl >/dev/null && getfacl -p "$1" 2>/dev/null | setfacl --set-file=- "$2" 2>/dev/null
  command -v setfattr >/dev/null && getfattr -d -m - --absolute-names "$1" 2>/dev/null | sed "1s|.*|# file: $2|" | setfattr --restore=- 2>/dev/null
  touch -r "$1" "$2"
}

kind_of() { if [ -h "$1" ]; then echo symlink; elif [ -d "$1" ]; then echo directory; elif [ -f "$1" ]; then echo file; elif [ -e "$1" ]; then echo other; else echo absent; fi; }
attributes_of() { stat -c '%a:%u:%g' "$1" 2>/dev/null; }
same() { # A B: kind and content
  if [ -h "$1" ] || [ -h "$2" ]; then
    [ -h "$1" ] && [ -h "$2" ] && [ "$(readlink "$1")" = "$(readlink "$2")" ]
  elif [ -f "$1" ] && [ -f "$2" ]; then
    cmp -s "$1" "$2"
  elif [ -d "$1" ]; then
    [ -d "$2" ]
  else
    [ ! -e "$1" ] && [ ! -e "$2" ]
  fi
}

# The machine's own account databases count, which on a mounted disk are the disk's. Nothing when the name is unknown.
id_of() ( # passwd|group NAME-OR-NUMBER
  case $2 in root) echo 0; exit ;; *[!0-9]*) ;; *) echo "$2"; exit ;; esac
  if [ "$root" ] || ! command -v getent >/dev/null; then cat "$root/etc/$1" 2>/dev/null; else getent "$1" "$2"; fi | awk -F: -v name="$2" '$1 == name { print $3; exit }'
)

set_attributes() { # FILE MODE OWNER GROUP; \e leaves it
  owner=$3 group=$4
  if [ "$root" ]; then
    [ "$owner" = '\e' ] || owner=$(id_of passwd "$owner")
    [ "$group" = '\e' ] || group=$(id_of group "$group")
    [ "$owner" ] && [ "$group" ] || { echo "no such account or group on this disk: $3 $4" >&2; return 1; }
  fi
  [ "$owner" != '\e' ] || owner=
  [ "$group" = '\e' ] || owner=$owner:$group
  [ "$owner" = "" ] || chown -h "$owner" "$1" || return 1
  chmod "0$2" "$1" # five digits: with four, GNU chmod keeps a directory's setgid bit
}

# One line per entry of a tree: name first. Directory times are kept apart, ours change them; names that would break lines are left out.
listing() ( # PATH
  [ -d "$1" ] && [ ! -h "$1" ] || exit 0
  cd -P "$1" || exit 1
  set -- ! -path "*$newline*" ! -path "*$tab*"
  {
    find . "$@" -type d -exec stat -c "%n$tab%f:%u:%g" {} +
    find . "$@" -type l -exec stat -c "%n$tab%f:%u:%g:%N" {} +
    find . "$@" ! -type d ! -type l -exec stat -c "%n$tab%f:%u:%g:%s:%y" {} +
  } | sort
)

# Paths below two trees, or . alone, that are not the same in both. What others rewrite at any time is never ours.
differing() { # TREE TREE
  { listing "$1"; listing "$2"; } | sort | uniq -u | cut -f1 | sort -u |
    grep -vE '^\./(resolv\.conf|mtab|adjtime|machine-id)$|/drawbridge-revert-[^/]*$'
}

# ------------------------------------------------------------------------------------------------------------- originals

# What the tools keep as passwd- is the state before the last edit, whoever made that; once it was another's, it is not ours.
is_account_copy() { case $1 in /etc/passwd- | /etc/group- | /etc/shadow- | /etc/gshadow- | /etc/subuid- | /etc/subgid-) ;; *) return 1 ;; esac; }
accounts="/etc/passwd /etc/group /etc/shadow /etc/gshadow /etc/subuid /etc/subgid"

tracked() { # NUMBER KIND: the paths that a change may alter, in a fixed order
  case $2 in
    unit) return ;;
    account) (IFS=' '; for path in $accounts; do printf '%s\n' "$path" "$path-"; done); echo /etc/.pwd.lock ;;
    package | removal) printf '%s\n' /etc /var/lib/apt/extended_states /var/lib/ucf /var/lib/pam /var/lib/systemd/deb-systemd-helper-enabled ;;
    command) ;;
    *) first_of "$1"; return ;;
  esac
  words_of touches "$1"
}

# Calls COMMAND NUMBER PATH COPY KIND for every tracked path, COPY being the path's own name below originals/ and after/.
each_tracked() { # COMMAND NUMBER KIND
  place=0 outcome=0
  while IFS= read -r path <&4; do
    [ "$path" ] || continue
    place=$((place + 1))
    "$1" "$2" "$path" "$2.$place" "$3" || outcome=1
  done 4<<TRACKED
$(tracked "$2" "$3")
TRACKED
  return "$outcome"
}

# Lock and scratch files that a killed useradd and its kin leave behind, and that would stop the next one.
account_litter() (cd "$root/etc" && find . -maxdepth 1 -type f | grep -E '^\./(passwd|group|shadow|gshadow|subuid|subgid)(\.lock|\.[0-9]+|\+)$' | sed 's|^\.|/etc|')

clear_away() { for entry; do [ ! -e "$entry" ] && [ ! -h "$entry" ] || rm -rf "$entry"; done; }
keep_copy() ( # PATH COPY: absent stays absent
  clear_away "$2" && [ ! -e "$root$1" ] && [ ! -h "$root$1" ] && exit 0
  enter "${1%/*}" && clone "./${1##*/}" "$2"
)

keep_original() { # NUMBER PATH COPY KIND
  original=$here/originals/$3
  case $4:$(kind_of "$root$2") in
    directory:directory | permissions:directory) # contents are not ours, and a log may be large: attributes only
      clear_away "$original" && mkdir "$original" && copy_attributes "$root$2" "$original" && set_attributes "$original" $(stat -c "%a$tab%u$tab%g" "$root$2") ;;
    permissions:file)
      clear_away "$original" && if [ "$gnu" ]; then cp -a --attributes-only "$root$2" "$original"; else
        : >"$original" && set_attributes "$original" $(stat -c "%a$tab%u$tab%g" "$root$2") && copy_attributes "$root$2" "$original"
      fi ;;
    *) keep_copy "$2" "$original" ;;
  esac
}

# Earlier changes of this transaction, or time since staging, may have moved on: undo goes back step by step.
freshen_original() { # NUMBER PATH COPY KIND
  original=$here/originals/$3
  case $4 in directory | permissions) ;; *)
    if [ -d "$original" ] && [ ! -h "$original" ]; then
      [ "$(listing "$original")" = "$(listing "$root$2")" ] && return 0
    else
      same "$original" "$root$2" && [ "$(stat -c %a:%u:%g:%y "$original" "$root$2" 2>/dev/null | uniq | wc -l)" -le 1 ] && return 0
    fi ;;
  esac
  keep_original "$@"
}
keep_after() { keep_copy "$2" "$here/after/$3"; } # NUMBER PATH COPY

# Directories whose time our work changes: the parents of all paths, and the directories inside tracked trees.
watched_directories() {
  changes | while read -r number kind _; do each_tracked watch "$number" "$kind"; done | sort -u
  [ "$seconds" = 0 ] || [ "$systemd" = "" ] || printf '%s\n' /etc/systemd/system /etc/systemd/system/timers.target.wants
}
watch() { # NUMBER PATH COPY KIND; a package leaves its mark on the times of directories all over /usr
  parent=${2%/*}
  printf '%s\n' "${parent:-/}"
  case $4 in account | package | removal | command)
    [ -h "$root$2" ] || [ ! -d "$root$2" ] || directories_in "$2" ;; esac
  case $4$2 in package/etc | removal/etc) printf '%s\n' /var/log /var/spool; directories_in /usr; directories_in /var/lib -maxdepth 2; directories_in /var/lib/systemd; directories_in /opt -maxdepth 1 ;; esac
}
directories_in() (cd "$root/" 2>/dev/null && path=.$1 && shift && find "$path" -xdev "$@" -type d ! -path "*$newline*" ! -path "*$tab*" ! -path './var/lib/drawbridge*' 2>/dev/null | cut -c2-)
directory_times() (cd "$root/" && sed 's/^/./' "$here/originals/watched" | tr '\n' '\0' | xargs -0 stat -c "%n$tab%Y$tab%y" 2>/dev/null)

# Decides, before undo touches anything, which directory times are ours to put back: those that still are as we left them. After
# a killed commit nobody noted how we left them; then it is those that changed no later than the journal and the last output.
judge_directory_times() {
  [ ! -e originals/ours ] || return 0
  last=$(stat -c %Y journal output 2>/dev/null | sort -n | tail -n 1)
  directory_times | awk -F'\t' -v OFS='\t' -v last="$last" '
    FILENAME == "originals/times" { original[$1] = $3; next }
    FILENAME == "after/times" { left[$1] = $3; known = 1; next }
    { here[$1] }
    $1 in original && ($3 == original[$1] || (known ? $3 == left[$1] : $2 <= last + 5)) { print $1, original[$1] }
    # What is gone went with our packages, and only undo brings it back.
    END { for (name in original) if (!(name in here)) print name, original[name] }
  ' originals/times $([ ! -e after/times ] || echo after/times) - >originals/ours.new && mv -f originals/ours.new originals/ours
}
put_back_directory_times() {
  [ -e originals/ours ] || return 0
  directory_times | awk -F'\t' -v OFS='\t' 'FILENAME == "originals/ours" { time[$1] = $2; next } $1 in time && time[$1] != $3 { print $1, time[$1] }' originals/ours - |
    while read -r path time; do
      path=${path#.}
      (enter "$path" && { touch -d "$time" . 2>/dev/null || touch -d "${time%%.*}" .; })
    done
}

# ------------------------------------------------------------------------------------------------------------- making changes

# Runs the words of a manifest line. @files/NAME in one is a staged file's path, @random/NAME that of a file with random text; \e
# is an empty word. Daemons get no descriptors of ours.
run() { # SECONDS INPUT WORD...
  limit=$1 input=$2
  shift 2
  for word; do
    shift
    case $word in
      '\e') word= ;;
      *@files/* | *@random/*) word=$(printf '%s' "$word" | sed "s|@files/|$here/files/|g; s|@random/|$here/random/|g") ;;
    esac
    set -- "$@" "$word"
  done
  case ${1##*/} in sshd) separation_directory ;; esac
  attend "$input" timeout "$limit" "$@"
}
# In the background only so that its process is known: if we are killed, it may live on, and must end before anything is taken back.
attend() { # INPUT COMMAND...
  input=$1
  shift
  (umask 022; cd / && exec "$@") <"$input" >output 2>&1 3<&- 4<&- 5<&- &
  printf '%s\t%s\t%s\n' "$!" "$(start_of $!)" "$*" | cut -c1-200 >child
  wait "$!"
  code=$?
  rm -f child
  cat output >>log
  return "$code"
}
end_orphan() {
  [ -s child ] && read -r process started words <child || return 0
  # A package manager is never stopped halfway; what it leaves then, nobody can take back.
  case $words in *apt-get* | *dnf* | *dpkg* | *rpm*) patience=1800 ;; *) patience=20 ;; esac
  waited=0
  while [ "$started" ] && [ "$(start_of "$process")" = "$started" ] && [ "$waited" -le $((patience + 20)) ]; do
    case $((waited - patience)) in 0) kill -TERM "$process" ;; 10) kill -KILL "-$process" ;; esac
    waited=$((waited + 1))
    sleep 1
  done
  rm -f child
}
why() { # what the last command said
  [ "${code-}" != 124 ] || printf 'no answer within %s seconds. ' "$limit"
  if [ -s output ]; then tail -n 3 output | one_line; else printf 'no message'; fi
}

# Debian's sshd refuses even to check a configuration when this is missing, and it goes with the service that made it.
separation_directory() { [ -d /run/sshd ] || mkdir -m 755 /run/sshd 2>/dev/null; }

write_file() ( # NUMBER PATH MODE OWNER GROUP
  name=${2##*/}
  enter "${2%/*}" && open_nest "$1" || exit 1
  # A copy of the old file keeps its ACL, extended attributes and label, as editing it would.
  [ "$(kind_of "../$name")" != file ] || { clone "../$name" new && chmod u+w new; } || exit 1
  cat "$here/files/$1" >new && set_attributes new "$3" "$4" "$5" && flush new && mv -f -T new "../$name" && close_nest
)
write_symlink() ( # NUMBER PATH TARGET
  enter "${2%/*}" && open_nest "$1" && ln -s "$3" new && mv -f -T new "../${2##*/}" && close_nest
)
write_directory() ( # NUMBER PATH MODE OWNER GROUP
  name=${2##*/}
  enter "${2%/*}" || exit 1
  if [ "$(kind_of "./$name")" = directory ]; then
    enter "$2" && set_attributes . "$3" "$4" "$5"
  else
    open_nest "$1" && mkdir new && set_attributes new "$3" "$4" "$5" && mv -f -T new "../$name" && close_nest
  fi
)
remove_entry() (enter "${1%/*}" && rm -f "./${1##*/}") # PATH
write_permissions() ( # NUMBER PATH MODE OWNER GROUP
  if [ "$(kind_of "$root$2")" = directory ]; then enter "$2" && set_attributes . "$3" "$4" "$5"; exit; fi
  # A second name inside the nest holds the file still while it is changed, so no link can take its place.
  enter "${2%/*}" && open_nest "$1" && ln "../${2##*/}" same && [ "$(kind_of same)" = file ] &&
    set_attributes same "$3" "$4" "$5" && rm -f same && close_nest
)
label() { # a new file gets the SELinux type of its path
  [ "$root" ] || [ ! -e /sys/fs/selinux/enforce ] || [ -e "$here/originals/$1.1" ] || ! command -v restorecon >/dev/null || restorecon "$2"
}

apply() { # NUMBER KIND
  set -- "$1" "$2" $(words_of change "$1")
  number=$1 kind=$2
  shift 2
  case $kind in
    file) write_file "$number" "$@" && label "$number" "$1" ;;
    directory) write_directory "$number" "$@" && label "$number" "$1" ;;
    symlink) write_symlink "$number" "$@" && label "$number" "$1" ;;
    absent) remove_entry "$1" ;;
    permissions) write_permissions "$number" "$@" ;;
    package) install "$number" "$@" ;;
    removal) remove_packages "$number" "$@" ;;
    account | command)
      input=$(words_of stdin "$number")
      run 300 "${input:+files/}${input:-/dev/null}" "$@"
      result=$?
      forget_secret "$number"
      return "$result"
      ;;
  esac
}
forget_secret() { # NUMBER
  input=$(words_of stdin "$1")
  [ "$input" = "" ] || wipe "files/$input"
}
wipe() { [ ! -e "$1" ] || shred -u "$1" 2>/dev/null || rm -f "$1"; }

# ------------------------------------------------------------------------------------------------------------- files with secrets

# A file with secrets comes as parts, so that no secret ever leaves this machine: text, bytes of files that are here, and random
# text that is made here. They are put together where only we can read, before anything changes. Prints what is wrong.
build_files() {
  rm -rf sources random
  mkdir sources random || { echo "$here cannot be written: is the disk full or read-only?"; return; }
  lines random | while read -r _ name bytes; do
    head -c "$bytes" /dev/urandom | base64 | tr -d '\n=' | tr '/+' '_-' >"random/$name"
    [ "$(wc -c <"random/$name")" -eq $(((bytes * 4 + 2) / 3)) ] || { echo "the random text $name cannot be made: is the disk full, or base64 missing?"; break; }
  done
  sed -n "s/^part${tab}[0-9]*${tab}slice$tab\([^$tab]*\)$tab.*/\1/p" manifest | sort -u >sources/list
  place=0
  while IFS= read -r path; do
    place=$((place + 1))
    # What is cut is what was looked at: a copy, so that nobody can change it in between.
    (enter "${path%/*}" && [ ! -h "./${path##*/}" ] && [ -f "./${path##*/}" ] && cat "./${path##*/}" >"$here/sources/$place") 2>/dev/null ||
      { echo "$path cannot be copied: is the disk full?"; break; }
    grep -qxF "require$tab$path$tab$(hash_of "sources/$place")" manifest || { echo "$path changed since the plan was made: make a new plan"; break; }
  done <sources/list
  built_files | while read -r number path; do
    rm -f "files/$number"
    lines "part$tab$number" | while read -r _ _ sort name offset length; do
      case $sort in
        text) cat "files/$name" ;;
        random) cat "random/$name" ;;
        slice) slice "$name" "$offset" "$length" ;;
      esac 2>/dev/null >>"files/$number" || { echo "$path cannot be put together: is the disk full, or a part beyond the end of its file?"; break; }
    done
    credential=$(words_of encrypted "$number")
    [ "$credential" = "" ] || encrypt "$number" "$credential" || { echo "$path cannot be encrypted: $(why)"; break; }
  done
  rm -rf sources
  rmdir random 2>/dev/null || :
}
slice() { # PATH OFFSET LENGTH, in bytes
  source=sources/$(grep -nxF -- "$1" sources/list | cut -d: -f1)
  [ $(($2 + $3)) -le "$(wc -c <"$source")" ] && tail -c "+$(($2 + 1))" "$source" | head -c "$3"
}
# With the machine's own key, which systemd makes when it is asked for the first time and which stays: others may use it by then.
encrypt() { # NUMBER NAME
  [ "$live" ] || { echo "the machine has to run for it" >output; return 1; }
  rm -f "files/$1.encrypted"
  [ -e /var/lib/systemd/credential.secret ] || touch -r /var/lib/systemd "files/$1.time" 2>/dev/null || :
  run 60 /dev/null systemd-creds encrypt --with-key=host "--name=$2" "$here/files/$1" "$here/files/$1.encrypted" && wipe "files/$1" && mv -f "files/$1.encrypted" "files/$1"
  result=$?
  [ ! -e "files/$1.time" ] || { touch -r "files/$1.time" /var/lib/systemd; rm -f "files/$1.time"; }
  return "$result"
}
built_files() { sed -n "s/^change$tab\([0-9]*\)${tab}file$tab\([^$tab]*\)$tab.*${tab}parts\$/\1$tab\2/p" manifest; } # NUMBER PATH
hash_of() { sha256sum <"$1" | cut -d' ' -f1; }
hash_built() { awk -F'\t' -v number="$1" '$1 == "built" && $2 == number { hash = $3 } END { print hash }' "$here/journal"; } # NUMBER
built_fault() {
  built_files | while read -r number path; do
    [ "$(hash_of "files/$number" 2>/dev/null)" = "$(hash_built "$number")" ] || { echo "files/$number for $path is not what was staged: undo, and make a new plan"; break; }
  done
}
# An inverse command may need its random text on undo; everything else has been used when all changes are made.
forget_random() {
  lines random | while read -r _ name _; do lines inverse | grep -q "@random/$name\([^a-z0-9-]\|\$\)" || wipe "random/$name"; done
}
forget_built() {
  built_files | while read -r number _; do wipe "files/$number"; done
  lines random | while read -r _ name _; do wipe "random/$name"; done
}

# ------------------------------------------------------------------------------------------------------------- packages

packages() { # name TAB status TAB version of all that is known
  if command -v dpkg-query >/dev/null; then dpkg-query -W -f '${binary:Package}\t${db:Status-Abbrev}\t${Version}\n'; else
    rpm -qa --qf '%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}\tii\t%{VERSION}-%{RELEASE}\n'
  fi | sort
}
apt() {
  attend /dev/null timeout 1800 env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 APT_LISTCHANGES_FRONTEND=none apt-get -q -y \
    --no-install-recommends --no-remove -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold -o DPkg::Lock::Timeout=120 "$@"
}
install() { # NUMBER NAME...
  number=$1
  shift
  if command -v apt-get >/dev/null; then apt install "$@"; else attend /dev/null timeout 1800 dnf -y --setopt=install_weak_deps=False install "$@"; fi
  result=$?
  packages >"after/$number.packages"
  return "$result"
}
can_install() { # NAME...
  if command -v apt-get >/dev/null; then apt -s install "$@"; elif ! command -v dnf >/dev/null; then
    echo "neither apt-get nor dnf is here" >output
    return 1
  fi
}

brings_packages() { lines change | cut -f3 | grep -qx package; }
# Folders that daemons fill, and that packages leave behind full.
entries_left() {
  (cd "$root/" && find ./var/log ./var/lib ./var/spool -mindepth 1 -maxdepth 1 ! -path "*$newline*" ! -path "*$tab*" ! -path ./var/lib/drawbridge 2>/dev/null) | cut -c2- | sort
}
# What came while the packages came and stayed when they went (logs of their daemons, state) is moved aside, whole.
put_aside_left() {
  [ -e originals/entries ] || return 0
  if [ -e after/entries ]; then cat after/entries; else entries_left; fi | comm -13 originals/entries - | while IFS= read -r path; do
    [ -e "$root$path" ] || [ -h "$root$path" ] || continue
    mkdir -p kept
    where=$here/kept/$(printf '%s' "${path#/}" | tr / -)
    while [ -e "$where" ]; do where=$where+; done
    (enter "${path%/*}" && mv -T "./${path##*/}" "$where") && event kept "$path" "$where"
  done
}

# ---- removing, so that it can be undone: the same versions come back from files that stage put beside the manifest.

can_remove() { # NUMBER NAME...: prints nothing when they, and nothing else, can go and come back
  number=$1
  shift
  command -v apt-get >/dev/null || { echo "only packages of Debian and its kin can be removed so that they can come back"; return; }
  for name; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in ii*) ;; *) echo "$name is not installed"; return ;; esac
  done
  dpkg_only --simulate --remove "$@" || { echo "$(spaced "$@") cannot be removed: $(why)"; return; }
  mkdir -p "packages/$number" || { echo "$here cannot be written: is the disk full or read-only?"; return; }
  for name; do
    keep_package "$number" "$name" || { echo "$name cannot be had again in the version that is here, so it could not come back, and is not removed: leave it out of the plan ($(why))"; return; }
  done
}
keep_package() { # NUMBER NAME
  version=$(dpkg-query -W -f '${Version}' "$2") architecture=$(dpkg-query -W -f '${Architecture}' "$2")
  # apt writes the colon of an epoch as %3a in names of files.
  file=${2%%:*}_$(printf '%s' "$version" | sed 's/:/%3a/g')_$architecture.deb
  ! is_whole "packages/$1/$file" || return 0
  if [ -f "/var/cache/apt/archives/$file" ] && cp "/var/cache/apt/archives/$file" "packages/$1/" && is_whole "packages/$1/$file"; then return 0; fi
  rm -f "packages/$1/$file"
  (cd "packages/$1" && exec timeout 120 apt-get -q download "${2%%:*}:$architecture=$version") >output 2>&1 </dev/null ||
    (cd "packages/$1" && exec timeout 120 apt-get -q download "${2%%:*}=$version") >output 2>&1 </dev/null
  is_whole "packages/$1/$file"
}
# To its last byte: of one that was cut off (a full disk, a power cut) its description can be read all the same.
is_whole() { [ -f "$1" ] && dpkg-deb --fsys-tarfile "$1" 2>>output >/dev/null; }
units_of() { # NAME...: what the packages bring for systemd
  dpkg-query -L "$@" 2>/dev/null | sed -n 's|^\(/usr\)\{0,1\}/lib/systemd/system/\([^/@]*\.[a-z]*\)$|\2|p' | sort -u
}
remove_packages() { # NUMBER NAME...
  number=$1
  shift
  [ "$systemd" = "" ] || units_of "$@" | while read -r unit; do ! active "$unit" || printf '%s\n' "$unit"; done >"originals/$number.running"
  tries=0
  until dpkg_only --remove "$@"; do
    result=$?
    tries=$((tries + 1))
    { [ "$tries" -lt 60 ] && grep -q 'lock' output; } || return "$result"
    sleep 2
  done
}
# The same versions, with the configuration that stayed; then what ran runs again, and nothing else.
bring_back() { # NUMBER
  gone=$(for name in $(words_of change "$1"); do case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2>/dev/null) in ii*) ;; *) echo "$name" ;; esac; done)
  [ "$gone" ] || return 0
  tries=0
  set +f
  until dpkg_only --force-confold --install "$here/packages/$1"/*.deb; do
    tries=$((tries + 1))
    { [ "$tries" -lt 60 ] && grep -q 'lock' output; } || { leave "package:$(printf '%s' "$gone" | one_line)" "not put back: $(why)"; break; }
    sleep 2
  done
  set -f
  [ "$systemd" ] || return 0
  timeout 150 systemctl daemon-reload >>log 2>&1
  units_of $(words_of change "$1") | while read -r unit; do
    if grep -qxF "$unit" "originals/$1.running" 2>/dev/null; then active "$unit" || systemctl_within "$unit" start
    else ! active "$unit" || systemctl_within "$unit" stop; fi
  done
}

newly_installed() { # NUMBER: "name TAB before", what came with this change and is still here; before is c when only its configuration was left
  packages | awk -F'\t' -v before="originals/$1.packages" -v after="after/$1.packages" '
    function rank(status) { status = substr(status, 2, 1); return status == "" || status == "n" ? 0 : status == "c" ? 1 : 2 }
    FILENAME == before { had[$1] = rank($2); next }
    FILENAME == after { came[$1] = known = 1; next }
    rank($2) > had[$1] && (!known || $1 in came) { print $1 "\t" (had[$1] ? "c" : "n") }
  ' "originals/$1.packages" $([ ! -e "after/$1.packages" ] || echo "after/$1.packages") -
}
# Exactly what came in goes. What others meanwhile need stays and is named. An installation cut short may still hold dpkg's lock.
uninstall() { # NUMBER
  tries=0
  while here_now=$(newly_installed "$1") && [ "$here_now" ] && [ "$tries" -lt 60 ]; do
    tries=$((tries + 1))
    if command -v dpkg >/dev/null; then
      dpkg_only --remove $(printf '%s\n' "$here_now" | cut -f1) && purge=$(printf '%s\n' "$here_now" | sed -n "s/${tab}n\$//p") &&
        { [ "$purge" = "" ] || dpkg_only --purge $purge; }
    else
      attend /dev/null rpm -e $(printf '%s\n' "$here_now" | cut -f1)
    fi && continue
    grep -q 'lock' output || break
    sleep 2
  done
  [ "$here_now" = "" ] || leave "package:$(printf '%s\n' "$here_now" | cut -f1 | one_line)" "not removed: $(why)"
  upgraded "$1"
}
dpkg_only() { attend /dev/null env DEBIAN_FRONTEND=noninteractive dpkg --force-remove-reinstreq "$@"; }
upgraded() { # NUMBER
  [ -e "after/$1.packages" ] || return 0
  newer=$(awk -F'\t' 'NR == FNR { had[$1] = $3; next } $1 in had && had[$1] != "" && had[$1] != $3 { print $1 " (was " had[$1] ")" }' \
    "originals/$1.packages" "after/$1.packages" | one_line)
  [ "$newer" = "" ] || leave "package:$newer" "was upgraded because a new package needed it: an older version is not put back"
}

# ------------------------------------------------------------------------------------------------------------- taking changes back

# Puts one path back to its original. What someone changed since is merged three ways, or left and named, never overwritten.
restore() ( # NUMBER PATH ORIGINAL AFTER [ATTRIBUTES AFTER]
  number=$1 path=$2 original=$3 after=$4 attributes=${5-}
  name=${path##*/}
  if ! enter "${path%/*}"; then
    [ "$(kind_of "$original")" = absent ] || leave "$path" "its directory is gone or has become a link"
    exit
  fi
  [ ! -d "./.drawbridge-$id-$number" ] || (open_nest "$number" && close_nest)
  if same "./$name" "$after" || as_built; then
    take_back
  elif same "./$name" "$original"; then
    [ "$(kind_of "$original")" != file ] || touch -h -r "$original" "./$name" # rewritten, as ld.so.cache is by every package
  elif [ "$(kind_of "$original")$(kind_of "$after")$(kind_of "./$name")" = filefilefile ] && open_nest "$number"; then
    clone "../$name" new && merge "$path" "../$name" "$after" "$original" >same && cat same >new && { settle_attributes new || :; } && flush new && mv -f -T new "../$name"
    merged=$?
    rm -f new same
    close_nest
    if [ "$merged" = 0 ]; then
      grep -qxF "$path" "$here/merged" || { printf '%s\n' "$path" >>"$here/merged" && event merged "$path"; }
    else
      is_account_copy "$path" || leave "$path" "was edited since, and the edit overlaps ours: the original is $original"
    fi
    exit
  elif [ "$(kind_of "$original")" = absent ]; then
    leave "$path" "was changed since: there was nothing before us, remove it if nobody needs it"
  else
    leave "$path" "was changed since: the original is $original"
  fi
)

as_built() { # in restore: a file put together here is known by its hash, too
  [ "${after##*/}" = "$number" ] && built=$(hash_built "$number") && [ "$built" ] && [ ! -h "./$name" ] && [ -f "./$name" ] && [ "$(hash_of "./$name")" = "$built" ]
}
take_back() { # in restore: it is as we left it
  now=$(attributes_of "./$name")
  [ "$attributes" ] || attributes=$now
  case $(kind_of "$original"):$(kind_of "./$name") in
    absent:absent) ;;
    absent:directory) rmdir "./$name" 2>/dev/null || leave "$path" "holds things that are not ours" ;;
    absent:*) rm -f "./$name" ;;
    directory:directory) enter "$path" && settle_attributes . ;;
    *)
      open_nest "$number" || exit 1
      clone "$original" new || exit 1
      if [ "$now" != "$attributes" ] && [ "$now" != "$(attributes_of new)" ]; then
        set_attributes new $(printf '%s' "$now" | tr : '\t')
        leave "$path" "its mode or owner was changed since: that stays, its content is the original"
      fi
      [ -h new ] || flush new
      [ "$(kind_of "../$name")" != directory ] || rmdir "../$name"
      mv -f -T new "../$name" && close_nest
      ;;
  esac
}

settle_attributes() { # FILE: mode and owner back to the original's unless someone else set others since
  now=$(attributes_of "$1")
  wanted=$(attributes_of "$original")
  [ "$now" != "$wanted" ] || return 0
  [ "$attributes" = "" ] || [ "$now" = "$attributes" ] || { leave "$path" "its mode or owner was changed since: ${wanted} before us"; return 1; }
  set_attributes "$1" $(printf '%s' "$wanted" | tr : '\t') || return 1
  [ "$gnu" = "" ] || [ -d "$1" ] || cp --attributes-only --preserve=mode,ownership,xattr "$original" "$1" 2>/dev/null || :
}

restore_permissions() ( # NUMBER PATH ORIGINAL ATTRIBUTES AFTER
  path=$2 original=$3 attributes=$4
  case $(kind_of "$root$path"):$(kind_of "$original") in
    directory:directory) enter "$path" && settle_attributes . ;;
    file:file) enter "${path%/*}" && open_nest "$1" && ln "../${path##*/}" same && [ "$(kind_of same)" = file ] && {
      settle_attributes same
      result=$?
      rm -f same
      close_nest
      exit "$result"
    } ;;
    absent:*) leave "$path" "was removed since" ;;
    *) leave "$path" "is something else now" ;;
  esac
)

# Puts back what a command or a package left different at PATH: a file, or everything in a tree.
restore_tracked() { # NUMBER PATH COPY
  original=$here/originals/$3 after=$here/after/$3
  case $(kind_of "$original"):$(kind_of "$after") in
    directory:directory)
      [ -d "$root$2" ] && [ ! -h "$root$2" ] || { leave "$2" "was changed since: the original is $original"; return; }
      result=0
      entries=$(differing "$original" "$after")
      # Directories that went come back before what was in them, and those that came go after it.
      for entry in $entries; do
        [ ! -d "$original/$entry" ] || [ -h "$original/$entry" ] || [ -e "$root$2/$entry" ] || make_again "$2${entry#.}" "$original/$entry"
      done
      for entry in $(printf '%s\n' "$entries" | sort -r); do
        restore "$1" "$2${entry#.}" "$original/$entry" "$after/$entry" "$(attributes_of "$after/$entry")" || result=1
      done
      return "$result"
      ;;
    absent:directory) remove_tree "$@" ;;
    directory:absent) [ -e "$root$2" ] || put_tree "$@" || leave "$2" "could not be put back: the original is $original" ;;
    *) restore "$1" "$2" "$original" "$after" "$(attributes_of "$after")" ;;
  esac
}
make_again() ( # PATH ORIGINAL: a directory that went, empty, as it was
  directory=./${1##*/}
  enter "${1%/*}" && mkdir "$directory" && copy_attributes "$2" "$directory" && set_attributes "$directory" $(stat -c "%a$tab%u$tab%g" "$2")
)
remove_tree() ( # NUMBER PATH COPY: a tree that was not there before; with anything in it that is not ours it is kept, whole
  enter "${2%/*}" && [ -d "./${2##*/}" ] || exit 0
  if [ "$(listing "./${2##*/}")" = "$(listing "$here/after/$3")" ]; then rm -rf "./${2##*/}"; exit; fi
  where=$here/kept/$3
  while [ -e "$where" ]; do where=$where+; done
  mkdir -p "$here/kept" && mv -T "./${2##*/}" "$where" && event kept "$2" "$where"
)
put_tree() (enter "${2%/*}" && open_nest "$1" && cp -a "$here/originals/$3" new && mv -T new "../${2##*/}" && close_nest)

# Prints NOW with the step from LEFT to ORIGINAL applied to it.
merge() { # PATH NOW LEFT ORIGINAL
  case $newline$(IFS=' '; for name in $accounts; do printf '%s\n' "$name" "$name-"; done)$newline in
    *"$newline$1$newline"*) merge_accounts "${1##*/}" "$@" ;;
    *) command -v diff3 >/dev/null && diff3 -m "$2" "$3" "$4" ;;
  esac
}

# Account databases are records by name, not lines in order: another account that was added since is no conflict, nor is another
# member of the same group.
merge_accounts() { # NAME PATH NOW LEFT ORIGINAL
  awk -F: -v OFS=: -v members="$(case $1 in group*) echo 4 ;; gshadow*) echo 34 ;; esac)" '
    function conflict() { failed = 1; exit 1 }
    function list(now, left, original,   n, i, out, item) { # members that we added go, members that we removed come back
      out = ""
      n = split(now, item, ",")
      for (i = 1; i <= n; i++)
        if (index("," original ",", "," item[i] ",") || !index("," left ",", "," item[i] ",")) out = out (out == "" ? "" : ",") item[i]
      n = split(original, item, ",")
      for (i = 1; i <= n; i++)
        if (!index("," left ",", "," item[i] ",") && !index("," out ",", "," item[i] ",")) out = out (out == "" ? "" : ",") item[i]
      return out
    }
    function record(now, left, original,   n, i, a, b, c, out) {
      if (now == left) return original
      if (left == original || now == original) return now
      n = split(now, a, ":")
      if (now ~ /\n/ || split(left, b, ":") != n || split(original, c, ":") != n) conflict()
      for (i = 1; i <= n; i++) {
        if (a[i] == b[i]) a[i] = c[i]
        else if (b[i] == c[i] || a[i] == c[i]) continue
        else if (index(members, i)) a[i] = list(a[i], b[i], c[i])
        else conflict()
      }
      out = a[1]
      for (i = 2; i <= n; i++) out = out ":" a[i]
      return out
    }
    { file = FILENAME == ARGV[1] ? 1 : FILENAME == ARGV[2] ? 2 : 3 }
    { key = $1; if ((file, key) in text) text[file, key] = text[file, key] "\n" $0; else { text[file, key] = $0; order[file, ++count[file]] = key } }
    END {
      if (failed) exit 1
      for (i = 1; i <= count[3]; i++) {
        key = order[3, i]
        result = record(text[3, key], text[1, key], text[2, key])
        if (result != "") print result
      }
      for (i = 1; i <= count[2]; i++) {
        key = order[2, i]
        if (!((1, key) in text) && !((3, key) in text)) print text[2, key]
      }
    }' "$4" "$5" "$3"
}

take_back_change() { # NUMBER KIND STATE [ATTRIBUTES LEFT]
  case $2 in account | command) forget_secret "$1" ;; esac
  case $2 in
    account) [ "$3" = "done" ] || account_litter | grep -vxF -f originals/litter | while IFS= read -r path; do rm -f "$root$path"; done ;;
    package | removal)
      [ "$live" ] || { leave "package:$(words_of change "$1" | one_line)" "$([ "$2" = package ] && echo removing || echo installing) packages needs the running system: start it and undo again"; return 1; }
      [ "$3" = "done" ] || each_tracked keep_after "$1" "$2" # cut short: how it is now is how we left it
      each_tracked edited_since "$1" "$2" >"after/$1.edited"
      if [ "$2" = package ]; then uninstall "$1"; else bring_back "$1"; fi
      each_tracked rewritten_by_us "$1" "$2"
      ;;
  esac
  place_state=$3 attributes_left=${4-}
  each_tracked take_back_path "$1" "$2"
}
# Scripts of packages rewrite files in /etc on their way out as on their way in (passwd- and its kin, shells, caches): what
# nobody had edited before is then as we left it, whatever it holds.
edited_since() { # NUMBER PATH COPY: its entries that are no longer as the change left them
  if [ -d "$here/after/$3" ] && [ ! -h "$here/after/$3" ]; then differing "$here/after/$3" "$root$2" | sed "s|^|$3$tab|"
  else same "$here/after/$3" "$root$2" || printf '%s\t.\n' "$3"; fi
}
rewritten_by_us() { # NUMBER PATH COPY
  edited_since "$@" | while IFS= read -r line; do
    ! grep -qxF "$line" "after/$1.edited" || continue
    entry=${line#*"$tab"} now=$root$2${line#*"$tab."} copy=$here/after/$3${line#*"$tab."}
    if [ -d "$now" ] && [ ! -h "$now" ]; then
      [ -d "$copy" ] || { clear_away "$copy"; mkdir "$copy"; }
      set_attributes "$copy" $(stat -c "%a$tab%u$tab%g" "$now")
    else
      clear_away "$copy"
      [ ! -e "$now" ] && [ ! -h "$now" ] || [ ! -d "${copy%/*}" ] || clone "$now" "$copy"
    fi
  done
}
take_back_path() { # NUMBER PATH COPY KIND
  original=$here/originals/$3
  sweep_nest "$1" "$2"
  case $4 in
    permissions) restore_permissions "$1" "$2" "$original" "$attributes_left" ;;
    file) restore "$1" "$2" "$original" "$here/files/$1" "$attributes_left" ;;
    directory) restore "$1" "$2" "$original" "$here" "$attributes_left" ;;
    symlink) restore "$1" "$2" "$original" "$here/after/$3" ;;
    absent) restore "$1" "$2" "$original" "$here/nothing" ;;
    *)
      case $4 in package | removal) ;; *) [ "$place_state" = "done" ] || keep_after "$@" ;; esac # cut short: how it is now is how we left it
      restore_tracked "$1" "$2" "$3"
      ;;
  esac
}

# ------------------------------------------------------------------------------------------------------------- units

active() { case $(systemctl show -p ActiveState "$1" 2>/dev/null) in *=active | *=reloading | *=activating) ;; *) return 1 ;; esac; }
systemctl_within() { # UNIT VERB
  case $1 in ssh.* | sshd.* | ssh@* | sshd@*) separation_directory ;; esac
  limit=150
  timeout "$limit" systemctl --no-ask-password "$2" "$1" >output 2>&1 3<&- 4<&-
  code=$?
  cat output >>log
  return "$code"
}
unit_files_changed() { # of changes that began
  changes | grep -v "${tab}planned$tab" | while read -r number kind _; do
    case $kind in unit) ;; account | package | removal | command) echo "$kind" ;; *) tracked "$number" "$kind" ;; esac
  done | grep -E "/systemd/system(/|$)|^(account|package|removal|command)$" >/dev/null
}
reload_units_files() { [ "$systemd" = "" ] || ! unit_files_changed || timeout 150 systemctl daemon-reload >>log 2>&1; }

leftover_units() { systemctl list-units --all --state=active --plain --no-legend --no-pager --type=service,socket,timer,path 2>/dev/null | awk '$2 == "not-found" { print $1 }'; }
failed_units() { systemctl list-units --all --state=failed --plain --no-legend --no-pager 2>/dev/null | tr -s ' ' '\t'; }
# A unit whose file came with this transaction and went with it leaves nothing but a failure behind.
forget_failures() {
  # A daemon that its package does not stop on its way out goes on without a unit file.
  [ "$systemd" = "" ] || leftover_units | while read -r unit; do
    grep -qxF "$unit" originals/leftover 2>/dev/null || systemctl_within "$unit" stop
  done
  [ "$systemd" = "" ] || failed_units | while read -r unit loaded _; do
    [ "$loaded" != not-found ] || grep -q "^$unit$tab" originals/failed 2>/dev/null || systemctl reset-failed "$unit" >>log 2>&1
  done
}

set_unit() { # UNIT ACTION
  case $2 in
    active) active "$1" || systemctl_within "$1" start ;;
    inactive) ! active "$1" || systemctl_within "$1" stop ;;
    reloaded) ! active "$1" || systemctl_within "$1" reload ;;
    restarted) ! active "$1" || systemctl_within "$1" restart ;;
  esac
}
unit_event() { # UNIT ACTION RESULT
  [ "$3" != 0 ] || { event unit "$1" "$2" ok; return 0; }
  event unit "$1" "$2" failed
  event error "$1 could not be $2: $(why)"
  return 1
}
# Units that undo has to act on: NUMBER UNIT ACTION STATE-BEFORE of those that commit touched, last first.
# A boot in the middle starts every daemon on what was committed until then, also those that commit never came to.
booted_since() { awk -F'\t' -v now="$boot" '$1 == "boot" { then = $2 } END { if (then != "" && then != now) print "yes" }' journal; }
touched_units() {
  changes | awk -F'\t' -v booted="$(booted_since)" '
    $2 == "unit" && ($3 == "begin" || $3 == "done" || (booted && $3 == "planned")) { print $1 }' | sort -r | while read -r number; do
    printf '%s\t%s\t%s\n' "$number" "$(words_of change "$number")" "$(cat "originals/$number.unit")"
  done
}
# ------------------------------------------------------------------------------------------------------------- the timed revert

# systemd owns it, so it outlives the connection, this process and a reboot. Elsewhere a detached process waits, and cron knows
# about it at boot. The directories keep their times, as everything does that is put back later.
arm() {
  deadline=$(($(uptime) + seconds))
  if [ "$systemd" ]; then
    keep_time "$units" write_timer && keep_time "$units/timers.target.wants" ln -sf "../$timer.timer" "$units/timers.target.wants/$timer.timer" &&
      flush "$units/$timer.service" "$units/$timer.timer" "$units" "$units/timers.target.wants" || return 1
    start_timer || return 1
  else
    if [ "$live" ] && [ -d /etc/cron.d ]; then
      keep_time /etc/cron.d write_boot_hook || return 1
    fi
    detach=$(command -v setsid)
    (locked=; trap '' HUP; exec $detach /bin/sh "$here/runtime" undo --unconfirmed) </dev/null >/dev/null 2>&1 3<&- 4<&- &
  fi
  enter_state armed "$deadline" "$boot" && event armed "$seconds"
}
write_timer() {
  [ -d "$units/timers.target.wants" ] || { : >made-wants && mkdir -m 755 "$units/timers.target.wants"; } || return 1
  printf '%s\n' '[Unit]' "Description=Drawbridge takes back transaction $id unless it is confirmed" "RequiresMountsFor=$here" \
    '[Service]' 'Type=oneshot' 'TimeoutStartSec=infinity' "ExecStart=/bin/sh $here/runtime undo --unconfirmed" >"$units/$timer.service" &&
    printf '%s\n' '[Unit]' "Description=Drawbridge takes back transaction $id unless it is confirmed" \
      '[Timer]' "OnActiveSec=$seconds" 'AccuracySec=1s' >"$units/$timer.timer" && chmod 0644 "$units/$timer.service" "$units/$timer.timer"
}
write_boot_hook() { printf '@reboot root sleep %s; /bin/sh %s/runtime undo --unconfirmed\n' "$seconds" "$here" >"/etc/cron.d/$timer"; }
start_timer() { systemctl restart "$timer.timer" >>log 2>&1 || { systemctl daemon-reload && systemctl restart "$timer.timer"; } >>log 2>&1; }
keep_time() { # DIRECTORY COMMAND...
  time=$(stat -c %y "$1" 2>/dev/null)
  kept=$1
  shift
  "$@"
  result=$?
  [ "$time" = "" ] || touch -d "$time" "$kept" 2>/dev/null
  return "$result"
}
disarm() {
  if [ -e "$units/$timer.timer" ] || [ -e "$units/$timer.service" ] || [ -h "$units/timers.target.wants/$timer.timer" ]; then
    [ "$systemd" = "" ] || systemctl stop "$timer.timer" >>log 2>&1
    keep_time "$units/timers.target.wants" rm -f "$units/timers.target.wants/$timer.timer"
    keep_time "$units" rm -f "$units/$timer.timer" "$units/$timer.service"
    [ ! -e made-wants ] || keep_time "$units" rmdir "$units/timers.target.wants" 2>/dev/null
    [ "$systemd" = "" ] || timeout 150 systemctl daemon-reload >>log 2>&1
  fi
  [ ! -e "$root/etc/cron.d/$timer" ] || keep_time "$root/etc/cron.d" rm -f "$root/etc/cron.d/$timer"
}

seconds_left() { # until the revert; nothing when none is waiting
  journal_now=$(awk -F'\t' '$1 == "state" { now = $2; at = $3; boot = $4 } $1 == "state" && $2 == "armed" { armed_at = $3; armed_boot = $4 }
    END { if (now == "committing") { at = armed_at; boot = armed_boot } if (now ~ /^(armed|committing|pending)$/ && at != "") print at "\t" boot }' journal)
  [ "$journal_now" ] || return 0
  at=${journal_now%"$tab"*}
  if [ "${journal_now#*"$tab"}" != "$boot" ]; then
    at=0 # another boot: the timer started to count again with it
    [ "$systemd" ] && since=$(systemctl show -p ActiveEnterTimestampMonotonic "$timer.timer") && since=${since#*=} && [ "${since:-0}" != 0 ] && at=$((since / 1000000 + seconds))
  fi
  left=$((at - $(uptime)))
  [ "$left" -gt 0 ] || left=0
  printf '%s' "$left"
}

# ------------------------------------------------------------------------------------------------------------- stage

# Prints what is wrong with the manifest, if anything.
manifest_fault() {
  [ -f manifest ] || { echo "there is no manifest"; return; }
  [ "$(tr -dc '\000' <manifest | wc -c)" -eq 0 ] || { echo "the manifest holds a NUL"; return; }
  [ "$(tail -c 1 manifest)" = "" ] || { echo "the manifest is cut off: its last line has no end"; return; }
  awk -F'\t' -v id="$id" '
    function bad(text) { if (!fault) fault = "manifest line " NR ": " text; exit }
    function path(text) {
      if (text !~ /^\/[^\/]/ || text ~ /\/\// || text ~ /\/$/ || text ~ /\/\.\.?(\/|$)/) bad("not a plain absolute path: " text)
      if (text ~ /^\/(proc|sys|dev)(\/|$)/ || text ~ /^\/var\/lib\/drawbridge(\/|$)/) bad("nothing is changed in there: " text)
    }
    function hex(text) { return length(text) == 64 && text !~ /[^0-9a-f]/ }
    function access(mode, owner, group) {
      if (length(mode) != 4 || mode ~ /[^0-7]/) bad("not a mode of four octal digits: " mode)
      if ((owner != "\\e" && owner !~ /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/) || (group != "\\e" && group !~ /^[A-Za-z0-9_][A-Za-z0-9_.@-]*\$?$/)) bad("not an owner and a group: " owner " " group)
    }
    function words(from,   i, rest, name) {
      for (i = from; i <= NF; i++)
        for (rest = $i; match(rest, /@random\//);) {
          name = rest = substr(rest, RSTART + 8)
          sub(/[^a-z0-9-].*/, "", name)
          if (!(name in random)) bad("no such random text: " name)
        }
    }
    function number(text) { return text ~ /^(0|[1-9][0-9]*)$/ && length(text) <= 10 }
    function fields(n) { if (NF != n) bad($1 " has " NF " fields instead of " n) }
    NR == 1 { if ($0 != "drawbridge\t1") bad("this is not a manifest of version 1"); next }
    ended { bad("something follows the end") }
    { for (i = 1; i <= NF; i++) if ($i == "") bad("field " i " is empty") }
    $1 == "id" { fields(2); if ($2 != id) bad("it is for transaction " $2 ", and this is " id); ids++; next }
    $1 == "plan" { fields(2); if (!hex($2)) bad("not a hash: " $2); plans++; next }
    $1 == "machine" { fields(2); machines++; next }
    $1 == "confirm" { fields(2); if ($2 ~ /[^0-9]/ || length($2) > 6) bad("not a number of seconds: " $2); confirms++; next }
    $1 == "require" { fields(3); path($2); if (hex($3)) required[$2]; else if ($3 !~ /^(absent|directory|symlink:.+)$/) bad("not a state: " $3); next }
    $1 == "random" {
      fields(3)
      if ($2 !~ /^[a-z0-9][a-z0-9-]*$/ || length($2) > 64 || $2 in random) bad("not a new name: " $2)
      if (!number($3) || $3 < 12 || $3 > 768) bad("not a number of bytes from 12 to 768: " $3)
      random[$2]
      next
    }
    $1 == "settle" { fields(2); if (!number($2) || $2 < 1 || $2 > 3600) bad("not a number of seconds from 1 to 3600: " $2); settles++; next }
    $1 == "health" {
      if (NF < 4 || length($2) != 2 || $2 ~ /[^0-9]/) bad("not a numbered health check")
      if ($3 == "what") { fields(4); if ($2 in what) bad("health check " $2 " comes twice"); what[$2]; unasked[$2]; next }
      if (!($2 in what)) bad("health check " $2 " has no words")
      if ($3 == "journal") { fields(4); if ($4 !~ /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*\.[a-z]+$/) bad("not a unit: " $4); next }
      if ($3 !~ /^(before|after)$/ || ($2, $3) in health) bad("not something about a health check: " $3)
      health[$2, $3]
      if ($3 == "before") delete unasked[$2]
      if ($4 == "unit") { fields(5); if ($5 !~ /^[A-Za-z0-9:_.@\\][A-Za-z0-9:_.@\\-]*\.[a-z]+$/) bad("not a unit: " $5) }
      else if ($4 == "port") { fields(6); if ($5 ~ /[^0-9A-Za-z.:*%_-]/ || !number($6) || $6 < 1 || $6 > 65535) bad("not an address and a port: " $5 " " $6) }
      else if ($4 == "http") { fields(5); if ($5 !~ /^https?:\/\/[][A-Za-z0-9._:-]+(\/[!-~]*)?$/) bad("not a plain address: " $5) }
      else bad("no such health check: " $4)
      next
    }
    $1 == "check" || $1 == "verify" { if (NF < 2) bad($1 " without a command"); words(2); next }
    $1 == "change" {
      if (NF < 4 || length($2) != 4 || $2 ~ /[^0-9]/) bad("not a numbered change")
      if ($2 <= last) bad("change " $2 " comes after " last)
      last = $2; kind[$2] = $3
      if ($3 == "file") {
        fields(8); path($4); access($5, $6, $7)
        if ($8 == "parts") { kind[$2] = "parts"; partless[$2] } else if (!hex($8)) bad("not a hash: " $8)
      }
      else if ($3 == "directory" || $3 == "permissions") { fields(7); path($4); access($5, $6, $7) }
      else if ($3 == "absent") { fields(4); path($4) }
      else if ($3 == "symlink") { fields(5); path($4); if ($5 == "\\e") bad("a link to nothing") }
      else if ($3 == "package" || $3 == "removal") { for (i = 4; i <= NF; i++) if ($i !~ /^[A-Za-z0-9][A-Za-z0-9+._:-]*$/) bad("not a package: " $i) }
      else if ($3 == "unit") {
        fields(5)
        if ($4 !~ /^[A-Za-z0-9:_.@\\-]+\.[a-z]+$/ || $4 ~ /^-/) bad("not a unit: " $4)
        if ($5 !~ /^(active|inactive|reloaded|restarted)$/) bad("not a state of a unit: " $5)
        if ($4 in unit) bad("the unit " $4 " appears twice")
        unit[$4]
      }
      else if ($3 == "account" || $3 == "command") words(4)
      else bad("no such change: " $3)
      next
    }
    $1 == "part" {
      if (NF < 4 || kind[$2] != "parts") bad("a part belongs to no file before it that is made of parts")
      if ($3 == "text") { fields(5); if ($4 ~ /\// || $4 ~ /^\./) bad("not a file name: " $4); if (!hex($5)) bad("not a hash: " $5) }
      else if ($3 == "random") { fields(4); if (!($4 in random)) bad("no such random text: " $4) }
      else if ($3 == "slice") {
        fields(6); path($4)
        if (!($4 in required)) bad("nothing says what " $4 " must hold before it is cut")
        if (!number($5) || !number($6) || $6 < 1) bad("not a place in a file: " $5 " " $6)
      }
      else bad("no such part: " $3)
      delete partless[$2]
      next
    }
    $1 == "encrypted" {
      fields(3)
      if (kind[$2] != "parts" || $2 in encrypted) bad("a name of a credential belongs to one file before it that is made of parts")
      if ($3 !~ /^[A-Za-z0-9_][A-Za-z0-9._-]*$/) bad("not a name of a credential: " $3)
      encrypted[$2]
      next
    }
    $1 == "touches" || $1 == "inverse" || $1 == "stdin" {
      if (NF < 3 || kind[$2] !~ /^(account|command)$/) bad($1 " belongs to no command or account change before it")
      if ($1 == "touches") { fields(3); path($3) }
      if ($1 == "inverse") words(3)
      if ($1 == "stdin") { fields(3); if ($3 ~ /\// || $3 ~ /^\./) bad("not a file name: " $3) }
      next
    }
    $1 == "end" { fields(2); if ($2 != NR - 1) bad("lines are missing: it says " $2 ", there are " NR - 1); ended = 1; next }
    { bad("no such word: " $1) }
    END {
      if (!fault && !ended) fault = "the manifest is cut off: it has no end line"
      for (number_of in partless) if (!fault) fault = "change " number_of " is made of parts and has none"
      for (number_of in unasked) if (!fault) fault = "health check " number_of " asks nothing"
      for (number_of in what) if (!fault && settles != 1) fault = "health checks need settle, once"
      if (!fault && (ids != 1 || plans != 1 || machines != 1 || confirms != 1)) fault = "the manifest needs id, plan, machine and confirm, each once"
      if (fault) print fault
    }' manifest
}
manifest_hash() { hash_of manifest; }
sealed() { awk -F'\t' '$1 == "state" && $2 == "staged" { print $3; exit }' journal 2>/dev/null; }

staged_files_fault() {
  lines change | while read -r _ number kind path _ _ _ hash; do
    [ "$kind" = file ] && [ "$hash" != parts ] || continue
    [ "$(hash_of "files/$number" 2>/dev/null)" = "$hash" ] || { echo "files/$number for $path is not what the plan says"; break; }
  done
  lines part | while read -r _ _ sort name hash _; do
    [ "$sort" = text ] || continue
    [ "$(hash_of "files/$name" 2>/dev/null)" = "$hash" ] || { echo "files/$name is not what the plan says"; break; }
  done
  [ -f canary ] || ! grep -q "^health$tab" manifest || echo "canary is missing"
  lines stdin | while read -r _ number name; do [ -f "files/$name" ] || { echo "files/$name is missing"; break; }; done
}

requirement_fault() {
  lines require | while read -r _ path wanted; do
    case $(kind_of "$root$path") in
      symlink) now=symlink:$(readlink "$root$path") ;;
      file) now=$(hash_of "$root$path") ;;
      *) now=$(kind_of "$root$path") ;;
    esac
    [ "$now" = "$wanted" ] || { echo "$path changed since the plan was made: make a new plan"; break; }
  done
}

# A change that cannot be made, said before anything is made. "promised" are places that earlier changes bring.
place_fault() {
  promised=$newline
  lines 'change\|touches' | while read -r word number kind path rest; do
    case $word:$kind in
      touches:*) promised=$promised$kind$newline; continue ;;
      *:package) promised=$promised/$newline; continue ;;
      *:account | *:command | *:unit | *:removal) continue ;;
    esac
    now=$(kind_of "$root$path")
    if [ ! -d "$root${path%/*}/" ]; then
      is_promised "${path%/*}" || { echo "the directory ${path%/*} does not exist, and nothing in the plan makes it"; break; }
    elif ! (enter "${path%/*}"); then
      echo "$path is reached through a symbolic link that others could change: name the real path"
      break
    fi
    case $kind:$now in
      file:file | file:absent | symlink:file | symlink:symlink | symlink:absent | absent:file | absent:symlink | absent:absent | directory:directory | directory:absent | permissions:file | permissions:directory) ;;
      permissions:absent) is_promised "$path" || { echo "$path does not exist"; break; } ;;
      file:symlink) grep -q "^require$tab$(printf '%s' "$path" | sed 's/[][\\.*^$]/\\&/g')${tab}symlink:" manifest || { echo "$path is a symbolic link where a file was expected"; break; } ;;
      *) echo "$path is a $now: it cannot become the $kind of the plan"; break ;;
    esac
    case $kind:$now in file:file | permissions:file)
      [ "$(stat -c %h "$root$path")" = 1 ] || { echo "$path has several hard links: changing it would change or split the others"; break; } ;;
    esac
    promised=$promised$path$newline
  done
}
is_promised() ( # PATH: it or a directory above it is brought by an earlier change; a package may bring anything
  up=$1
  case $promised in *"$newline/$newline"*) exit 0 ;; esac
  while [ "$up" ]; do
    case $promised in *"$newline$up$newline"*) exit 0 ;; esac
    up=${up%/*}
  done
  exit 1
)

# An owner that nobody knows, said before anything is made. Packages may bring accounts; account changes and commands name theirs.
owner_fault() {
  named=$tab
  lines change | while read -r _ number kind path _ owner group _; do
    case $kind in
      package) break ;;
      account | command) named=$named$(words_of change "$number")$tab; continue ;;
      file | directory | permissions) ;;
      *) continue ;;
    esac
    for pair in "passwd$tab$owner" "group$tab$group"; do
      set -- $pair
      [ "$2" != '\e' ] && [ "$(id_of "$@")" = "" ] || continue
      case $named in *"$tab$2$tab"*) continue ;; esac
      what=account
      [ "$1" = passwd ] || what=group
      echo "$path is to belong to the $what $2, which does not exist here and nothing in the plan makes: plan it together with the control that does"
      exit
    done
  done
}

# Writes each new file in full where it will be needed, and takes it away again: finds a read-only or full disk now.
writing_fault() {
  lines change | while read -r _ number kind path rest; do
    case $kind in unit | command) continue ;; account | package | removal) path=/etc/passwd ;; esac
    [ -d "$root${path%/*}/" ] || continue
    trouble=$( (enter "${path%/*}" && open_nest "$number" && { [ "$kind" != file ] || { cat "$here/files/$number" >new && flush new && rm -f new; }; } && close_nest) 2>&1) ||
      { sweep_nest "$number" "$path"; echo "cannot write in ${path%/*}: $(printf '%s' "$trouble" | sed 's/.*: //' | one_line)"; break; }
  done
}

stage() {
  alone
  case $(state) in unstaged | staged) ;; *) refuse 3 "this transaction is $(state): make a new plan" ;; esac
  refuse_when 2 "$(staged_files_fault)"
  refuse_machine
  refuse_company
  refuse_when 3 "$(requirement_fault)"
  rm -rf originals after journal baseline packages
  mkdir originals after || refuse 3 "$here cannot be written: is the disk full or read-only?"
  unstage_when "$(place_fault)"
  unstage_when "$(owner_fault)"
  unstage_when "$(build_files | awk 'NR == 1')"
  watched_directories >originals/watched && directory_times >originals/times
  [ "$systemd" = "" ] || { failed_units >originals/failed; leftover_units >originals/leftover; }
  account_litter >originals/litter
  entries_left >originals/entries
  changes | while read -r number kind _; do
    each_tracked keep_original "$number" "$kind" 2>output || { echo "the originals of change $number could not be kept: $(one_line <output)"; break; }
    case $kind in
      symlink) target=$(words_of change "$number"); ln -s "${target#*"$tab"}" "after/$number.1" ;;
      unit) if [ "$systemd" ] && active "$(first_of "$number")"; then echo active; else echo inactive; fi >"originals/$number.unit" ;;
      removal) [ "$live" = "" ] || { packages >"originals/$number.packages"; obstacle=$(can_remove "$number" $(words_of change "$number")); [ "$obstacle" = "" ] || { echo "$obstacle"; break; }; } ;;
      package) [ "$live" = "" ] || { packages >"originals/$number.packages"; can_install $(words_of change "$number") || { echo "$(spaced $(words_of change "$number")) cannot be installed: $(why)"; break; }; } ;;
    esac
  done >fault
  unstage_when "$(cat fault)"
  dd if=/dev/zero of=reserve bs=1024 count=256 2>output || unstage_when "the disk is full: $(one_line <output)"
  fault=$(writing_fault)
  cut -f1,3 originals/times >originals/ours && put_back_directory_times
  rm -f originals/ours
  unstage_when "$fault"
  lines check | while read -r _ words; do
    if [ "$live" = "" ]; then event check skipped "$(called $words)"; continue; fi
    if run 60 /dev/null $words; then event check ok "$(called $words)"; else
      event check failed "$(called $words)"
      printf '%s\n' "$(called $words): $(why)" >fault
      break
    fi
  done
  unstage_when "$(cat fault)"
  rm -f fault
  built_files | while read -r number _; do note built "$number" "$(hash_of "files/$number")"; done
  sync -f "$here/manifest" 2>/dev/null || sync
  enter_state staged "$(manifest_hash)" || refuse 3 "the journal cannot be written: is the disk full?"
}
refuse_when() { [ "$2" = "" ] || refuse "$1" "$2"; }
unstage_when() {
  [ "$1" ] || return 0
  forget_built
  rm -rf originals after reserve fault packages
  refuse 3 "$1"
}
refuse_machine() {
  wanted=$(lines machine | cut -f2)
  [ "$wanted" = '\e' ] || [ "$wanted" = "$(cat "$root/etc/machine-id" 2>/dev/null)" ] || refuse 3 "this is not the machine that the plan was made for: make a new plan"
}

# ------------------------------------------------------------------------------------------------------------- commit

commit() {
  alone
  case $(state) in
    staged | armed) ;;
    unstaged) refuse 3 "it is not staged yet" ;;
    committing | reverting) refuse 3 "it was interrupted before: resume or undo it" ;;
    *) refuse 3 "it is $(state) already" ;;
  esac
  refuse_machine
  refuse_company
  refuse_when 3 "$(requirement_fault)"
  refuse_when 3 "$(built_fault)"
  refuse_when 3 "$(changes | while read -r number kind _; do each_tracked moved_on "$number" "$kind"; done | head -n 1)"
  [ "$seconds" = 0 ] || [ "$(state)" = armed ] || arm || { disarm; refuse 3 "the timed revert could not be armed: $(tail -n 1 log | one_line)"; }
  note boot "$boot"
  enter_state committing || refuse 3 "the journal cannot be written: is the disk full?"
  carry_on
}
moved_on() { # NUMBER PATH COPY KIND
  case $4 in account | command | package | removal | permissions | directory) return ;; esac
  # A path that an earlier change brings differs by then, not now: at this point all are as they were staged.
  same "$root$2" "originals/$3" || echo "$2 changed since it was staged: make a new plan"
}

carry_on() {
  end_orphan
  if grep -q "^health$tab" manifest; then
    # shellcheck source=templates/transaction/canary.sh
    . "$here/canary"
    take_baseline || { event error "what answers now cannot be noted: is the disk full?"; revert_failure; }
  fi
  while read -r change kind progress _ <&5; do
    [ "$change" ] && [ "$kind" != unit ] && [ "$progress" != "done" ] || continue
    make_change "$change" "$kind" "$progress" || revert_failure
  done 5<<CHANGES
$(changes)
CHANGES
  while read -r _ words <&5; do
    [ "$words" ] || continue
    if [ "$live" = "" ]; then event verify skipped "$(called $words)"; continue; fi
    if run 60 /dev/null $words; then event verify ok "$(called $words)"; else
      event verify failed "$(called $words): $(why)"
      revert_failure
    fi
  done 5<<VERIFY
$(lines verify)
VERIFY
  reload_units_files || { event error "systemd did not take the new unit files: $(tail -n 1 log | one_line)"; revert_failure; }
  while read -r change kind progress _ <&5; do
    [ "$kind" = unit ] && [ "$progress" != "done" ] || continue
    set -- $(words_of change "$change")
    if [ "$systemd" = "" ]; then event unit "$1" "$2" skipped; continue; fi
    journal begin "$change" || revert_failure
    event change "$change" begin
    set_unit "$1" "$2"
    unit_event "$1" "$2" "$?" || { event change "$change" failed; revert_failure; }
    note "done" "$change"
    event change "$change" "done"
  done 5<<UNITS
$(changes)
UNITS
  [ ! -e baseline ] || answers_as_before || revert_failure
  ! brings_packages || entries_left >after/entries
  directory_times >after/times
  flush after/times journal $(sed "s|^|$root|" originals/watched | while IFS= read -r path; do [ ! -d "$path" ] || printf '%s\n' "$path"; done)
  if [ "$seconds" = 0 ]; then enter_state confirmed; else
    # The moment is a process's own start time, so it compares with those of login sessions on any clock.
    enter_state pending "$(($(uptime) + seconds))" "$boot" "$(sh -c 'cat /proc/$$/stat' | sed 's/.*) //' | cut -d' ' -f20)"
  fi || revert_failure
  forget_random
}

make_change() { # NUMBER KIND PROGRESS
  case $2:$live in account: | command: | package: | removal:) event change "$1" skipped; return 0 ;; esac
  if [ "$3" = planned ]; then
    each_tracked freshen_original "$1" "$2" 2>output || { event error "the originals of change $1 could not be kept: $(one_line <output)"; return 1; }
    case $2 in package | removal) packages >"originals/$1.packages" || return 1 ;; esac
  else
    case $2 in
      account | command) take_back_change "$1" "$2" begin || return 1 ;;
      package | removal) ! command -v dpkg >/dev/null || dpkg_only --configure -a ;;
      *) each_tracked sweep_tracked "$1" "$2" ;;
    esac
  fi
  trouble=''
  journal begin "$1" || { event error "the journal cannot be written: is the disk full?"; return 1; }
  event change "$1" begin
  case $2 in
    account | command | package | removal) apply "$1" "$2" || trouble=$(why) ;;
    *) if trouble=$(apply "$1" "$2" 2>&1); then trouble=''; else trouble="$trouble "; fi ;; # not by way of a file: the disk may be full
  esac
  if [ "$trouble" ]; then
    event change "$1" failed
    event error "change $1 ($2 $(first_of "$1")): $(printf '%s' "$trouble" | one_line)"
    return 1
  fi
  case $2 in account | command | package | removal)
    each_tracked keep_after "$1" "$2" || return 1
    sync -f "$here/after" 2>/dev/null || sync
    note "done" "$1"
    ;;
  *) note "done" "$1" "$(attributes_of "$root$(first_of "$1")")" ;;
  esac
  event change "$1" "done"
}
sweep_tracked() { sweep_nest "$1" "$2" || :; }

revert_failure() {
  undo_all
  result=$?
  ! command -v answers_again >/dev/null || answers_again
  case $result in 0) exit 4 ;; *) exit 5 ;; esac
}

# ------------------------------------------------------------------------------------------------------------- undo, resume, confirm

# Once the files are back, and before packages go: what an inverse command runs may have come with one.
run_inverses() {
  changes | grep "${tab}restored$tab" | sort -r | while read -r number _; do
    words_of inverse "$number" | while IFS= read -r words; do
      if [ "$live" = "" ]; then event skipped "$(spaced $words)" "it needs the running system"; else
        run 300 /dev/null $words || leave "command:$(spaced $words)" "$(why)"
      fi
    done
    note undone "$number"
  done
}
undo_all() {
  rm -f reserve # room for the journal and the restored files on a full disk
  [ "$(state)" = reverting ] || enter_state reverting || { event error "the journal cannot be written: is the disk read-only?"; return 5; }
  : >merged
  end_orphan
  judge_directory_times
  doomed=$(changes | while read -r number kind progress _; do
    case $kind:$progress in account:done | account:begin | command:done | command:begin) each_tracked created_tree "$number" "$kind" ;; esac
  done)
  [ "$systemd" = "" ] || touched_units | while read -r number unit action before; do
    [ "$action:$before" = active:inactive ] && active "$unit" || continue
    systemctl_within "$unit" stop
    unit_event "$unit" inactive "$?" || leave "unit:$unit" "could not be stopped"
  done
  inverses=$(lines inverse | cut -f2)
  changes | sort -r | while read -r number kind progress attributes; do
    case $kind:$progress in unit:* | *:planned | *:restored | *:undone) continue ;; esac
    [ "$kind" != package ] || run_inverses
    if take_back_change "$number" "$kind" "$progress" "$attributes" 2>trouble; then
      case $newline$inverses$newline in *"$newline$number$newline"*) note restored "$number" ;; *) note undone "$number" ;; esac
      event change "$number" undone
    else
      [ ! -s trouble ] || event error "change $number: $(one_line <trouble)"
      journal_has_left || leave "change:$number" "could not be taken back"
    fi
  done
  reload_units_files
  forget_failures
  [ "$systemd" = "" ] || touched_units | while read -r number unit action before; do
    undo_unit "$unit" "$action" "$before" || continue
    journal_has_left || note undone "$number" # with something left, the next undo has to reload again
    event change "$number" undone
  done
  run_inverses
  [ "$live" = "" ] || ! brings_packages || put_aside_left
  put_back_directory_times
  flush journal # before the revert that would go on after a power cut is disarmed
  disarm
  if journal_has_left; then
    enter_state failed
    return 5
  fi
  enter_state reverted || return 5
  forget_built
}
journal_has_left() { awk -F'\t' '$1 == "state" { left = 0 } $1 == "left" { left++ } END { exit !left }' journal; }
created_tree() { # NUMBER PATH COPY
  [ -e "originals/$3" ] || [ -h "originals/$3" ] || [ ! -d "$root$2" ] || printf '%s\n' "$2"
}
undo_unit() { # UNIT ACTION BEFORE
  case $2:$3 in
    inactive:active) active "$1" || systemctl_within "$1" start ;;
    active:* | inactive:*) return 0 ;;
    *)
      active "$1" || [ "$3" = active ] || return 0
      # What broke under the change may have used up its restarts, or lies there failed: it worked before, so it starts again.
      active "$1" && [ "$2" = reloaded ] || systemctl reset-failed "$1" >>log 2>&1
      case $1 in ssh.service | sshd.service)
        # A reload into a broken configuration would end the daemon; it goes on with what it has, which can be logged in to.
        ! command -v sshd >/dev/null || run 60 /dev/null sshd -t || { leave "unit:$1" "not reloaded, its configuration is refused: $(why)"; return; }
        ;;
      esac
      if [ "$2" = reloaded ] && active "$1"; then systemctl_within "$1" reload; else systemctl_within "$1" restart; fi
      ;;
  esac
  unit_event "$1" "$2" "$?" || leave "unit:$1" "$(why)"
}

undo() {
  if [ "${1-}" = --unconfirmed ]; then wait_unconfirmed; else alone; fi
  case $(state) in
    unstaged) clean_stage; forget_built; event state reverted; return 0 ;;
    reverted) forget_built; event state reverted; return 0 ;;
  esac
  case $(state) in confirmed | failed) refuse_company ;; esac
  undo_all
}
# A stage that was killed may have left what it tried writing with.
clean_stage() {
  [ -e originals/times ] || return 0
  judge_directory_times
  changes | while read -r number kind _; do
    case $kind in account | package | removal) sweep_nest "$number" /etc/passwd ;; command | unit) ;; *) each_tracked sweep_tracked "$number" "$kind" ;; esac
  done
  put_back_directory_times
}
# The timer calls this. A commit that still works is waited for; the count-down is that of the journal.
wait_unconfirmed() {
  while :; do
    case $(state) in armed | committing | pending | reverting) ;; *) exit 0 ;; esac
    left=$(seconds_left)
    if [ "${left:-0}" -le 0 ] && take_lock; then
      left=$(seconds_left)
      [ "${left:-0}" -gt 0 ] || break
      release_lock
    fi
    sleep 1
  done
  case $(state) in armed | committing | pending | reverting) ;; *) exit 0 ;; esac
}

resume() {
  alone
  case $(state) in
    committing)
      refuse_when 3 "$(built_fault)"
      [ "$seconds" = 0 ] || arm || refuse 3 "the timed revert could not be armed again: drawbridge undo $id"
      enter_state committing
      carry_on
      ;;
    reverting | failed) undo_all ;;
    armed) refuse_when 3 "$(built_fault)" && enter_state committing && carry_on ;;
    pending | confirmed | reverted) event state "$(state)" ;;
    *) refuse 3 "it is $(state): there is nothing to resume" ;;
  esac
}

confirm() {
  alone
  case $(state) in
    pending) ;;
    confirmed) disarm; forget_random; event state confirmed; return 0 ;;
    *) refuse 3 "it is $(state): there is nothing to confirm" ;;
  esac
  [ "$root" ] || new_login || refuse 3 "this login is older than the change and proves nothing: log in afresh (no multiplexed ssh, no tmux or screen) and confirm there"
  enter_state confirmed || refuse 3 "the journal cannot be written: is the disk full?"
  disarm
  forget_random
}
# Whether this process came out of a login that began after the change was in force. Of sshd it is the connection's own process
# that counts, the nearest one above us; under login(1), which getty started long ago, it is the shell below it.
new_login() (
  pending=$(awk -F'\t' '$1 == "state" && $2 == "pending" { boot = $4; ticks = $5 } END { print boot; print ticks }' journal)
  set -- $pending
  process=$$ below=
  while [ "$process" -gt 1 ]; do
    case $(name_of "$process") in
      sshd | sshd-session | dropbear | cockpit-session) login=$(start_of "$process") ;;
      login) login=$(start_of "$below") ;;
      *) below=$process process=$(parent_of "$process") || exit 1; continue ;;
    esac
    [ "$1" != "$boot" ] || [ "$login" -gt "$2" ]
    exit
  done
  exit 1
)

status() {
  now=$(state)
  printf 'id\t%s\nstate\t%s\n' "$id" "$now"
  started=$(awk -F'\t' '$1 == "state" && $2 == "staged" { print $NF; exit }' journal 2>/dev/null)
  printf 'started\t%s\n' "${started:-\e}"
  holder=$(readlink "$lock") && holder_lives "$holder" && [ "${holder%%:*}" = "$id" ] && printf 'running\t%s\n' "$(printf '%s' "$holder" | cut -d: -f2)"
  left=$(seconds_left 2>/dev/null)
  [ "$left" = "" ] || printf 'seconds-left\t%s\n' "$left"
  changes 2>/dev/null | while read -r number kind progress _; do
    case $kind in account | command | package | removal | unit) what=$(words_of change "$number" | tr '\t' ' ') ;; *) what=$(first_of "$number") ;; esac
    printf 'change\t%s\t%s\t%s\t%s\n' "$number" "$progress" "$kind" "$what"
  done
  awk -F'\t' '$1 == "state" && $2 == "reverting" { n = 0 } $1 == "left" { line[++n] = $0 } END { for (i = 1; i <= n; i++) print line[i] }' journal 2>/dev/null
}

# ------------------------------------------------------------------------------------------------------------- where we are

# A hang-up, Ctrl-C or a reader that went away must not stop a change halfway.
case ${1-} in status) ;; *) trap '' HUP INT QUIT TSTP; trap : PIPE ;; esac

here=.
case $0 in */*) here=${0%/*} ;; esac
here=$(cd "${here:-/}/" && pwd) || refuse 2 "cannot reach the directory of $0"
case $here in */var/lib/drawbridge/transactions/*) ;; *) refuse 2 "a transaction lives in /var/lib/drawbridge/transactions/ID: $here is elsewhere" ;; esac
id=${here##*/}
case $id in *[!0-9a-z-]*) refuse 2 "not the id of a transaction: $id" ;; esac
root=${here%/var/lib/drawbridge/transactions/*}
[ "$root" = "" ] || root=$(cd -P "$root" && pwd -P)
here=$root/var/lib/drawbridge/transactions/$id
cd "$here" || refuse 2 "cannot reach $here"
uid=$(id -u)
[ "$root" ] || [ "$uid" = 0 ] || refuse 2 "this needs root"
[ "$(stat -c %u .)" = "$uid" ] || refuse 2 "$here belongs to someone else"

lock=$root/var/lib/drawbridge/lock
units=$root/etc/systemd/system
timer=drawbridge-revert-$id
[ -r /proc/sys/kernel/random/boot_id ] && read -r boot </proc/sys/kernel/random/boot_id || boot=unknown
case $(cp --version 2>/dev/null) in *GNU*) gnu=yes ;; *) gnu='' ;; esac
# In a chroot nothing that runs is ours to ask: / is not the first process's root there.
live=yes systemd=yes
[ "$root" = "" ] || live=''
[ ! -r /proc/1/root/. ] || [ "$(stat -L -c %d:%i /proc/1/root/.)" = "$(stat -L -c %d:%i /)" ] || live=''
[ "$live" ] && [ -d /run/systemd/system ] || systemd=''

fault=$(manifest_fault)
[ "$fault" = "" ] || [ "${1-}" = status ] || refuse 2 "$fault"
seconds=$(lines confirm 2>/dev/null | cut -f2)
case ${1-} in stage | status) ;; *)
  seal=$(sealed)
  [ "$seal" = "" ] || [ "$seal" = "$(manifest_hash)" ] || refuse 2 "the manifest is not the one that was staged"
  ;;
esac

case $#:${1-} in
  1:stage | 1:commit | 1:confirm | 1:undo | 1:resume | 1:status) "$1" ;;
  2:undo) [ "$2" = --unconfirmed ] || refuse 2 "unknown option: $2"; undo "$2" ;;
  1:arm)
    alone
    [ "$(state)" = staged ] || refuse 3 "it is $(state), not staged"
    [ "$seconds" = 0 ] || arm || refuse 3 "the timed revert could not be armed"
    ;;
  *) refuse 2 "usage: sh runtime stage|commit|confirm|undo [--unconfirmed]|resume|status|arm" ;;
esac
