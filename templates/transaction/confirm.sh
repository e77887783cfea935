#!/bin/sh
# Keeps what this transaction changed. Only a login that is newer than the change can do that.
case $0 in */*) beside=${0%/*} ;; *) beside=. ;; esac
set -- confirm "$@"
# shellcheck source=runtime.sh
. "$beside/runtime"
