import { listAuditEvents, listDecisions, lookUpDecisions } from '@retort/contracts';
import { digestOfJson } from '@retort/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, event, registered, startProjection, tools, type StartedProjection } from './host.ts';

describe('an answer of many decisions', () => {
  const repetitive = Array.from({ length: 30 }, (_, index) => `repetitive-${index}`);
  const manual = [{ name: 'get_balance', description: 'm'.repeat(16_000) }, ...tools.slice(1)];
  const manuals = digestOfJson(manual);
  const longest = (body: object) => expect(JSON.stringify(body).length).toBeLessThan(1_048_576);
  let host: StartedProjection;
  beforeAll(async () => {
    host = await startProjection();
    await host.record(registered());
    await host.record(event('TOOLSET_REGISTERED', manuals.slice(7), { toolset: manuals, tools: manual }));
    const context = { text: 'a'.repeat(100_000) };
    await host.record(decided('a'));
    await host.record(...repetitive.map((id) => decided(id, { agent_id: 'repetitive', toolset: manuals, context })));
  });

  afterAll(() => host.close());

  it('is counted as it is written, though the database compresses it, and with the tools that stand in it', async () => {
    for (const form of ['reference', 'expand'] as const) {
      const query = { 'filter[agent_id][eq]': 'repetitive', toolsets: form, limit: 1_000 } as const;
      const { body } = await host.call(listDecisions, { query });
      longest(body);
      expect([body.data.length > 0, body.has_more]).toEqual([true, true]);
    }
    const many = Array.from({ length: 100 }, (_, index) => `tools-${index}`);
    await host.record(...many.map((id) => decided(id, { agent_id: 'tools', toolset: manuals })));
    const { body } = await host.call(listDecisions, { query: { 'filter[agent_id][eq]': 'tools' } });
    expect(body.data.length).toBeLessThan(50);
    const short = await host.call(listDecisions, { query: { 'filter[agent_id][eq]': 'tools', toolsets: 'reference' } });
    expect(short.body.data).toHaveLength(100);
  });

  it('says which ids it did not look for', async () => {
    const found: string[] = [];
    let answers = 0;
    for (let asked = ['nobody', ...repetitive, 'a']; asked.length > 0; answers++) {
      const { body } = await host.call(lookUpDecisions, { body: { ids: asked } });
      longest(body);
      found.push(...body.data.map(({ id }) => id));
      asked = body.rest ?? [];
    }
    expect(found).toEqual([...repetitive, 'a']);
    expect(answers).toBeGreaterThan(2);
  });

  it('holds large events of the audit a few at a time', async () => {
    const query = { event_type: 'AGENT_TOOL_SELECTED', limit: 1_000 } as const;
    const { body } = await host.call(listAuditEvents, { query });
    longest(body);
    expect(body.has_more).toBe(true);
  });
});
