import { execFile, execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { blocksOf, temporaryFolder, type MarkdownBlock } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { launchPlatform, type Platform } from '../src/platform.ts';
import { table } from '../src/terminal/format.ts';
import { startTeller, type Teller } from './teller.ts';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A step trains a student where the page does. */
vi.setConfig({ testTimeout: 300_000 });

const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')
  .map((page) => ({ page, blocks: blocksOf(readFileSync(join(root, page), 'utf8')) }));
const isRun = ({ language, reason }: MarkdownBlock) => language === 'sh' && reason === null;
/** Where nothing runs, a program is not written either. */
const run = pages.filter(({ blocks }) => blocks.some(isRun));

describe('a block of a page', () => {
  const every = pages.flatMap(({ page, blocks }) =>
    blocks.map((block) => ({ ...block, place: `${page}:${block.line}` })),
  );
  const of = (...languages: string[]) => every.filter(({ language }) => languages.includes(language));

  it('is run, written for a block that is run, or says why not', () => {
    const reasons = every.filter(({ reason }) => reason !== null);
    process.stdout.write(`${every.filter(isRun).length} blocks are run; ${reasons.length} say why they are not.\n`);
    const silent = of('js', 'python').filter(({ file, reason }) => file === null && reason === null);
    expect(silent.map(({ place }) => place)).toEqual([]);
  });

  it('is of a language that a test reads', () => {
    // TypeScript: tools/test/readmes.test.ts compiles that of every README. A difference shows what to add to a file.
    const others = every.filter(({ language }) => !['sh', 'js', 'python', 'json', 'ts', 'diff', ''].includes(language));
    expect(others.map(({ place }) => place)).toEqual([]);
    const outside = of('ts').filter(({ place }) => !/^(packages|services)\/[^/]+\/README\.md:/.test(place));
    expect(outside.map(({ place }) => place)).toEqual([]);
  });

  it('is JSON where it says so', () => {
    for (const { place, source } of of('json')) expect([place, JSON.parse(source)]).toEqual([place, expect.anything()]);
  });
});

describe('a page with commands', () => {
  let teacher: Teller;
  let platform: Platform;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const seconds: [string, string][] = [];

  beforeAll(async () => {
    teacher = await startTeller();
    folder = await temporaryFolder('documents');
    platform = await launchPlatform({
      folder: join(folder.path, 'data'),
      port: 0,
      environment: { RETORT_AUTO: 'false', RETORT_TEACHER_BASE_URL: teacher.url },
    });
    await mkdir(join(folder.path, 'bin'));
    // The pages' `pnpm retort` is this command line, from its sources.
    const command = join(folder.path, 'bin/npx');
    await writeFile(command, `#!/bin/sh\nshift 3\nexec node '${root}packages/cli/src/main.ts' "$@"\n`);
    await chmod(command, 0o755);
    await mkdir(join(folder.path, 'node_modules/@retort'), { recursive: true });
    await symlink(join(root, 'packages/sdk'), join(folder.path, 'node_modules/@retort/sdk'));
    await symlink(join(root, 'packages/sdk/node_modules/openai'), join(folder.path, 'node_modules/openai'));
  });
  afterAll(async () => {
    process.stdout.write(`\n${table('The first ten minutes, in seconds', seconds)}\n`);
    await platform?.stop();
    await teacher?.close();
    await folder?.remove();
  });

  /** For the platform of the test, which listens elsewhere and has a key of its own. */
  const here = (source: string) =>
    source.replaceAll('http://127.0.0.1:4000', platform.url).replaceAll('rt_…', platform.apiKey);

  async function shell(source: string, cwd: string): Promise<string> {
    const { stdout } = await execute('bash', ['-euo', 'pipefail', '-c', here(source)], {
      cwd,
      env: {
        ...process.env,
        PATH: `${join(folder.path, 'bin')}:${process.env.PATH}`,
        NODE_OPTIONS: `--conditions=source --import=${import.meta.resolve('tsx')}`,
        OPENAI_API_KEY: 'none',
        RETORT: platform.url,
        RETORT_KEY: platform.apiKey,
        KEY: platform.apiKey,
      },
    });
    return stdout;
  }

  it.each(run)('$page does what it shows', async ({ page, blocks }) => {
    const cwd = join(folder.path, page.replaceAll('/', '-'));
    await mkdir(cwd);
    const began = performance.now();
    for (const block of blocks) {
      if (block.file !== null) await writeFile(join(cwd, block.file), here(block.source));
      if (!isRun(block)) continue;
      const output = await shell(block.source, cwd);
      const refused = output.split('\n').filter((line) => /^\{"type":.*"status":[45]\d\d/.test(line));
      expect([page, block.line, refused]).toEqual([page, block.line, []]);
      if (block.expected !== null)
        expect([page, block.line, output]).toEqual([page, block.line, expect.stringContaining(block.expected)]);
    }
    seconds.push([page, ((performance.now() - began) / 1000).toFixed(1)]);
  });
});
