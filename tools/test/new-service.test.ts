import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceFiles } from '../new/service.ts';
import { read, root } from './repository.ts';

const run = promisify(execFile);
const fromSources = ['--conditions=source', '--import', 'tsx'];
const files = serviceFiles('fraud-watch', read);

let copy: string;
const env = { ...process.env, RETORT_DATABASE_URL: 'postgres://localhost/retort' };
const inCopy = (command: string, ...options: string[]) => run(command, options, { cwd: copy, env });
const node = (...options: string[]) => inCopy(process.execPath, ...options);

// A copy of the repository with a service that `pnpm new` made, its packages installed.
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'retort-new-service-'));
  await cp(root, copy, {
    recursive: true,
    filter: (from) => !/\/(node_modules|dist|coverage|\.git|\.retort|\.turbo)$|tsbuildinfo$/.test(from),
  });
  const loader = pathToFileURL(join(root, 'node_modules/tsx/dist/loader.mjs')).href;
  await node('--import', loader, 'tools/new/main.ts', 'service', 'fraud-watch');
  await inCopy('npx', '-y', 'pnpm@10', 'install', '--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts');
}, 600_000);
afterAll(() => rm(copy, { recursive: true, force: true }));

describe('a new service', () => {
  it('takes eight files, those that make the platform host it among them', () => {
    expect([...files.keys()]).toHaveLength(8);
  });

  it('runs alone and prints its configuration', async () => {
    const { stdout } = await node(...fromSources, 'services/fraud-watch/src/main.ts', '--validate');
    expect(JSON.parse(stdout)).toHaveProperty('fraud-watch');
  });

  it('is hosted by the platform', async () => {
    const list =
      "import('./services/standalone/src/services.ts').then((m) => console.log(m.services.map((s) => s.name).join()))";
    const { stdout } = await node(...fromSources, '--eval', list);
    expect(stdout.trim().split(',')).toContain('fraud-watch');
  });

  it('is formatted and typed as everything else', async () => {
    await node('node_modules/prettier/bin/prettier.cjs', '--check', ...files.keys());
    await node('node_modules/typescript-native/bin/tsc', '-b', 'services/fraud-watch');
  });
});

describe('the name of a new service', () => {
  it('is made of lower-case words joined by dashes', () => {
    for (const name of ['Fraud', 'fraud_watch', '-fraud', 'fraud-', '../fraud', ''])
      expect(() => serviceFiles(name, read)).toThrow('cannot be a service');
  });
});
