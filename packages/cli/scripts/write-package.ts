import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A manifest of the workspace. */
interface Manifest {
  name: string;
  version: string;
  exports?: Record<string, { default: string }>;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
interface Member {
  /** From the root, e.g. `packages/kernel`. */
  folder: string;
  manifest: Manifest;
}

const root = fileURLToPath(new URL('../../../', import.meta.url));
const target = join(root, 'packages/cli/package');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** What a member has beside its code that is read at run time. */
const assets = ['migrations', 'word-vectors'];

const members = new Map(
  ['packages', 'services'].flatMap((area) =>
    readdirSync(join(root, area))
      .filter((name) => existsSync(join(root, area, name, 'package.json')))
      .map((name): [string, Member] => {
        const folder = `${area}/${name}`;
        const manifest = JSON.parse(read(`${folder}/package.json`)) as Manifest;
        return [manifest.name, { folder, manifest }];
      }),
  ),
);

/** The members that these use, themselves included. */
function needed(names: readonly string[], found = new Map<string, Member>()): Map<string, Member> {
  for (const name of names) {
    const member = members.get(name);
    if (!member || found.has(name)) continue;
    found.set(name, member);
    needed(Object.keys(member.manifest.dependencies ?? {}), found);
  }
  return found;
}
/** The command line, and the host of the services that it starts. */
const packed = needed(['@retort/cli', '@retort/standalone']);

/** Compiled files whose source is there: what an earlier build left is not packed. */
function modulesOf(folder: string): string[] {
  return readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => path.replace(/\.ts$/, '.js'))
    .filter((path) => existsSync(join(root, folder, 'dist', path)));
}

const workspaceImport =
  /(?<before>(?:from|import)\s*\(?\s*)(?<quote>['"])(?<name>@retort\/[a-z-]+)(?<entry>\/[a-z-/]+)?\k<quote>/g;

/** The members have no folder in `node_modules`: they are named by where they stand. */
function withRelativeImports(source: string, from: string): string {
  return source.replaceAll(workspaceImport, (...found) => {
    const { before, quote, name, entry = '' } = found.at(-1) as Record<'before' | 'quote' | 'name' | 'entry', string>;
    const member = packed.get(name);
    if (!member) return found[0];
    const file = member.manifest.exports![`.${entry}`]!.default;
    const path = relative(dirname(from), join(member.folder, file));
    return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`;
  });
}

/** Versions of the catalog, by name. */
const catalog = new Map(
  [...read('pnpm-workspace.yaml').matchAll(/^ {2}'?([@\w][^':\s]*)'?: (\d\S*)$/gm)].map(([, name, version]) => [
    name!,
    version!,
  ]),
);

function external(kind: 'dependencies' | 'optionalDependencies'): Record<string, string> {
  const names = [...packed.values()].flatMap(({ manifest }) => Object.keys(manifest[kind] ?? {}));
  const others = names.filter((name) => !name.startsWith('@retort/') && !name.startsWith('@types/'));
  return Object.fromEntries([...new Set(others)].sort().map((name) => [name, catalog.get(name)!]));
}

execFileSync(process.execPath, [join(root, 'node_modules/typescript-native/bin/tsc'), '-b'], {
  cwd: root,
  stdio: 'inherit',
});
rmSync(target, { recursive: true, force: true });
for (const { folder, manifest } of packed.values()) {
  for (const path of modulesOf(folder)) {
    const file = join(folder, 'dist', path);
    mkdirSync(dirname(join(target, 'lib', file)), { recursive: true });
    writeFileSync(join(target, 'lib', file), withRelativeImports(read(file), file));
  }
  for (const asset of assets) {
    const from = join(root, folder, asset);
    if (existsSync(from)) cpSync(from, join(target, 'lib', folder, asset), { recursive: true });
  }
  const { name, version } = manifest;
  writeFileSync(join(target, 'lib', folder, 'package.json'), JSON.stringify({ name, version, type: 'module' }));
}
mkdirSync(join(target, 'bin'));
writeFileSync(join(target, 'bin/retort.js'), "#!/usr/bin/env node\nimport '../lib/packages/cli/dist/main.js';\n", {
  mode: 0o755,
});
const { version } = packed.get('@retort/cli')!.manifest;
const manifest = {
  name: '@retort/cli',
  version,
  description: 'Distils an agent fleet’s tool calling into a small student, and proves where it may be trusted.',
  license: 'Apache-2.0',
  type: 'module',
  bin: { retort: 'bin/retort.js' },
  files: ['bin', 'lib'],
  engines: { node: '>=20.19' },
  dependencies: external('dependencies'),
  optionalDependencies: external('optionalDependencies'),
};
writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
cpSync(join(root, 'packages/cli/README.md'), join(target, 'README.md'));
cpSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
