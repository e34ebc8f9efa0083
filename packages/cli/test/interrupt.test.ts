import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder, until } from '@retort/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRetort } from './retort.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  folder = await temporaryFolder('interrupt');
});
afterEach(() => folder.remove());

describe('Ctrl-C', () => {
  it('stops a platform in order: the database is shut down, its folder given back', async () => {
    const running = startRetort(['start', '--port', '0', '--data', folder.path]);
    await until('the platform serves', () => running.written().stdout.includes('API key'), 120_000);
    running.child.kill('SIGINT');
    expect(await running.ended()).toMatchObject({ code: 0, stderr: 'Stopped.\n' });
    expect(existsSync(join(folder.path, 'postgres', 'data', 'postmaster.pid'))).toBe(false);
    expect(existsSync(join(folder.path, 'postgres', 'owner.json'))).toBe(false);
  });

  it('ends a demo under way with 130 and one clear line, and leaves nothing behind', async () => {
    const running = startRetort(['demo', '--port', '0'], { TMPDIR: folder.path });
    await until('agents decide', () => running.written().stderr.includes('agents decide'), 120_000);
    // As a terminal does with package managers in between: more than once.
    running.child.kill('SIGINT');
    running.child.kill('SIGINT');
    const { code, stderr } = await running.ended();
    expect(code).toBe(130);
    expect(stderr).toMatch(/\nretort: stopped\n$/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('retort'))).toEqual([]);
  });
}, 180_000);
