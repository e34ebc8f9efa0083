import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** Runs the command line as a user's shell does. */
async function retort(...commandArguments: string[]) {
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', main, ...commandArguments]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString('utf8')));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString('utf8')));
  const [code] = (await once(child, 'close')) as [number];
  return { code, stdout, stderr };
}

describe('the command line', () => {
  it('says what it can do', async () => {
    const { code, stdout } = await retort('--help');
    expect(code).toBe(0);
    for (const command of ['start', 'demo', 'distill', 'bench']) expect(stdout).toContain(command);
  });

  it('answers a missing file with one clear line and exit code 2', async () => {
    const { code, stderr, stdout } = await retort('distill', '--train', 'no-such-file', '--test', 'neither');
    expect(code).toBe(2);
    expect(stderr).toBe('retort: --train: there is no file no-such-file.\n');
    expect(stdout).toBe('');
  });

  it('answers a target that is no rate, and an unknown benchmark, in the same way', async () => {
    expect((await retort('distill', '--train', 'a', '--test', 'b', '--target', '93')).code).not.toBe(0);
    const { code, stderr } = await retort('bench', 'no-such-benchmark');
    expect(code).toBe(2);
    expect(stderr).toContain('There is no benchmark "no-such-benchmark"');
  });
}, 120_000);
