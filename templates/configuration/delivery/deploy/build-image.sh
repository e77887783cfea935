#!/bin/sh
# Builds the image once, without configuration, pushes it, and prints its digest alone on standard output.
#
#   build-image.sh VERSION
#
# Environment: IMAGE (its name without tag), BASE_IMAGE (by digest). Needs docker with buildx, logged in to the registry.
# The program has to be in target/bin already. A bill of materials and the provenance are attached to the image.
set -eu

fail() { echo "build-image: $*" >&2; exit 1; }
: "${IMAGE:?}" "${BASE_IMAGE:?}"
[ $# -eq 1 ] || fail "usage: build-image.sh VERSION"
case $1 in '' | *[!A-Za-z0-9._-]* | [.-]*) fail "'$1' cannot be the tag of an image" ;; esac
case $BASE_IMAGE in *@sha256:*) ;; *) fail "BASE_IMAGE has to name a digest: NAME@sha256:..." ;; esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
docker buildx inspect drawbridge-delivery >/dev/null 2>&1 ||
    docker buildx create --name drawbridge-delivery --driver docker-container >&2
docker buildx build --builder drawbridge-delivery --pull --push --provenance=mode=max --sbom=true \
    --build-arg "BASE_IMAGE=$BASE_IMAGE" --tag "$IMAGE:$1" --metadata-file "$scratch/metadata.json" . >&2
digest=$(sed -n 's/.*"containerimage.digest": *"\(sha256:[0-9a-f]*\)".*/\1/p' "$scratch/metadata.json")
[ "${#digest}" -eq 71 ] || fail "docker named no digest"

# What was built is looked at, not what was meant: an image with a configuration in it goes nowhere.
container=$(docker create --pull always "$IMAGE@$digest")
found=$(docker export "$container" | tar -t | grep -iE '(^|/)(config|secrets?|[^/]*\.secrets)\.toml$' || true)
docker rm "$container" >/dev/null
[ -z "$found" ] || fail "there is configuration in the image: $found"
printf '%s\n' "$digest"
