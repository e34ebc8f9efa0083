import { existsSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOf, read, root } from './repository.ts';

const pages = filesOf(/\.md$/);

/** Destinations of the inline links of a page that point into the repository. */
function relativeLinks(markdown: string): string[] {
  const prose = markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!).filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors that a page's headings have, as GitHub writes them. */
function anchors(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map((match) =>
      match[1]!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

function isBroken(page: string, link: string): boolean {
  const [path, anchor] = link.split('#') as [string, string?];
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, target))) return true;
  return anchor !== undefined && !anchors(read(target)).has(anchor);
}

/** Paths below `docs/` that a source, a script or a setting names in passing. */
function docsNamed(text: string): string[] {
  return [...text.matchAll(/\bdocs\/[\w./-]*\.md\b/g)].map((match) => match[0]);
}

describe('documentation', () => {
  it('has no broken relative link', () => {
    const broken = pages.flatMap((page) =>
      relativeLinks(read(page))
        .filter((link) => isBroken(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('finds a broken path and a broken anchor', () => {
    expect(isBroken('README.md', 'docs/none.md')).toBe(true);
    expect(isBroken('README.md', 'docs/README.md#none')).toBe(true);
    expect(isBroken('README.md', 'docs/README.md#where-a-new-page-goes')).toBe(false);
  });

  it('exists wherever a file names it', () => {
    const missing = filesOf(/\.(ts|yaml|cjs|sql)$|^CONTRIBUTING\.md$/)
      .filter((path) => !path.startsWith('tools/test/'))
      .flatMap((path) => docsNamed(read(path)).map((named) => ({ path, named })))
      .filter(({ named }) => !existsSync(join(root, named)));
    expect(missing).toEqual([]);
  });

  it('lists every architecture decision record in their index', () => {
    const records = filesOf(/^docs\/adr\/\d.*\.md$/).map((path) => path.slice('docs/adr/'.length));
    expect(records.filter((record) => !read('docs/adr/README.md').includes(`(${record})`))).toEqual([]);
  });

  it.each(['docs/how-to', 'docs/how-to/runbooks'])('leads from the index of %s to each of its pages', (folder) => {
    const pages = filesOf(/^docs\/how-to\/.*\.md$/).filter((path) => dirname(path) === folder);
    const index = read(`${folder}/README.md`);
    expect(
      pages.map((path) => basename(path)).filter((page) => page !== 'README.md' && !index.includes(`(${page})`)),
    ).toEqual([]);
  });
});
