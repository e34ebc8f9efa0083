import { beginConsuming, consumerTables, readHistory, type History } from '../events/consumer-tables.ts';
import { foldLog } from '../events/fold-log.ts';
import { readModelsReader } from '../events/fold-read-models.ts';
import type { Position } from '@retort/event-store';
import { ensureTables } from '../tables.ts';
import type { Infrastructure } from './infrastructure.ts';
import type { Hosted } from './hosted.ts';

const tellEveryMs = 5_000;

/** A service that consumes from this bus for the first time takes what has happened from the log, and acts on none of it:
 *  so its tables come back that were lost, and a bus that begins anew moves nobody. Returns where each service's history
 *  ends. */
export async function takeInHistory(
  hosted: readonly Hosted[],
  { events, bus }: Pick<Infrastructure, 'events' | 'bus'>,
): Promise<Map<string, History>> {
  const histories = new Map<string, History>();
  const beginning: Hosted[] = [];
  for (const service of hosted) {
    const { name } = service;
    await ensureTables(service.context.db, 'consumer_offsets', consumerTables);
    const known = await readHistory(service.context.db, bus.log);
    if (known) histories.set(name, known);
    else beginning.push(service);
  }
  const until = beginning.length === 0 ? null : await events.head();
  if (until !== null) await fold(beginning, { events, until });
  for (const { name, context } of beginning) {
    await beginConsuming(context.db, bus.log, until);
    histories.set(name, (await readHistory(context.db, bus.log))!);
  }
  return histories;
}

async function fold(
  hosted: readonly Hosted[],
  { events, until }: Pick<Infrastructure, 'events'> & { until: Position },
): Promise<void> {
  const { log } = hosted[0]!.context;
  let told = performance.now();
  const folded = await foldLog({
    store: events,
    into: hosted.map(({ context, built }) =>
      readModelsReader(context.db, { readModels: built.readModels ?? [], until }),
    ),
    report: ({ fraction, metrics }) => {
      if (performance.now() - told < tellEveryMs) return;
      told = performance.now();
      log.info({ percent: Math.floor(100 * fraction), ...metrics }, 'folding the log into read models');
    },
  });
  if (folded.events > 0)
    log.info({ ...folded, services: hosted.map(({ name }) => name) }, 'folded the log into read models');
}
