import { readCheckpoint } from '@retort/postgres';
import { defineService, runQueue, runWorker } from '@retort/service-kit';
import { postgresAgents } from './adapters/agents.ts';
import { postgresChain } from './adapters/chain.ts';
import { postgresDecisions } from './adapters/decisions.ts';
import { checkpointName } from './adapters/tables.ts';
import { postgresToolsets } from './adapters/toolsets.ts';
import { hashChainLoop } from './app/hash-chain.ts';
import { parseStoredPosition } from './app/position.ts';
import { projectionLoop } from './app/project.ts';
import { readerLag } from './app/reader-lag.ts';
import { rebuildProjection, type RebuildResult } from './app/rebuild.ts';
import { relayCheckpoint, relayLoop } from './app/relay.ts';
import { retentionLoop } from './app/retention.ts';
import { config } from './config.ts';
import { agentRoutes } from './http/agents.ts';
import { auditRoutes } from './http/audit.ts';
import { deadLetterRoutes } from './http/dead-letters.ts';
import { decisionRoutes } from './http/decisions.ts';
import { projectionRoutes } from './http/projections.ts';
import { rebuildRoutes } from './http/rebuilds.ts';
import { toolsetRoutes } from './http/toolsets.ts';
import { lagMetric, projectionMetrics } from './metrics.ts';

export const service = defineService({
  name: 'event-projection',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build({ config, db: database, events: store, bus, log, metrics: registry, clock, newId }) {
    const rebuilds = runQueue<object, RebuildResult>({ db: database, clock, area: 'projections' });
    await rebuilds.prepare();
    const chain = postgresChain(database);
    const toolsets = postgresToolsets(database);
    const metrics = projectionMetrics(registry, async () => {
      const { rows } = await database.query<{ count: bigint }>('select count(*) as count from poison_events');
      return Number(rows[0]?.count ?? 0n);
    });
    const lagOf = (checkpoint: string) => async () =>
      readerLag(parseStoredPosition(await readCheckpoint(database, checkpoint)), { store, clock });
    lagMetric(registry, {
      decisions: lagOf(checkpointName.live),
      relay: lagOf(relayCheckpoint),
      'hash-chain': async () =>
        readerLag(parseStoredPosition((await chain.last())?.position ?? null), { store, clock }),
    });
    const onInterruption = (error: unknown) => {
      log.warn({ err: error }, 'the subscription to the log was interrupted');
    };
    return {
      routes: (app) => {
        decisionRoutes(app, {
          decisions: postgresDecisions(database),
          toolsets,
          waitForPositionMs: config.waitForPositionMs,
        });
        toolsetRoutes(app, toolsets);
        agentRoutes(app, postgresAgents(database));
        auditRoutes(app, { store, chain });
        projectionRoutes(app, { store, database, chain });
        deadLetterRoutes(app, bus);
        rebuildRoutes(app, { runs: rebuilds, newId });
      },
      loops: [
        projectionLoop({
          store,
          database,
          batchSize: config.batchSize,
          onProjected: metrics.onProjected,
          onInterruption,
        }),
        relayLoop({
          store,
          bus,
          database,
          batchSize: config.relayBatchSize,
          onRelayed: metrics.onRelayed,
          onInterruption,
        }),
        hashChainLoop({ store, chain, blockSize: config.chainBlockSize }),
        retentionLoop({
          bus,
          clock,
          retentionHours: config.busRetentionHours,
          onTrimmed: (messages) => {
            log.info({ messages }, 'took from the bus what everyone has handled');
          },
        }),
        runWorker<object, RebuildResult>({
          name: 'projection-rebuilds',
          ...{ db: database, clock, log },
          execute: (_run, work) =>
            rebuildProjection(
              {
                ...{ store, database, batchSize: config.batchSize },
                onLeftover: (error) => {
                  log.warn({ err: error }, 'the tables of a failed rebuild could not be removed');
                },
              },
              work,
            ),
        }),
      ],
    };
  },
});
