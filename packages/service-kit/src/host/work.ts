import { setMaxListeners } from 'node:events';
import type { Consumption, EventBus } from '@retort/event-bus';
import { consumeSubscriptions } from '../events/consume.ts';
import { lagMetric } from '../events/lag-metric.ts';
import { hasRuns, runMetrics } from './operator-metrics.ts';
import type { Check } from '../http/health.ts';
import { supervise, type Supervised } from '../loops.ts';
import type { ServiceContext, ServiceDefinition, ServiceParts } from '../types.ts';

export interface Hosted {
  definition: ServiceDefinition;
  context: ServiceContext<unknown>;
  parts: ServiceParts;
  /** What readiness asks of it. */
  checks: Record<string, Check>;
}

/** Starts consumers, then loops. The function it returns ends them and waits for what they have in hand. */
export async function startWork(hosted: readonly Hosted[], bus: EventBus): Promise<() => Promise<void>> {
  const stop = new AbortController();
  // Every loop of every service listens: no leak, however many there are.
  setMaxListeners(0, stop.signal);
  const consumptions: Consumption[] = [];
  const loops: Supervised[] = [];
  const end = async () => {
    stop.abort();
    await Promise.all([...consumptions.map((consumption) => consumption.close()), ...loops.map((loop) => loop.ended)]);
  };
  try {
    for (const { definition, context, parts, checks } of hosted) {
      const { name } = definition;
      const { log, db: database } = context;
      const subscriptions = parts.subscriptions ?? [];
      const consumption = await consumeSubscriptions({ service: name, subscriptions, bus, database, log });
      if (consumption) {
        consumptions.push(consumption);
        lagMetric(context.metrics, { bus, group: name });
      }
      if (await hasRuns(database)) runMetrics(context.metrics, database);
      if (parts.ready) checks['service'] = parts.ready;
    }
    for (const { context, parts, checks } of hosted)
      for (const loop of parts.loops ?? []) {
        const supervised = supervise(loop, { signal: stop.signal, log: context.log });
        loops.push(supervised);
        checks[loop.name] = () => supervised.check();
      }
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
