#!/usr/bin/env bash
# The documentation as one site. A link that leads nowhere fails the build; so does a page of docs/ that the site does not have.
set -euo pipefail
cd "$(dirname "$0")/.."
npx -y pnpm@10 docs:site
pages=0
for page in $(git ls-files 'docs/*.md'); do
  html="docs/.vitepress/dist/$(echo "$page" | sed -E 's#README\.md$#index.html#; s#\.md$#.html#')"
  [ -s "$html" ] || { echo "the site has no $page"; exit 1; }
  pages=$((pages + 1))
done
echo "a site of $pages pages of docs/, and the READMEs"
