#!/usr/bin/env sh
# Builds the platform into a folder of its own: compiled JavaScript and what it needs at run time, nothing else.
set -eu
target=$1
cd "$(dirname "$0")/.."
pnpm install --frozen-lockfile
pnpm build
pnpm --filter @retort/standalone --prod deploy --legacy "$target"
# What tests, benchmarks and compilers read, and the platform does not.
find "$target" -path '*/@retort/*' -type d \( -name test -o -name bench -o -name src \) -prune -exec rm -rf {} +
rm -rf "$target/test" "$target/bench" "$target/src" "$target"/tsconfig*
find "$target" \( -name '*.map' -o -name '*.d.ts' -o -name '*.tsbuildinfo' \) -type f -delete
