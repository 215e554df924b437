#!/usr/bin/env bash
# Pins the image's base anew: asks the registry what the tag means today, and writes its digest into the
# Dockerfile. Needs docker with buildx; build and look at the image before you commit it.
set -euo pipefail
cd "$(dirname "$0")/.."

pinned=$(sed -n 's/^ARG BASE=//p' Dockerfile)
tag=${pinned%@*}
digest=$(docker buildx imagetools inspect "$tag" --format '{{.Manifest.Digest}}')
[[ $digest =~ ^sha256:[0-9a-f]{64}$ ]] || {
  printf 'the registry gave no digest for %s: %s\n' "$tag" "$digest" >&2
  exit 1
}
if [ "$pinned" = "$tag@$digest" ]; then
  printf '%s is what the Dockerfile has\n' "$pinned"
  exit
fi
sed -i "s|^ARG BASE=.*|ARG BASE=$tag@$digest|" Dockerfile
printf 'was %s\nnow %s\n' "$pinned" "$tag@$digest"
