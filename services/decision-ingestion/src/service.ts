import { recordDecisions } from '@retort/contracts';
import { confirmLog } from '@retort/event-store';
import { isFault, type Digest } from '@retort/kernel';
import { defineService, inProcess, readModel } from '@retort/service-kit';
import { projectedCount, projectedDecisions } from './adapters/decision-directory.ts';
import { postgresFollowedLog } from './adapters/followed-log.ts';
import { postgresIdempotencyKeys } from './adapters/idempotency-keys.ts';
import { postgresIdentities } from './adapters/identities.ts';
import { postgresToolsetNames } from './adapters/toolset-names.ts';
import { confirmedLog } from './app/confirmed-log.ts';
import { groupCommit } from './app/group-commit.ts';
import { guardIdentities } from './app/identity-guard.ts';
import { personalData } from './app/personal-data.ts';
import { storedRows } from './app/stored-rows.ts';
import { toolsets } from './app/toolsets.ts';
import { config } from './config.ts';
import { recordInProcess } from './http/decisions.ts';
import type { IngestionPorts } from './http/ports.ts';
import { ingestionRoutes } from './http/routes.ts';
import { ingestionMetrics } from './metrics.ts';

/** Over a network, and behind a claim, a commit takes long enough for others to be under way. Small ones would take a stream's events
 *  apart: an append each instead of one for all. */
const furtherCommits = { lanes: 3, leastEvents: 64 };

export const service = defineService({
  name: 'decision-ingestion',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build({ config, events, db, http, privacy, clock, newId, log, metrics: registry }) {
    const guarded = events.uniqueEventIds
      ? undefined
      : guardIdentities(events, postgresIdentities(db), (error) => {
          log.warn({ err: error }, 'recorded ids could not be marked; a repetition will look into the log');
        });
    const followed = postgresFollowedLog(db);
    const confirm = async () => {
      await confirmLog(events, followed);
      return (await followed.first()) !== null;
    };
    if (guarded)
      await confirm().catch((error: unknown) => {
        // A store that is away is asked again before anything is appended.
        if (!isFault(error) || error.code === 'event-store.other-log') throw error;
      });
    const metrics = ingestionMetrics(registry, () => ({ single: singles.depth(), batch: batches.depth() }));
    const bounds = {
      store: guarded ? confirmedLog(guarded, confirm) : events,
      ...(guarded ? { further: furtherCommits } : {}),
      capacity: config.queueCapacity,
      capacityCharacters: config.queueCharacters,
      largestGroup: config.largestGroup,
    };
    const singles = groupCommit({ ...bounds, lanes: 1, onCommit: metrics.observeCommit('single') });
    const batches = groupCommit({ ...bounds, lanes: 2, onCommit: metrics.observeCommit('batch') });
    const ports: IngestionPorts = {
      config,
      singles,
      batches,
      toolsets: toolsets({
        store: events,
        names: postgresToolsetNames(db),
        clock,
        cacheCharacters: config.toolsetCacheCharacters,
        onUnchecked: (keywords) => metrics.uncheckedKeywords.inc(keywords),
      }),
      personalData: personalData(privacy),
      storedRows: storedRows({ ...projectedCount(http), clock }),
      directory: projectedDecisions(http, events, clock),
      idempotencyKeys: postgresIdempotencyKeys(db),
      metrics,
      clock,
      newId,
    };
    return {
      readModels: [
        // A name is claimed before its event is recorded.
        readModel(
          'TOOLSET_REGISTERED',
          async ({ tenant, data: { name, toolset } }, transaction) => {
            if (name !== undefined) await postgresToolsetNames(transaction).claim(tenant, name, toolset as Digest);
          },
          { follows: 'log', fills: [{ name: 'toolset_names', columns: ['digest'], mayHoldMore: true }] },
        ),
      ],
      inProcess: [inProcess(recordDecisions, recordInProcess(ports))],
      routes: (app) => ingestionRoutes(app, ports),
      close: async () => {
        await Promise.all([singles.idle(), batches.idle()]);
        await guarded?.idle();
      },
    };
  },
});
