#!/bin/sh
# Applies the plan in this folder with the runtime beside it, on the machine it was made for. As root: sh apply
# Nothing is kept unless a new login confirms in time; docs/transaction.md of Drawbridge tells what happens when.
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077

here=$(cd "$(dirname "$0")" && pwd -P)
id=$(awk -F'\t' '$1 == "id" { print $2; exit }' "$here/manifest")
case $id in
  '' | *[!0-9a-z-]*) echo "$here/manifest names no transaction: copy the folder again" >&2; exit 2 ;;
esac
if [ "$(id -u)" != 0 ]; then
  echo "this needs root: run it as root or through sudo" >&2
  exit 3
fi

base=/var/lib/drawbridge/transactions
for directory in /var/lib/drawbridge "$base"; do
  if [ -L "$directory" ]; then echo "$directory is a symbolic link: remove it" >&2; exit 3; fi
  [ -d "$directory" ] || mkdir -m 700 "$directory"
done
if ! mkdir -m 700 "$base/$id" 2>/dev/null; then
  echo "this plan was applied before: sh $base/$id/undo puts it back" >&2
  exit 3
fi
cp -R "$here/manifest" "$here/files" "$here/runtime" "$here/canary" "$here/undo" "$here/confirm" "$here/plan.json" "$base/$id/"

code=0
sh "$base/$id/runtime" stage || code=$?
if [ "$code" != 0 ]; then
  rm -rf "${base:?}/$id"
  exit "$code"
fi
sh "$base/$id/runtime" commit || exit "$?"
echo "Log in a second time and run:  sh $base/$id/confirm"
echo "Undo any time:                 sh $base/$id/undo"
