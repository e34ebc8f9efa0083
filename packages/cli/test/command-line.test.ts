import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

describe('the command line', () => {
  it('says what it can do', async () => {
    const { code, stdout } = await retort('--help');
    expect(code).toBe(0);
    for (const command of ['start', 'demo', 'distill', 'bench']) expect(stdout).toContain(command);
  });

  it('says which version it is, and what can be measured', async () => {
    expect(await retort('--version')).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' });
    const { code, stdout } = await retort('bench', '--help');
    expect([code, stdout]).toEqual([0, expect.stringContaining('whole calls predicted per second')]);
  });

  it('answers a missing file with one clear line and exit code 2', async () => {
    const { code, stderr, stdout } = await retort('distill', '--train', 'no-such-file', '--test', 'neither');
    expect(code).toBe(2);
    expect(stderr).toBe('retort: --train: there is no file no-such-file.\n');
    expect(stdout).toBe('');
  });

  it('answers a folder instead of a file, and an output that cannot be written, before any work', async () => {
    const path = await folder();
    expect(await retort('distill', '--train', path, '--test', path)).toEqual({
      code: 2,
      stdout: '',
      stderr: `retort: --train: there is no file ${path}.\n`,
    });
    const out = join(path, 'none', 'predictions.jsonl');
    const self = fileURLToPath(import.meta.url);
    expect(await retort('distill', '--train', self, '--test', self, '--out', out)).toEqual({
      code: 2,
      stdout: '',
      stderr: `retort: --out: ${out} cannot be written.\n`,
    });
  });

  it('looks after no data folder that was never there, and makes none', async () => {
    const path = join(await folder(), 'mistyped');
    const refused = {
      code: 2,
      stdout: '',
      stderr: `retort: ${path} is no data folder of a platform. Name another with --data.\n`,
    };
    expect(await retort('verify', '--data', path)).toEqual(refused);
    expect(await retort('rebuild', '--data', path)).toEqual(refused);
    expect(await retort('backup', '--data', path, '--to', `${path}-backup`)).toEqual(refused);
    expect([existsSync(path), existsSync(`${path}-backup`)]).toEqual([false, false]);
  });

  it('takes no placeholder for a key', async () => {
    const log = fileURLToPath(new URL('fixtures/none', import.meta.url));
    const { code, stderr } = await retort('import', log, '--from', 'csv', '--key', 'rt_…');
    expect([code, stderr]).toEqual([2, 'retort: The API key holds characters that no key has. Is it a placeholder?\n']);
  });

  it('says in one line that the port is taken, before it makes anything', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const data = join(await folder(), 'none');
    const { code, stderr } = await retort('start', '--port', String(port), '--data', data);
    taken.close();
    expect([code, existsSync(data)]).toEqual([1, false]);
    expect(stderr).toBe(
      `retort: Nobody can listen on port ${port} (EADDRINUSE): name another with --port, or stop what listens there.\n`,
    );
  });

  it('answers a target that is no rate, and an unknown benchmark, in the same way', async () => {
    expect((await retort('distill', '--train', 'a', '--test', 'b', '--target', '93')).code).toBe(2);
    expect((await retort('verify', '--no-such-option')).code).toBe(2);
    const { code, stderr } = await retort('bench', 'no-such-benchmark');
    expect(code).toBe(2);
    expect(stderr).toContain('There is no benchmark "no-such-benchmark"');
  });
}, 120_000);
