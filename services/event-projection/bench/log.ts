import { eventCatalog, streamName } from '@retort/contracts';
import type { EventStore, NewEvent } from '@retort/event-store';
import { digestOfJson, newId } from '@retort/kernel';

export const eventType = 'AGENT_TOOL_SELECTED';
const agents = 64;
const groupSize = 500;
const toolset = digestOfJson([{ name: 'transfer' }]);

/** Fills a real log with decisions, as batches that are ingested do; resolves to their events' ids. */
export async function fillLog(store: EventStore, events: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < events) {
    const group = Array.from({ length: Math.min(groupSize, events - ids.length) }, (_, index) =>
      newDecision(ids.length + index),
    );
    await store.appendGroup(
      group.map((event) => ({
        stream: streamName('agent', 'bench', event.aggregateId),
        expected: 'any',
        events: [event],
      })),
    );
    for (const { id } of group) ids.push(id);
  }
  return ids;
}

/** About 1 KB. */
function newDecision(index: number): NewEvent {
  const agent = `agent-${index % agents}`;
  return {
    id: newId(),
    type: eventType,
    version: eventCatalog[eventType].version,
    tenant: 'bench',
    aggregateType: 'agent',
    aggregateId: agent,
    occurredAt: '2026-01-02T03:04:05.678Z',
    causationId: null,
    correlationId: newId(),
    json: JSON.stringify({
      id: `decision-${index}`,
      agent_id: agent,
      context: { query: 'x'.repeat(700) },
      toolset,
      tool_selected: 'transfer',
      tool_parameters: { account: 'AT611904300234573201', amount: index },
      outcome: { success: true, execution_time_ms: 182 },
    }),
  };
}
