#!/bin/sh
# Moves a Ballerina package to the newest patch of its distribution line, then builds and tests it.
#
#   update-distribution.sh [PACKAGE]          does it
#   update-distribution.sh --check [PACKAGE]  changes nothing, and fails when there is a newer patch
#
# Run it where the package is built, never on the server: bal writes into the home of whoever runs it.
set -eu

check=no
[ "${1:-}" = --check ] && check=yes && shift
package=${1:-.}
current=$(sed -n 's/^[[:space:]]*distribution[[:space:]]*=[[:space:]]*"\([0-9][0-9.]*\)".*/\1/p' "$package/Ballerina.toml" | head -n 1)
if [ -z "$current" ]; then
    echo "$package/Ballerina.toml names no distribution: write distribution = \"2201.x.y\" below [package]" >&2
    exit 1
fi
line=${current%.*}

# The list, because asking for "the latest" answers with the newest of all lines.
[ "$check" = yes ] || bal update
newest=$(bal dist list --all | grep -oE "${line}\.[0-9]+([^0-9A-Za-z.-]|\$)" | grep -oE '[0-9]+\.[0-9]+\.[0-9]+' | sort -t . -k 3,3n | tail -n 1)
if [ -z "$newest" ]; then
    echo "bal dist list names no distribution of line $line: choose another line" >&2
    exit 1
fi
if [ "$newest" = "$current" ]; then
    echo "$current is the newest of its line"
    exit 0
fi

if [ "$check" = yes ]; then
    echo "$current is older than $newest: run update-distribution.sh" >&2
    exit 1
fi

bal dist pull "$newest"
bal dist use "$newest"
sed -i "s/^\([[:space:]]*distribution[[:space:]]*=[[:space:]]*\"\)[0-9][0-9.]*\"/\1$newest\"/" "$package/Ballerina.toml"
(cd "$package" && bal test && bal build)
echo "moved from $current to $newest: bring the new JAR to staging first"
