import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';

/** A README is the index of its folder. A link to what is in the repository and no page of the site, a script or a folder, stays as
 *  words. */
export function linksOfTheRepository(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push('links-of-the-repository', ({ tokens, env }) => {
    const { path } = env as { path: string };
    const isFile = (link: string) =>
      !/^\w+:|^#|\.md(#|$)/.test(link) && existsSync(join(dirname(path), decodeURI(link)));
    for (const { children } of tokens) {
      if (!children) continue;
      let dropped = false;
      for (const token of [...children]) {
        if (token.type === 'link_open') {
          const link = token.attrGet('href') ?? '';
          dropped = isFile(link);
          if (!/^\w+:/.test(link)) token.attrSet('href', link.replace(/(^|\/)README\.md/, '$1index.md'));
        }
        if (dropped && /^link_(open|close)$/.test(token.type)) children.splice(children.indexOf(token), 1);
      }
    }
  });
}
