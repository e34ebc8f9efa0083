import { temporaryFolder } from '@retort/testing';
import { expect, it } from 'vitest';
import { launchPlatform } from '../src/platform.ts';

it('a platform that a signal ends before it serves says which', async () => {
  const folder = await temporaryFolder('platform');
  const dies = { NODE_OPTIONS: '--import=data:text/javascript,process.kill(process.pid,9)' };
  await expect(launchPlatform({ folder: folder.path, port: 0, environment: dies })).rejects.toMatchObject({
    code: 'cli.platform-failed',
    message: expect.stringContaining('did not start (ended by SIGKILL') as string,
  });
  await folder.remove();
}, 60_000);
