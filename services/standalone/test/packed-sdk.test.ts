import { execFile } from 'node:child_process';
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { getDecision, listDecisions } from '@retort/contracts';
import { temporaryFolder, until } from '@retort/testing';
import { publint } from 'publint';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestPlatform, type TestPlatform } from './harness.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const sdk = join(root, 'packages/sdk');
const require = createRequire(import.meta.url);

/** A project as a user has one: nothing of this repository but the tarball. */
let project: Awaited<ReturnType<typeof temporaryFolder>>;
let tarball: string;
let platform: TestPlatform;

beforeAll(async () => {
  vi.stubEnv('RETORT_AUTO', 'false');
  project = await temporaryFolder('packed-sdk');
  await run('pnpm', ['--dir', sdk, 'run', 'package']);
  const { stdout } = await run('npm', ['pack', join(sdk, 'package'), '--json'], { cwd: project.path });
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  tarball = join(project.path, packed.filename);
  await write('package.json', JSON.stringify({ name: 'user', type: 'module', private: true }));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball], { cwd: project.path });
  await mkdir(join(project.path, 'node_modules/@types'), { recursive: true });
  await symlink(join(root, 'node_modules/@types/node'), join(project.path, 'node_modules/@types/node'));
  platform = await startTestPlatform('packed-sdk');
}, 400_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  await platform.close();
  await project.remove();
});

const write = (path: string, text: string) => writeFile(join(project.path, path), text);

/** Compiles as `tsc --strict` does; @throws with what the compiler says. */
function compile(files: string[], options: object): Promise<unknown> {
  const compilerOptions = { target: 'es2023', module: 'nodenext', strict: true, types: ['node'], ...options };
  return write('tsconfig.json', JSON.stringify({ compilerOptions, files })).then(() =>
    run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc')], { cwd: project.path }).catch(
      ({ stdout }: { stdout: string }) => {
        throw new Error(stdout);
      },
    ),
  );
}

const program = `
import { createPredictor, createRecorder, type DecisionInput, type PredictionView } from '@retort/sdk';

const [url = '', apiKey = ''] = process.argv.slice(2);
const recorder = createRecorder({ url, apiKey });
const decision: DecisionInput = {
  agent_id: 'packed',
  context: { query: 'What is on my account?' },
  tools_available: [{ name: 'get_balance', parameters: { type: 'object', properties: { account: { type: 'string' } } } }],
  tool_selected: 'get_balance',
  tool_parameters: { account: 'AT61' },
};
const id = recorder.record(decision);
if (id !== undefined) recorder.outcome(id, { success: true, execution_time_ms: 12 });
recorder.record({ ...decision, id: 'violates-its-schema', tool_parameters: { account: 61 } });

const predicted: PredictionView = await createPredictor({ url, apiKey }).predict({
  messages: [{ role: 'user', content: 'What is on my account?' }],
  tools: [{ function: { name: 'get_balance' } }],
  fallback: 'none',
});
const refused = await createPredictor({ url, apiKey })
  .predict({ context: {}, tools_available: [{ name: '' }] })
  .catch((error: { name: string; errors?: { pointer: string }[] }) => error);
console.log(JSON.stringify({ id, served_by: predicted.served_by, refused }));
`;

describe('the packed SDK', () => {
  it('installs without any other package, compiles under --strict, and loses nothing of a script that just ends', async () => {
    await write('user.ts', program);
    await compile(['user.ts'], { skipLibCheck: false, exactOptionalPropertyTypes: true });
    const { dependencies } = JSON.parse(
      await readFile(join(project.path, 'node_modules/@retort/sdk/package.json'), 'utf8'),
    ) as { dependencies?: object };
    expect(dependencies).toBeUndefined();
    const { stdout, stderr } = await run(
      process.execPath,
      ['user.js', platform.url(), await platform.keyOf('default')],
      {
        cwd: project.path,
      },
    );
    expect(stderr).toBe('');
    const told = JSON.parse(stdout) as { id: string; served_by: string; refused: object };
    expect(told).toMatchObject({
      served_by: 'none',
      refused: { name: 'PredictionError', status: 400, errors: [{ pointer: '/tools_available/0/name' }] },
    });
    const known = await until('the outcome is read', async () => {
      const decision = await platform.read(getDecision, { params: { id: told.id } });
      return decision.outcome ? decision : undefined;
    });
    expect(known).toMatchObject({ tool_parameters: { account: 'AT61' }, outcome: { success: true } });
    const { data } = await platform.read(listDecisions, { query: { 'filter[agent_id][eq]': 'packed' } });
    expect(data.find(({ id }) => id === 'violates-its-schema')).toMatchObject({
      tool_selected: 'get_balance',
      tool_parameters: null,
    });
  });

  it('says once what is wrong with a key, and ends all the same', async () => {
    const { stderr } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { createRecorder } from '@retort/sdk'; const r = createRecorder({ url: ${JSON.stringify(platform.url())}, apiKey: 'rt_wrong', batchSize: 1 }); for (let i = 0; i < 3; i++) r.record({ agent_id: 'a', context: {}, tools_available: [], tool_selected: null });`,
      ],
      { cwd: project.path },
    );
    expect(stderr.match(/the API key is refused/g)).toHaveLength(1);
  });

  it('says what it waited for in vain when nobody is at the address', async () => {
    const { stderr } = await run(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { createRecorder } from '@retort/sdk'; createRecorder({ url: 'http://127.0.0.1:9', apiKey: 'k', exitTimeoutMs: 100 }).record({ agent_id: 'a', context: {}, tools_available: [], tool_selected: null });`,
      ],
      { cwd: project.path },
    );
    expect(stderr).toContain('http://127.0.0.1:9/: not reached');
    expect(stderr).toContain('1 decisions did not arrive');
  });

  it('shows examples in its README that compile against it', async () => {
    for (const name of [
      'openai',
      'ai',
      '@ai-sdk/openai',
      '@langchain/openai',
      '@openai/agents',
      '@modelcontextprotocol/sdk',
    ]) {
      const link = join(project.path, 'node_modules', name);
      await mkdir(dirname(link), { recursive: true });
      await symlink(join(sdk, 'node_modules', name), link);
    }
    const readme = await readFile(join(sdk, 'README.md'), 'utf8');
    const examples = [...readme.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map(([, source]) => source!);
    expect(examples.length).toBeGreaterThan(4);
    const files = examples.map((_, index) => `example-${index}.ts`);
    await Promise.all(files.map((file, index) => write(file, examples[index]!)));
    await compile(files, { skipLibCheck: true, noEmit: true });
  });

  it('is a package that publint and attw find nothing wrong with', async () => {
    const { messages } = await publint({ pkgDir: join(sdk, 'package'), strict: true });
    expect(messages).toEqual([]);
    const attw = join(dirname(require.resolve('@arethetypeswrong/cli/package.json')), 'dist/index.js');
    const { stdout } = await run(process.execPath, [attw, tarball, '--profile', 'esm-only', '--format', 'json']);
    expect(JSON.parse(stdout)).toMatchObject({ problems: {} });
  });
});
