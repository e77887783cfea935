#!/bin/sh
# Brings a digest to an environment: the same bytes everywhere, with that environment's own configuration.
#
#   promote.sh development|staging|production sha256:DIGEST
#
# Environment: IMAGE (its name without tag), KUBECONFIG (of that environment). Needs kustomize and kubectl.
# Waits until the new pods answer; goes back to the ones before when they do not, and fails.
set -eu

fail() { echo "promote: $*" >&2; exit 1; }
: "${IMAGE:?}" "${KUBECONFIG:?}"
[ $# -eq 2 ] || fail "usage: promote.sh development|staging|production sha256:DIGEST"
case $1 in development | staging | production) ;; *) fail "there is no environment '$1'" ;; esac
case $2 in sha256:*[!0-9a-f]*) fail "'$2' is no digest" ;; sha256:*) ;; *) fail "'$2' is no digest: a tag can be moved" ;; esac
[ "${#2}" -eq 71 ] || fail "'$2' is no digest"

cd "$(dirname "$0")/kubernetes/overlays/$1"
kustomize edit set image "$IMAGE=$IMAGE@$2"
kubectl apply --kustomize .
if kubectl --namespace "{{name}}-$1" rollout status deployment/{{name}} --timeout=300s; then
    echo "promote: $1 runs $IMAGE@$2"
    exit 0
fi
kubectl --namespace "{{name}}-$1" rollout undo deployment/{{name}}
kubectl --namespace "{{name}}-$1" rollout status deployment/{{name}} --timeout=300s ||
    fail "neither the new pods of $1 answer nor the ones before: look at kubectl --namespace {{name}}-$1 get events"
fail "the new pods of $1 did not answer: the ones before are back"
