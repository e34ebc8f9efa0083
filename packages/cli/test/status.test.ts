import { getStatus, recordDecisions, statusView } from '@retort/contracts';
import { temporaryFolder } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectApi } from '../src/api.ts';
import { refusedExitCode } from '../src/commands/train.ts';
import { launchPlatform, type Platform } from '../src/platform.ts';
import { retort } from './retort.ts';

let data: Awaited<ReturnType<typeof temporaryFolder>>;
let platform: Platform;

beforeAll(async () => {
  data = await temporaryFolder('status');
  platform = await launchPlatform({ folder: data.path, port: 0, environment: { RETORT_AUTO: 'false' } });
}, 120_000);
afterAll(async () => {
  await platform.stop();
  await data.remove();
});

describe('retort status', () => {
  it('is told where no platform runs, and what to do', async () => {
    const { code, stderr } = await retort('status', '--data', `${data.path}-elsewhere`);
    expect(code).toBe(2);
    expect(stderr).toContain('retort start');
  });

  it('says how to begin while nothing came in', async () => {
    const { code, stdout } = await retort('status', '--data', data.path);
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing came in yet');
  });

  it('says after a step by hand what the gate refused, and what would help', async () => {
    const api = connectApi(platform);
    await api.callWithLines(
      recordDecisions,
      Array.from({ length: 40 }, (_, index) => ({
        agent_id: 'desk',
        context: { query: `What is on account ${index}?` },
        tools_available: [{ name: 'get_balance' }, { name: 'transfer' }],
        tool_selected: index % 2 === 0 ? 'get_balance' : 'transfer',
      })),
    );
    const trained = await retort('train', '--data', data.path, '--json');
    expect(trained.stderr).not.toContain('retort:');
    expect(trained.code).toBe(refusedExitCode);
    const { stdout } = await retort('status', '--data', data.path, '--json');
    const status = statusView.parse(JSON.parse(stdout));
    expect(status).toMatchObject({ decisions: 40, agents: [{ agent_id: 'desk', decisions: 40, tools: 2 }] });
    expect(status.models[0]).toMatchObject({
      serving: null,
      refusal: { reasons: [{ code: 'gate.too-few-decisions' }], helps: [expect.stringContaining('More decisions')] },
    });
    expect(await api.call(getStatus)).toEqual(status);
    const words = await retort('status', '--data', data.path);
    expect(words.stdout).toContain('nothing: every turn goes to the teacher');
  });
});
