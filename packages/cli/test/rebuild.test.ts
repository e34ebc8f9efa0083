import { randomUUID } from 'node:crypto';
import { recordDecision, verifyAuditEvents } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { launchPlatform } from '../src/platform.ts';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

describe('retort rebuild and retort verify', () => {
  it('work beside the platform that runs on the folder, and on a folder on which none runs', async () => {
    const data = await folder();
    const platform = await launchPlatform({ folder: data, port: 0 });
    const headers = { authorization: `Bearer ${platform.apiKey}`, 'content-type': 'application/json' };
    const decision = {
      id: randomUUID(),
      agent_id: 'loan',
      context: { query: 'What do I owe?' },
      tools_available: [{ name: 'help' }],
      tool_selected: 'help',
      tool_parameters: {},
    };
    await fetch(`${platform.url}${recordDecision.path}`, { method: 'POST', headers, body: JSON.stringify(decision) });
    const rebuilt = await retort('rebuild', '--data', data, '--json');
    expect(rebuilt.code).toBe(0);
    expect(JSON.parse(rebuilt.stdout)).toMatchObject({ state: 'succeeded', healed_rows: 0, service: null });
    const one = await retort('rebuild', '--service', 'curation', '--data', data, '--json');
    expect(JSON.parse(one.stdout)).toMatchObject({ state: 'succeeded', service: 'curation' });
    expect((await retort('rebuild', '--service', 'nobody', '--data', data)).code).toBe(2);
    expect((await fetch(`${platform.url}${verifyAuditEvents.path}`, { headers })).status).toBe(200);
    await platform.stop();

    const verified = await retort('verify', '--data', data, '--json');
    expect(verified.code).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({ state: 'succeeded', differing: 0, differences: [] });
  }, 240_000);
});
