#!/usr/bin/env bash
# Packs the npm package twice, which must give the same bytes, looks at what is in it, installs it into
# an empty folder as a user would, compiles a program against its types, and asks the installed program
# what a browser would ask.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

max_size_kb=520
tsc=$PWD/node_modules/.bin/tsc
work=$(mktemp -d -t cors-sidecar-package.XXXXXX)
program=
trap '[ -z "$program" ] || kill "$program" 2>/dev/null; rm -rf "$work"' EXIT

npx publint --strict
mkdir "$work/first" "$work/second" "$work/user"
npm pack --silent --pack-destination "$work/first" >/dev/null
tarball=$(basename "$work"/first/*.tgz)
# The second time from another folder, under another umask, with files of another age.
(
  umask 077
  mkdir "$work/elsewhere"
  git ls-files -z | tar -c --null --files-from - | tar -x --no-same-permissions --touch -C "$work/elsewhere"
  ln -s "$PWD/node_modules" "$work/elsewhere/node_modules"
  cd "$work/elsewhere"
  npm run --silent prepack
  npm pack --silent --ignore-scripts --pack-destination "$work/second" >/dev/null
)
cmp "$work/first/$tarball" "$work/second/$tarball" || fail 'packing twice gave different bytes'

tar -tzf "$work/first/$tarball" | sed 's#^package/##' >"$work/files"
for wanted in LICENSE THIRD-PARTY-LICENSES README.md CHANGELOG.md bin/cors-sidecar.js dist/src/index.js \
  dist/src/index.d.ts dist/inspector/inspector.html config.example.env schema/config.schema.json; do
  grep -qx "$wanted" "$work/files" || fail "the package lacks $wanted"
done
# A program needs no maps, tests or sources, and types only of what can be imported.
unwanted=$(grep -vE '^(bin|dist/(src|inspector)|schema)/|^[A-Za-z.-]+$' "$work/files" || true)
unwanted+=$(grep -E '\.map$|[^d]\.ts$|/(proxy|admin|cli)/.*\.d\.ts$|(^|/)(test|docs|scripts)/' "$work/files" || true)
[ -z "$unwanted" ] || fail "the package holds what nobody needs: $(head -n 5 <<<"$unwanted")"
size_kb=$(($(stat -c %s "$work/first/$tarball") / 1024))
[ "$size_kb" -lt "$max_size_kb" ] || fail "the package has $size_kb kB; at most $max_size_kb"

npm install --silent --no-audit --no-fund --prefix "$work/user" "$work/first/$tarball"
cd "$work/user"
version=$(npx --no-install cors-sidecar --version)
[ "$version" = "$(node -p 'require("cors-sidecar/package.json").version')" ] || fail "--version says $version"

# Every declaration is checked, and nothing but the package is there to declare what it needs.
cat >consumer.ts <<'CONSUMER'
import {
  answerHeaders, check, compilePolicy, ConfigurationError, type Decision, decide, describe, explain,
  ListenError, type Options, ownAnswer, start,
} from 'cors-sidecar'

const options: Options = {
  upstream: 'http://127.0.0.1:5000',
  allowOrigins: ['https://app.example.com', /https:\/\/pr-\d+\.example\.com/],
  maxAge: '10m',
  listen: 8010,
  adminListen: 'off',
  workers: 'auto',
  paths: [{ match: '/public', allowOrigins: '*' }],
}
// @ts-expect-error: a misspelt option
export const misspelt: Options = { allowOrigin: 'https://app.example.com', alowMethods: 'GET' }
// @ts-expect-error: a word that the option does not know
export const unknown: Options = { logLevel: 'loud' }

export async function handle(request: Request): Promise<Response> {
  const policy = await compilePolicy(options)
  const decision: Decision = decide(policy, request, { scheme: 'https' })
  const answer = ownAnswer(decision, request)
  if (answer) return new Response(describe(decision), { ...answer, headers: [...answer.headers].map(line => [...line]) })
  return new Response('', { headers: answerHeaders(decision, request).map(line => [...line]) })
}
export async function run(): Promise<string> {
  try {
    const { url, adminUrl, close } = await start(options)
    await close()
    return url + (adminUrl ?? '')
  } catch (error) {
    if (error instanceof ListenError) return `${error.option} ${error.address}`
    if (error instanceof ConfigurationError) return error.problems.map(({ code }) => code).join()
    throw error
  }
}
export const problems: Promise<number> = check(options).then(found => found.length)
export const fix = async () =>
  explain(await compilePolicy(options), { origin: 'https://x.example' }).decision.fix?.flag
CONSUMER
strict=(--strict --exactOptionalPropertyTypes --skipLibCheck false --noEmit --target es2023 --lib es2023,dom --types '')
"$tsc" "${strict[@]}" --module nodenext --moduleResolution nodenext consumer.ts
"$tsc" "${strict[@]}" --module esnext --moduleResolution bundler consumer.ts

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
printf 'cors-sidecar %s, %s files, %s kB packed (at most %s), compiles, installs and runs\n' \
  "$version" "$(wc -l <"$work/files")" "$size_kb" "$max_size_kb"
