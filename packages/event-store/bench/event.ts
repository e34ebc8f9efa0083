import { randomUUID } from 'node:crypto';
import type { NewEvent } from '../src/index.ts';

const agents = 15;

/** A decision of about 900 bytes, by one of fifteen agents. */
export function makeEvent(index: number): NewEvent {
  return {
    id: randomUUID(),
    type: 'AGENT_TOOL_SELECTED',
    version: 1,
    tenant: 'acme',
    aggregateType: 'agent',
    aggregateId: `agent-${index % agents}`,
    occurredAt: '2026-01-02T03:04:05.678Z',
    causationId: null,
    correlationId: randomUUID(),
    json: JSON.stringify({ index, context: { text: 'x'.repeat(700) }, tool: 'check_balance', note: '"quoted"' }),
  };
}

export const streamOf = (event: NewEvent) => `agent-acme.${event.aggregateId}`;

export const round = (value: number) => Math.round(value * 100) / 100;
