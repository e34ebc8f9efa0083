import { topics } from '@retort/contracts';
import { until } from '@retort/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decided, event, streamOf } from '../host.ts';
import { startRecorded, type Recorded } from './recorded.ts';

let host: Recorded;
beforeAll(async () => {
  host = await startRecorded();
});
afterAll(() => host.close());

describe('the readers of the log', () => {
  it('relay every event to its topic, keyed by its stream', async () => {
    const received: { key: string; type: string }[] = [];
    const consumption = await host.infrastructure.bus.consume({
      group: 'test',
      topics: [topics.decisions, topics.toolsets],
      handle: async ({ key, attributes }) => void received.push({ key, type: attributes.type }),
    });
    const stored = (
      await host.infrastructure.database('event_store').query("select 1 from events where stream ~ '^(agent|toolset)-'")
    ).rowCount;
    await until('every event on the bus', () => received.length >= stored);
    await consumption.close();
    expect(received).toContainEqual({ key: 'agent-globex.loan', type: 'AGENT_TOOL_SELECTED' });
    expect(received).toHaveLength(stored);
  });
  it('tell how far each reader of the log is behind', async () => {
    const scraped = await (await host.send('/metrics')).text();
    for (const reader of ['decisions', 'relay', 'hash-chain'])
      expect(scraped).toMatch(new RegExp(`retort_reader_lag_seconds\\{[^}]*reader="${reader}"[^}]*\\} \\d`));
  });
  it('set a poison event aside with its reason and stop at nothing', async () => {
    const unreadable = event('AGENT_TOOL_SELECTED', 'loan', { id: 'p', tool_selected: 1 });
    const fromTheFuture = decided('f', {}, { version: 99 });
    const refused = decided('nul', { tool_selected: 'x\0' });
    await host.record(unreadable, fromTheFuture, refused, decided('after-poison'));
    expect((await host.one('after-poison')).status).toBe(200);
    const { rows } = await host.infrastructure
      .database('event_projection')
      .query<{ event_id: string; stream: string }>(
        'select event_id, stream from poison_events order by commit_position',
      );
    expect(rows).toEqual(
      [unreadable, fromTheFuture, refused].map((poison) => ({ event_id: poison.id, stream: streamOf(poison) })),
    );
    // A figure that takes the database too long is left out of a scrape, and a scrape stands for a moment.
    await until('the metrics to tell', async () => {
      const text = await (await host.send('/metrics')).text();
      return /^retort_projection_poison_events\{[^}]*\} 3$/m.test(text);
    });
  });
});
