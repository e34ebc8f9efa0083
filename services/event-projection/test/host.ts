import { listProjections } from '@retort/contracts';
import type { NewEvent } from '@retort/event-store';
import { digestOfJson, newId } from '@retort/kernel';
import { startService, type StartOptions } from '@retort/service-testing';
import { until } from '@retort/testing';
import { service } from '../src/service.ts';

/** The service behind the real host, and a way to put events into its log. */
export async function startProjection(options: StartOptions = {}) {
  const platform = await startService(service, options);
  return {
    ...platform,
    /** Appends events to their streams and waits until the projection knows them. */
    async record(...events: NewEvent[]): Promise<void> {
      for (const event of events)
        await platform.infrastructure.events.append({ stream: streamOf(event), expected: 'any', events: [event] });
      await until('the projection to catch up', async () => {
        const { body } = await platform.call(listProjections);
        return body.data.every(({ caught_up }) => caught_up);
      });
    },
  };
}
export type StartedProjection = Awaited<ReturnType<typeof startProjection>>;

export const tools = [{ name: 'get_balance', parameters: { type: 'object' } }, { name: 'help' }];
export const toolset = digestOfJson(tools);

export const streamOf = (event: NewEvent) => `${event.aggregateType}-${event.tenant}.${event.aggregateId}`;

interface Members {
  aggregateType?: string;
  tenant?: string;
  version?: number;
  occurredAt?: string;
  json?: string;
}

export function event(type: string, aggregateId: string, data: unknown, members: Members = {}): NewEvent {
  return {
    id: newId(),
    type,
    version: 1,
    tenant: 'acme',
    aggregateType: type === 'TOOLSET_REGISTERED' ? 'toolset' : 'agent',
    aggregateId,
    occurredAt: '2026-01-01T00:00:00.000Z',
    causationId: null,
    correlationId: 'test',
    json: JSON.stringify(data),
    ...members,
  };
}

export function decided(id: string, changes: Record<string, unknown> = {}, members: Members = {}): NewEvent {
  const data = {
    id,
    agent_id: 'loan',
    context: { query: id },
    toolset,
    tool_selected: 'get_balance',
    tool_parameters: { account: '42' },
    ...changes,
  };
  return event('AGENT_TOOL_SELECTED', data.agent_id, data, members);
}

export const reported = (id: string, outcome: Record<string, unknown>, members: Members = {}) =>
  event(
    'DECISION_OUTCOME_REPORTED',
    'loan',
    { decision_id: id, outcome, reported_at: '2026-01-02T00:00:00.000Z' },
    members,
  );

export const registered = (members: Members = {}) =>
  event('TOOLSET_REGISTERED', toolset.slice(7), { toolset, tools, name: 'balances' }, members);
