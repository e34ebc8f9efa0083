#!/usr/bin/env bash
# The command line as somebody has it who has no copy of this repository: packs it, and runs the tarball with npx in an empty
# folder. Starts a platform with its own Postgres, imports a log into it, asks for its status; then distils, and plays the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'kill ${platform:-} 2>/dev/null && wait ${platform:-}; rm -rf "$folder"' EXIT

node --conditions=source --import tsx packages/cli/scripts/write-package.ts
npm pack ./packages/cli/package --pack-destination "$folder" --silent >/dev/null
tarball=$(echo "$folder"/*.tgz)
echo "the command line: $(($(wc -c <"$tarball") / 1000)) kB packed"
cd "$folder"
export npm_config_cache="$folder/npm" npm_config_prefer_offline=true npm_config_update_notifier=false
retort() { npx -y --package "$tarball" retort "$@"; }

npm install --prefix app --no-audit --no-fund --silent "$tarball" 2>/dev/null
# npx stands between: a signal is for the platform itself.
app/node_modules/.bin/retort start --data data --port 0 >start.log 2>&1 &
platform=$!
for _ in $(seq 360); do
  [ -s data/start.key ] && [ -s data/platform.url ] && break
  kill -0 "$platform" || { cat start.log; exit 1; }
  sleep 0.5
done
for i in $(seq 60); do
  printf '{"id":"c%s","request":{"model":"m","messages":[{"role":"user","content":"What is on account %s?"}],"tools":[{"type":"function","function":{"name":"get_balance"}}]},"response":{"choices":[{"finish_reason":"tool_calls","message":{"tool_calls":[{"id":"t%s","function":{"name":"get_balance","arguments":"{}"}}]}}]}}\n' "$i" "$i" "$i"
done >log.jsonl
retort import log.jsonl --from openai-chat-jsonl --url "$(cat data/platform.url)" --key "$(cat data/start.key)" --json | tail -1 | grep -q '"recorded":60'
curl -sf "$(cat data/platform.url)/docs/swagger-ui.js" >/dev/null
retort status --data data --json | grep -q '"decisions":'
kill "$platform"
wait "$platform"
platform=
echo 'started, imported, told its status, and stopped'

retort distill --help >/dev/null
retort demo --exit --json --port 0 --decisions 3000 2>demo.log | tail -1 | node -e '
  const { deployed } = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
  console.log(`played the demo: deployed ${deployed}`);' || { tail -20 demo.log; exit 1; }
