#!/usr/bin/env bash
# Build a sandbox image: docker/build.sh small|cpu|gpu
#
# Environment:
#   BASE       base image; by default python:3.11-slim-bookworm, and where no registry answers, one made
#              with debootstrap from this machine's own Debian mirror
#   CA_BUNDLE  certificate bundle that pip must trust while building (as behind a company proxy)
#   FORCE=1    build even if an image of the same recipe is there
set -euo pipefail
kind=${1:?usage: docker/build.sh small|cpu|gpu}
here=$(cd "$(dirname "$0")" && pwd)
lock=$here/locks/$kind.lock
[ -f "$lock" ] || { echo "There is no package list $lock. Use small, cpu or gpu." >&2; exit 2; }
image=nbverdict-sandbox:$kind
export DOCKER_BUILDKIT=${DOCKER_BUILDKIT:-0}

docker version --format '{{.Server.Version}}' >/dev/null 2>&1 || {
  echo "No Docker engine answers. Start Docker, then run this again." >&2; exit 4; }

recipe=$(cat "$here/Dockerfile" "$lock" | sha256sum | cut -c1-16)-$(printf %s "${BASE:-default}" | sha256sum | cut -c1-8)
present=$(docker image inspect --format '{{index .Config.Labels "org.nbverdict.recipe"}}' "$image" 2>/dev/null || true)
if [ "$present" = "$recipe" ] && [ -z "${FORCE:-}" ]; then
  echo "image $image is up to date"; exit 0
fi

default=python:3.11-slim-bookworm
fallback=nbverdict-base:bookworm
if [ -z "${BASE:-}" ]; then
  if docker image inspect "$default" >/dev/null 2>&1 || timeout 60 docker pull -q "$default" >/dev/null 2>&1; then
    BASE=$default
  else
    BASE=$fallback
    if ! docker image inspect "$fallback" >/dev/null 2>&1; then
      echo "image: no registry answers; making a Debian base with debootstrap (about a minute)"
      "$here/base.sh" "$fallback"
    fi
  fi
fi

context=$(mktemp -d)
trap 'rm -rf "$context"' EXIT
cp -r "$here/Dockerfile" "$here/locks" "$context/"
: > "$context/extra-ca.crt"
bundle=${CA_BUNDLE:-${PIP_CERT:-}}
[ -n "$bundle" ] && [ -f "$bundle" ] && cp "$bundle" "$context/extra-ca.crt"

echo "image: building $image on $BASE (the course image takes 3 to 8 minutes the first time)"
log=$context/build.log
if ! docker build --network host --build-arg "BASE=$BASE" --build-arg "LOCK=$kind.lock" \
     --build-arg "RECIPE=$recipe" -t "$image" "$context" >"$log" 2>&1; then
  tail -40 "$log" >&2
  echo "The image could not be built. Behind a company proxy, set CA_BUNDLE to its certificate bundle." >&2
  exit 1
fi
echo "image $image is ready: $(docker image inspect --format '{{.Id}}' "$image")"
