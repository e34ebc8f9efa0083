import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitepress';
import { linksOfTheRepository } from './repository-links.ts';

const root = new URL('../../', import.meta.url);

/** The pages of a folder with their titles; the folder's index is not among them. */
function pagesIn(folder: string): { text: string; link: string }[] {
  return readdirSync(new URL(folder, root))
    .filter((name) => name.endsWith('.md') && name !== 'README.md' && name !== 'template.md')
    .map((name) => ({ text: titleOf(`${folder}/${name}`), link: `/${folder}/${name.replace(/\.md$/, '')}` }));
}

/** A folder of folders with a README each. */
function readmesIn(folder: string): { text: string; link: string }[] {
  return readdirSync(new URL(folder, root)).map((name) => ({ text: name, link: `/${folder}/${name}/` }));
}

function titleOf(path: string): string {
  return /^# (.+)$/m.exec(readFileSync(new URL(path, root), 'utf8'))?.[1]?.replaceAll('`', '') ?? path;
}

const closed = { collapsed: true };

/** The pages of `docs/` and every README, as one site. A link that leads nowhere fails the build. */
export default defineConfig({
  title: 'Retort',
  description: 'Distils an agent fleet’s tool calling into a small student, and proves where it may be trusted.',
  srcDir: fileURLToPath(root),
  srcExclude: ['.*/**', 'CHANGELOG.md', 'tools/**', 'packages/*/package/**'],
  rewrites: (page) => page.replace(/(^|\/)README\.md$/, '$1index.md'),
  cleanUrls: true,
  markdown: { config: linksOfTheRepository },
  themeConfig: {
    search: { provider: 'local' },
    nav: [
      { text: 'Documentation', link: '/docs/' },
      { text: 'Contributing', link: '/CONTRIBUTING' },
    ],
    sidebar: [
      { text: 'Tutorial', items: pagesIn('docs/tutorial') },
      { text: 'How-to guides', items: pagesIn('docs/how-to') },
      { text: 'Runbooks', items: pagesIn('docs/how-to/runbooks'), ...closed },
      { text: 'Reference', items: [{ text: 'Glossary', link: '/docs/glossary' }, ...pagesIn('docs/reference')] },
      { text: 'Explanation', items: [...pagesIn('docs/explanation'), ...pagesIn('docs/research')] },
      { text: 'Decision records', items: pagesIn('docs/adr'), ...closed },
      { text: 'Services', items: readmesIn('services'), ...closed },
      { text: 'Packages', items: readmesIn('packages'), ...closed },
    ],
  },
});
