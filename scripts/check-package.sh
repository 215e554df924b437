#!/usr/bin/env bash
# Packs the npm package twice, which must give the same bytes, installs it into an empty folder as a
# user would, and asks the installed program what a browser would ask.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d -t cors-sidecar-package.XXXXXX)
program=
trap '[ -z "$program" ] || kill "$program" 2>/dev/null; rm -rf "$work"' EXIT

npx publint --strict
mkdir "$work/first" "$work/second" "$work/user"
for folder in first second; do
  npm pack --silent --ignore-scripts --pack-destination "$work/$folder" >/dev/null
done
tarball=$(basename "$work"/first/*.tgz)
cmp "$work/first/$tarball" "$work/second/$tarball" || fail 'packing twice gave different bytes'

npm install --silent --no-audit --no-fund --prefix "$work/user" "$work/first/$tarball"
cd "$work/user"
version=$(npx cors-sidecar --version)
[ "$version" = "$(node -p 'require("cors-sidecar/package.json").version')" ] || fail "--version says $version"

# Port 0: any that is free; the log says which.
node_modules/.bin/cors-sidecar http://127.0.0.1:9 --allow-origin https://app.example.com \
  --listen 127.0.0.1:0 --admin-listen off >log 2>&1 &
program=$!
for _ in $(seq 100); do
  url=$(sed -nE 's/.*"event":"listening","url":"([^"]+)".*/\1/p' log)
  [ -n "$url" ] && break
  sleep 0.1
done
[ -n "$url" ] || fail "it does not listen: $(cat log)"
answer=$(curl -sS -i -X OPTIONS "$url/" -H 'Origin: https://app.example.com' -H 'Access-Control-Request-Method: PUT')
grep -qi '^access-control-allow-origin: https://app.example.com' <<<"$answer" ||
  fail "a preflight was answered: $answer"
kill "$program"
wait "$program" || fail "SIGTERM: exit code $?"
program=
printf 'cors-sidecar %s, %s kB packed, installs and runs\n' "$version" "$(($(stat -c %s "$work/first/$tarball") / 1024))"
