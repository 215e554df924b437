#!/usr/bin/env bash
# Types what README.md says about installing and starting, in a copy of the repository as it comes from
# git. Takes the ports 5000, 8010 and 8011, because README.md names them.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

work=$(mktemp -d -t cors-sidecar-first-steps.XXXXXX)
program=
api=
trap 'for pid in $program $api; do kill "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT

readme_block() { node "$root/scripts/marked-blocks.mjs" "$root/README.md" "$1"; }

# Waits until the file holds the pattern, for a minute.
wait_for() {
  for _ in $(seq 600); do
    grep -qE "$1" "$2" && return
    sleep 0.1
  done
  fail "$1 was not printed: $(cat "$2")"
}

# Types a block that goes on until it is stopped, and waits for what it prints.
begin() {
  bash -c "exec $2" >"$work/log" 2>&1 &
  program=$!
  wait_for "$3" "$work/log"
  printf 'ok: %s\n' "$1"
}
# Ends it, and waits until nobody answers there any more: npm is gone before the program is.
end() {
  kill "$program"
  wait "$program" || true
  program=
  for _ in $(seq 300); do
    curl -s --output /dev/null "$1" || return 0
    sleep 0.1
  done
  fail "$1 still answers"
}

mkdir "$work/copy"
git ls-files -z | xargs -0 cp --parents --target-directory "$work/copy"
cd "$work/copy"
version=$(node -p 'require("./package.json").version')
npm_config_prefix=$work/global bash -ec "$(readme_block install)" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
[ "$("$work/global/bin/cors-sidecar" --version)" = "$version" ] || fail 'the command is not installed'
printf 'ok: install\n'

begin demo "$(readme_block demo)" 'Ctrl-C ends the demo'
page=$(sed -nE 's/^ *Open +(http:[^ ]*).*/\1/p' "$work/log")
curl -sSf --output /dev/null "$page" || fail "no page: $(cat "$work/log")"
end "$page"

PORT=5000 node "$root/examples/legacy-api/server.mjs" >"$work/api" &
api=$!
wait_for 'port 5000' "$work/api"
begin start "$(readme_block start)" '"event":"listening"'
answer=$(curl -sS -i http://127.0.0.1:8010/orders -H 'Origin: http://localhost:3000')
grep -qi '^access-control-allow-origin: http://localhost:3000' <<<"$answer" || fail "it answered: $answer"
grep -q Ada <<<"$answer" || fail "it answered: $answer"
end http://127.0.0.1:8010/
