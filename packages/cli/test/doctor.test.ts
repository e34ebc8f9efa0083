import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unfitExitCode } from '../src/commands/doctor.ts';
import type { Check } from '../src/doctor/checks.ts';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

const checksOf = (stdout: string) => JSON.parse(stdout) as { ok: boolean; checks: Check[] };

describe('retort doctor', () => {
  it('finds nothing missing where the platform runs', async () => {
    const { code, stdout } = await retort('doctor', '--data', join(await folder(), 'data'), '--port', '0', '--json');
    expect(checksOf(stdout)).toMatchObject({ ok: true });
    expect(code).toBe(0);
  });

  it('says what is missing and what helps: a port that is taken, a folder that is none', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const file = join(await folder(), 'file');
    await writeFile(file, '');
    const given = ['doctor', '--data', join(file, 'data'), '--port', String(port)];
    const { code, stdout } = await retort(...given, '--json');
    const words = await retort(...given);
    taken.close();
    expect(code).toBe(unfitExitCode);
    const missing = checksOf(stdout).checks.filter(({ ok }) => !ok);
    expect(missing.map(({ what }) => what)).toEqual(['data folder', 'port']);
    expect(words.stdout).toContain('Name another with --port');
  });

  it('writes no colour where a program reads it', async () => {
    const { stdout } = await retort('doctor', '--data', join(await folder(), 'data'), '--port', '0');
    expect(stdout).not.toContain('\u001b');
  });
});
