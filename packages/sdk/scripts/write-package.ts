import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'tsup';

interface Manifest {
  exports: Record<string, { source: string; default: string }>;
  [member: string]: unknown;
}

const from = (path: string) => new URL(`../${path}`, import.meta.url);
const packageFolder = from('package/');

/** Writes `package/`, what `npm pack` and `npm publish` are given: the bundle, and a manifest without the workspace. */
await build({ config: from('tsup.config.ts').pathname, silent: true });
const {
  private: _,
  scripts: __,
  devDependencies: ___,
  exports,
  ...told
} = JSON.parse(readFileSync(from('package.json'), 'utf8')) as Manifest;
const manifest = {
  ...told,
  files: ['dist'],
  exports: Object.fromEntries(
    Object.keys(exports).map((entry) => {
      const file = `./dist/${entry === '.' ? 'index' : entry.slice(2)}`;
      return [entry, { types: `${file}.d.ts`, default: `${file}.js` }];
    }),
  ),
};
mkdirSync(packageFolder, { recursive: true });
writeFileSync(new URL('package.json', packageFolder), `${JSON.stringify(manifest, null, 2)}\n`);
copyFileSync(from('README.md'), new URL('README.md', packageFolder));
copyFileSync(from('../../LICENSE'), new URL('LICENSE', packageFolder));
