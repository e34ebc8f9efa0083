#!/usr/bin/env bash
# The Dockerfile's steps on this machine: assembles the image's content, starts it as a user without rights on a file system it
# cannot write to, records a decision, stops it. Says how large it is, and fails above the bound.
set -euo pipefail
cd "$(dirname "$0")/.."
bound_mb=160 # with node:20-bookworm-slim, of about 75 MB, below 250 MB
folder=$(mktemp -d)
trap 'kill "${platform:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT

# From a copy: what is installed here stays as it is.
mkdir "$folder/source" "$folder/bin"
git archive HEAD | tar -x -C "$folder/source"
printf '#!/bin/sh\nexec npx -y pnpm@10 "$@"\n' >"$folder/bin/pnpm"
chmod +x "$folder/bin/pnpm"
PATH="$folder/bin:$PATH" sh "$folder/source/image/assemble.sh" "$folder/app" >"$folder/log" 2>&1 || { tail -20 "$folder/log"; exit 1; }
megabytes=$(($(tar -cz -C "$folder/app" . | wc -c) / 1000000))
echo "the platform in the image: $megabytes MB compressed (at most $bound_mb)"
[ "$megabytes" -le "$bound_mb" ]

if [ "$(id -u)" != 0 ]; then
  echo 'started as this user: only root can take another'
  as=()
else
  chmod 755 "$folder"
  install -d -o nobody -g nogroup -m 700 "$folder/data"
  as=(setpriv --reuid nobody --regid nogroup --clear-groups)
fi
cd /
"${as[@]}" env -i PATH="$PATH" RETORT_HOST=127.0.0.1 RETORT_PORT=4980 RETORT_DATA_FOLDER="$folder/data" \
  node --max-semi-space-size=64 "$folder/app/dist/main.js" >"$folder/log" 2>&1 &
platform=$!
for _ in $(seq 120); do
  # The key is made last.
  [ -s "$folder/data/start.key" ] && break
  kill -0 "$platform" || { cat "$folder/log"; exit 1; }
  sleep 0.5
done
curl -sf 127.0.0.1:4980/readyz >/dev/null
curl -sf 127.0.0.1:4980/docs/swagger-ui.js >/dev/null
key=$(cat "$folder/data/start.key")
! grep -q "$key" "$folder/log" || { echo 'a key stands in the log'; exit 1; }
curl -sf 127.0.0.1:4980/api/v1/decisions -H "authorization: Bearer $key" -H 'content-type: application/json' -d '{
  "agent_id": "image", "context": { "query": "balance?" }, "tools_available": [{ "name": "balance" }], "tool_selected": "balance" }'
kill "$platform"
wait "$platform"
echo 'recorded a decision, and stopped in order'

# Each service alone, and the one-off, are in it as well: they say what they would run with.
alone=0
for main in "$folder"/app/node_modules/@retort/*/dist/main.js; do
  env -i PATH="$PATH" RETORT_DATABASE_URL=postgres://localhost/retort node "$main" --validate >/dev/null
  alone=$((alone + 1))
done
[ "$alone" = 10 ] && [ -f "$folder/app/dist/bootstrap-main.js" ]
echo "$alone services can run alone"
