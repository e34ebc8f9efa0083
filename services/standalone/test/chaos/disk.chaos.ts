import { execFileSync } from 'node:child_process';
import { appendFileSync, closeSync, openSync, rmSync } from 'node:fs';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@retort/postgres';
import { temporaryFolder, until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLoad } from './load.ts';
import { startPlatformProcess, type PlatformProcess } from './platform-process.ts';
import { inPostgres, verify } from './verify.ts';

/** Only root may mount a small disk. */
const mayMount = process.getuid?.() === 0;
if (!mayMount) process.stderr.write('chaos, full disk: SKIPPED, because only root may mount a small disk\n');

const size = '448m';
const times = 3;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let postgres: EmbeddedPostgres;
let platform: PlatformProcess;
let output: number;

describe.runIf(mayMount)(`a disk that is full, ${times} times under load`, () => {
  beforeAll(async () => {
    folder = await temporaryFolder('chaos-disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', folder.path]);
    postgres = await startEmbeddedPostgres({
      folder: `${folder.path}/postgres`,
      settings: { max_wal_size: '96MB', min_wal_size: '32MB' },
    });
    output = openSync(`${folder.path}/platform.log`, 'a');
    platform = await startPlatformProcess(
      {
        RETORT_DATABASE_URL: postgres.url(),
        RETORT_DATA_FOLDER: `${folder.path}/data`,
        RETORT_LOG_LEVEL: 'debug',
      },
      output,
    );
  });
  afterAll(async () => {
    await platform.stop();
    closeSync(output);
    await postgres.stop();
    execFileSync('umount', ['-l', folder.path]);
    await folder.remove();
  });

  it('is answered with 503, ends no process, loses no acknowledged decision, and is forgotten when there is room', async () => {
    const load = startLoad(() => platform);
    const unavailable = () => load.statuses.get(503) ?? 0;
    for (let time = 0; time < times; time++) {
      const acknowledged = load.acknowledged();
      await until('decisions are acknowledged', () => load.acknowledged() > acknowledged + 50, 120_000);
      const refused = unavailable();
      await until('the disk is full', () => {
        fill(`${folder.path}/ballast`);
        return unavailable() > refused + 50;
      });
      expect((await fetch(`${platform.url}/livez`)).status).toBe(200);
      rmSync(`${folder.path}/ballast`);
    }
    const written = await load.stop();
    expect(platform.alive()).toBe(true);
    expect([...load.statuses.keys()].filter((status) => status >= 500 && status !== 503)).toEqual([]);
    await verify(platform, { inTheLog: () => inPostgres(postgres.url()), written });
    process.stdout.write(
      `chaos, full disk: ${load.acknowledged()} decisions, each there once, and ${unavailable()} times 503\n`,
    );
  });
});

const block = Buffer.alloc(1_048_576);

/** Whatever was freed meanwhile is taken, too. */
function fill(path: string): void {
  try {
    for (;;) appendFileSync(path, block);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
