import { mkdir, readFile, readdir, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { logFile } from '../src/log-file.ts';
import { folder } from './folder.ts';

const line = (text: string) => Buffer.from(`${text}\n`);

describe('the log file', () => {
  it('is set aside when it is large, and only so many are kept, readable by their owner alone', async () => {
    const path = await folder();
    const log = logFile({ path: join(path, 'platform.log'), largest: 20, kept: 2 });
    for (let number = 0; number < 9; number++) log.write(line(`line ${number}`));
    await log.settled();
    expect((await readdir(path)).sort()).toEqual(['platform.log', 'platform.log.1', 'platform.log.2']);
    expect(await readFile(join(path, 'platform.log'), 'utf8')).toBe('line 8\n');
    expect(await readFile(join(path, 'platform.log.1'), 'utf8')).toBe('line 6\nline 7\n');
    expect((await stat(join(path, 'platform.log'))).mode & 0o777).toBe(0o600);
  });

  it('goes on when it could not be written for a while, and says how much it lost', async () => {
    const path = join(await folder(), 'platform.log');
    const log = logFile({ path });
    // What cannot be opened for writing is as good as a disk without room.
    await mkdir(path);
    log.write(line('lost'));
    await log.settled();
    await rmdir(path);
    log.write(line('kept'));
    await log.settled();
    expect(await readFile(path, 'utf8')).toMatch(/"message":"5 bytes of the log could not be written"\}\nkept\n$/);
  });
});
