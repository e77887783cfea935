#!/bin/sh
# Takes this transaction back. It needs the files in its own folder and a POSIX shell, nothing else: it works from a rescue shell
# and when the disk is mounted somewhere else (sh /mnt/var/lib/drawbridge/transactions/ID/undo).
case $0 in */*) beside=${0%/*} ;; *) beside=. ;; esac
set -- undo "$@"
# shellcheck source=runtime.sh
. "$beside/runtime"
