#!/bin/sh
# Brings a JAR to a server, waits until the service answers, and goes back to the last one when it does not.
#
#   deploy.sh release VERSION FILE.jar    put it there as releases/VERSION.jar, point current.jar at it, restart
#   deploy.sh rollback                    point current.jar at the one before, restart
#
# Environment: DEPLOY_HOST, DEPLOY_USER, SERVICE (a unit such as orders.service whose ExecStart names FOLDER/current.jar),
# HEALTH_URL (asked from the server itself), DEPLOY_KEY and DEPLOY_KNOWN_HOSTS (paths, or the texts themselves);
# FOLDER (default /opt/NAME of the service), WAIT (seconds, default 90).
# On the server, once: DEPLOY_USER may write FOLDER and FOLDER/releases; releases belongs to the group of the service and has the
# setgid bit (install -d -o DEPLOY_USER -g GROUP -m 2750), so that the service reads a JAR and changes none; and DEPLOY_USER may
# run, by sudo, exactly: systemctl restart SERVICE.
set -eu

fail() { echo "deploy: $*" >&2; exit 1; }
: "${DEPLOY_HOST:?}" "${DEPLOY_USER:?}" "${SERVICE:?}" "${HEALTH_URL:?}" "${DEPLOY_KEY:?}" "${DEPLOY_KNOWN_HOSTS:?}"
folder=${FOLDER:-/opt/${SERVICE%.service}}
wait=${WAIT:-90}

# What goes to the other side becomes words of a command there: only plain characters.
for word in "$SERVICE" "$folder" "$wait" "$HEALTH_URL" "${2:-none}"; do
    case $word in *[!A-Za-z0-9@:/._?=\&%+-]* | -*) fail "'$word' holds a character that is not allowed here" ;; esac
done

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
umask 077
place() { if [ -f "$1" ]; then cat "$1"; else printf '%s\n' "$1"; fi; }
place "$DEPLOY_KEY" >"$scratch/key"
place "$DEPLOY_KNOWN_HOSTS" >"$scratch/known_hosts"
remote() {
    ssh -i "$scratch/key" -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes \
        -o UserKnownHostsFile="$scratch/known_hosts" "$DEPLOY_USER@$DEPLOY_HOST" "$@"
}

# shellcheck disable=SC2016 # Nothing of it is expanded here.
# Runs on the server, with its words as arguments; reads nothing else.
server_side='set -eu
action=$1 folder=$2 service=$3 url=$4 wait=$5 version=$6
cd "$folder"
answers() { curl -fsS -o /dev/null --max-time 5 "$url" </dev/null; }
switch() {
    ln -sfn "$1" current.next && mv -T current.next current.jar
    sudo -n systemctl restart "$service" </dev/null
    end=$(($(date +%s) + wait))
    until answers 2>/dev/null; do
        [ "$(date +%s)" -lt "$end" ] || return 1
        sleep 2
    done
    # A program may die late: it has to answer still.
    sleep 5
    answers
}
before=$(readlink current.jar || true)
if [ "$action" = rollback ]; then
    [ -L previous.jar ] || { echo "deploy: there is no release before this one" >&2; exit 1; }
    target=$(readlink previous.jar)
else
    target=releases/$version.jar
fi
if switch "$target"; then
    [ -z "$before" ] || [ "$before" = "$target" ] || { ln -sfn "$before" previous.next && mv -T previous.next previous.jar; }
    echo "deploy: $target answers"
    exit 0
fi
if [ -n "$before" ] && [ "$before" != "$target" ]; then
    switch "$before" && { echo "deploy: $target did not answer within $wait s; $before is back and answers" >&2; exit 1; }
    echo "deploy: neither $target nor $before answers: look at journalctl -u $service" >&2
    exit 2
fi
echo "deploy: $target did not answer, and there is nothing to go back to" >&2
exit 2'

case ${1:-} in
release)
    [ $# -eq 3 ] || fail "usage: deploy.sh release VERSION FILE.jar"
    [ -f "$3" ] || fail "$3 is not there"
    remote "umask 027; mkdir -p '$folder/releases' && cat >'$folder/releases/.$2' && mv '$folder/releases/.$2' '$folder/releases/$2.jar'" <"$3"
    ;;
rollback) [ $# -eq 1 ] || fail "usage: deploy.sh rollback" ;;
*) fail "usage: deploy.sh release VERSION FILE.jar | rollback" ;;
esac
printf '%s\n' "$server_side" |
    remote "sh -s -- '$1' '$folder' '$SERVICE' '$HEALTH_URL' '$wait' '${2:-none}'"
