import { setMaxListeners } from 'node:events';
import type { Consumption, EventBus } from '@retort/event-bus';
import { Counter } from 'prom-client';
import { consumeEvents } from '../events/consume.ts';
import type { History } from '../events/consumer-tables.ts';
import { lagMetric } from '../events/lag-metric.ts';
import { hasRuns, runMetrics, unreadableMetric } from './operator-metrics.ts';
import { supervise, type Supervised } from '../loops.ts';
import type { Hosted } from './hosted.ts';
import type { Infrastructure } from './infrastructure.ts';
import { takeInHistory } from './take-in-history.ts';

/** Takes in the history that the services' tables lack, starts consumers, then loops: nobody acts before its service knows
 *  what has happened. The function it returns ends them and waits for what they have in hand. */
export async function startWork(
  hosted: readonly Hosted[],
  { events, bus }: Pick<Infrastructure, 'events' | 'bus'>,
): Promise<() => Promise<void>> {
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
    const consumers = hosted.filter(({ built }) => [...(built.readModels ?? []), ...(built.policies ?? [])].length > 0);
    const histories = await takeInHistory(consumers, { events, bus });
    for (const service of hosted) {
      const { name, context, built, checks } = service;
      const consumption = await consume(service, bus, histories);
      if (consumption) {
        consumptions.push(consumption);
        lagMetric(context.metrics, { bus, group: name });
      }
      if (histories.has(name)) unreadableMetric(context.metrics, context.db);
      if (await hasRuns(context.db)) runMetrics(context.metrics, context.db);
      if (built.ready) checks['service'] = built.ready;
    }
    for (const { context, built, checks } of hosted)
      for (const loop of built.loops ?? []) {
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

async function consume(
  { name, context, built }: Hosted,
  bus: EventBus,
  histories: ReadonlyMap<string, History>,
): Promise<Consumption | null> {
  const history = histories.get(name);
  if (!history) return null;
  const { readModels = [], policies = [] } = built;
  const acts = new Counter({
    name: 'retort_policy_acts_total',
    help: 'How often a policy acted on a new event.',
    labelNames: ['type'],
    registers: [context.metrics],
  });
  return consumeEvents({
    service: name,
    readModels,
    policies,
    history,
    bus,
    database: context.db,
    log: context.log,
    tracing: context.tracing,
    onAct: (type) => acts.inc({ type }),
  });
}
