import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { listAuditEvents, recordDecisions } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { launchPlatform, type Platform } from '../src/platform.ts';
import { folder } from './folder.ts';
import { retort } from './retort.ts';

let next = 0;
async function record(platform: Platform): Promise<string[]> {
  const decisions = Array.from({ length: 50 }, () => ({
    id: `d-${++next}`,
    agent_id: 'loan',
    context: { query: 'What do I owe?' },
    tools_available: [{ name: 'help' }],
    tool_selected: 'help',
    tool_parameters: {},
  }));
  const response = await fetch(`${platform.url}${recordDecisions.path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(decisions),
  });
  expect(response.status).toBe(202);
  return decisions.map(({ id }) => id);
}

async function recorded(platform: Platform): Promise<Set<string>> {
  const ids = new Set<string>();
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=1000&event_type=AGENT_TOOL_SELECTED${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const response = await fetch(`${platform.url}${listAuditEvents.path}?${query}`, {
      headers: { authorization: `Bearer ${platform.apiKey}` },
    });
    const page = (await response.json()) as { data: { data: { id: string } }[]; next_cursor: string | null };
    for (const { data } of page.data) ids.add(data.id);
    cursor = page.next_cursor;
  }
  return ids;
}

describe('a backup', () => {
  it('of a platform that goes on recording holds all that was acknowledged before, and is verified when it is restored', async () => {
    const [data, home] = [await folder(), await folder()];
    const [target, restored] = [join(home, 'backup'), join(home, 'restored')];
    const platform = await launchPlatform({ folder: data, port: 0 });
    const before: string[] = [];
    for (let round = 0; round < 10; round++) before.push(...(await record(platform)));
    let busy = true;
    const load = (async () => {
      while (busy) await record(platform);
    })();
    const made = await retort('backup', '--data', data, '--to', target, '--json');
    busy = false;
    await load;
    await platform.stop();
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect((await retort('backup', '--data', data, '--to', target)).code).toBe(2);

    const report = await retort('restore', '--from', target, '--data', restored, '--json');
    expect(report).toMatchObject({ code: 0, stderr: '' });
    expect((JSON.parse(report.stdout) as { events: number }).events).toBeGreaterThanOrEqual(before.length);
    const again = await launchPlatform({ folder: restored, port: 0 });
    const ids = await recorded(again);
    expect(before.filter((id) => !ids.has(id))).toEqual([]);
    await record(again);
    await again.stop();
  });

  it('that was not finished, or was damaged since, is not taken for one', async () => {
    const [data, home] = [await folder(), await folder()];
    const target = join(home, 'backup');
    await (await launchPlatform({ folder: data, port: 0 })).stop();
    expect((await retort('backup', '--data', data, '--to', target)).code).toBe(0);
    const manifest = join(target, 'manifest.json');
    const written = await readFile(manifest, 'utf8');
    await rm(manifest);
    expect((await retort('restore', '--from', target, '--data', join(home, 'a'))).stderr).toContain('no manifest');
    await writeFile(manifest, written);
    await rm(join(target, 'postgres', 'data', 'global', (await readdir(join(target, 'postgres/data/global')))[0]!));
    expect((await retort('restore', '--from', target, '--data', join(home, 'b'))).stderr).toContain('lacks files');
  });
});
