# The same as handshakes.pl, for machines with neither Perl nor Python: bash with /dev/tcp, head, od and timeout. One target after
# another in the background, one handshake at a time within it.
trap "" PIPE
began=$SECONDS
declare -A drop record head middle extensions groups suites
order=() children=0
size() { printf "%0$2x" $((${#1} / 2)); }
sized() { size "$1" "$2"; printf %s "$1"; }
four() { local text=$1; while [ -n "$text" ]; do printf "%s " "${text:0:4}"; text=${text:4}; done; }
# hello NAME SUITES GROUPS SNI: the record as hex.
compose() {
  local all=${extensions[$1]} body
  if [ "${record[$1]}" != 0300 ]; then
    all=$4$all
    [ -n "$3" ] && all=${all}000a$(sized "$(sized "$3" 4)" 4)
    all=$(sized "$all" 4)
  fi
  body=${head[$1]}$(sized "$2" 4)${middle[$1]}$all
  body=01$(sized "$body" 6)
  printf %s "16${record[$1]}$(sized "$body" 4)"
}
# Reads as much as asked from descriptor 3, as hex.
take() { timeout "$limit" head -c "$1" <&3 2>/dev/null | od -An -v -tx1 | tr -d " \n"; }
# ask NAME SUITES GROUPS SNI: sets state, answer, shake.
ask() {
  local bytes next length payload
  state=refused answer="" shake=""
  { exec 3<>"/dev/tcp/$address/$port"; } 2>/dev/null || return
  if [ "$1" = first ] && [ "$wait" != 0 ]; then
    if IFS= read -r -t "0.$wait" -n 40 next <&3 || [ -n "$next" ]; then
      state=spoke answer=$(printf %s "$next" | od -An -v -tx1 | tr -d " \n"); exec 3>&-; return
    fi
  fi
  bytes=$(compose "$@")
  { printf "$(printf %s "$bytes" | sed "s/../\\\\x&/g")" >&3; } 2>/dev/null
  state=closed
  while [ ${#answer} -lt 131072 ]; do
    next=$(take 5); answer=$answer$next
    [ ${#next} -eq 10 ] || break
    case $next in 1[56]03*) ;; *) state=done; answer=$answer$(timeout 0.2 head -c 60 <&3 2>/dev/null | od -An -v -tx1 | tr -d " \n"); break ;; esac
    length=$((16#${next:6:4})); [ "$length" -le 18432 ] || { state=done; break; }
    payload=$(take "$length"); answer=$answer$payload
    [ ${#payload} -eq $((length * 2)) ] || break
    case $next in
      1503*) [ "$payload" = 0170 ] || { state=done; break; } ;;
      *) shake=$shake$payload
        case $payload in *0e000000) state=done; break ;; esac
        case ${shake:12:64} in cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c) state=done; break ;; esac ;;
    esac
  done
  exec 3>&-
}
survey() {
  local pass name left chosen skip four_left
  ask first "${suites[first]}" "${groups[first]}" ""
  case $answer in 1503????0002??28* | 1503????0002??50* | 1503????0002??70*)
    if [ -n "$sni" ]; then named=$sni; ask first "${suites[first]}" "${groups[first]}" "$sni"; fi ;; esac
  printf "%s\t%s\t%s\t%s\n" "$id" first "$state" "${answer:0:8192}"
  case $answer in 1[56]03*) ;; *) return ;; esac
  # One handshake of each first: what is left out when time is short are suites, not protocols.
  for pass in 1 2; do for name in "${order[@]}"; do
    local suites_left=${suites[$name]} groups_left=${groups[$name]} round=0
    while [ $((SECONDS - began)) -lt 10 ] && [ "$round" -lt 150 ]; do
      ask "$name" "$suites_left" "$groups_left" "$named"
      printf "%s\t%s\t%s\t%s\n" "$id" "$name" "$state" "${answer:0:65536}"
      [ "$state" = done ] && [ "${shake:0:2}" = 02 ] && [ "${drop[$name]}" != once ] && [ "$pass" = 2 ] || break
      skip=$((78 + 2 * 16#${shake:76:2})); chosen=${shake:$skip:4}
      # A HelloRetryRequest names its group behind the extension key_share; a lower version than asked for ends it.
      if [ "${drop[$name]}" = groups ]; then chosen=$(printf %s "${shake:$skip}" | sed -n "s/.*00330002\(....\).*/\1/p"); left=$groups_left
      else left=$suites_left; [ "${shake:8:4}" = "${head[$name]:0:4}" ] || break; fi
      [ -n "$chosen" ] || break
      four_left=$(four "$left"); four_left=" $four_left"
      case $four_left in *" $chosen "*) ;; *) break ;; esac
      four_left=${four_left/ $chosen / }; left=${four_left// /}
      [ -n "$left" ] || break
      if [ "${drop[$name]}" = groups ]; then groups_left=$left; else suites_left=$left; fi
      round=$((round + 1))
    done
    [ "$pass" = 1 ] || [ $((SECONDS - began)) -lt 10 ] || printf "%s\t%s\tlimit\t\n" "$id" "$name"
  done; done
}
while IFS= read -r line; do
  line=${line//$'\t'/$'\x01'}
  IFS=$'\x01' read -r kind a b c d e f g h <<<"$line"
  case $kind in
    hello) drop[$a]=$b record[$a]=$c head[$a]=$d middle[$a]=$e extensions[$a]=$f groups[$a]=$g suites[$a]=$h; [ "$a" = first ] || order+=("$a") ;;
    target) id=$a address=$b port=$c sni=$d wait=$e limit=$(((f + 999) / 1000)) named=""
      survey & children=$((children + 1)); [ $((children % 8)) -ne 0 ] || wait ;;
  esac
done
wait
echo over
