import { lookUpDecisions } from '@retort/contracts';
import { confirmLog } from '@retort/event-store';
import { isFault } from '@retort/kernel';
import { defineService, endedRuns, erasureLoop, inProcess, runQueue, runWorker, sparingLog } from '@retort/service-kit';
import { alone } from './adapters/alone.ts';
import { postgresAgents } from './adapters/postgres-agents.ts';
import { postgresChain } from './adapters/postgres-chain.ts';
import { postgresCheckpoint } from './adapters/postgres-checkpoint.ts';
import { postgresDecisions } from './adapters/postgres-decisions.ts';
import { postgresExchanges } from './adapters/postgres-exchanges.ts';
import { postgresFollowedLog } from './adapters/postgres-followed-log.ts';
import { postgresExpiring } from './adapters/postgres-expiring.ts';
import { postgresShreddedEvents } from './adapters/postgres-shredded-events.ts';
import { postgresReaders } from './adapters/postgres-readers.ts';
import { postgresToolsets } from './adapters/postgres-toolsets.ts';
import { checkpointName, countPoison, countShredded, decisionsFold, postgresProjection } from './adapters/tables.ts';
import { artifactCollectionLoop, artifactCollector } from './app/collect-artifacts.ts';
import { confirmedFirst } from './app/confirmed-first.ts';
import { destroyKeys, shredRows } from './app/erase.ts';
import { erasuresOf } from './app/erasures.ts';
import { expiryLoop } from './app/expire-decisions.ts';
import { hashChainLoop, verifyChain } from './app/hash-chain.ts';
import { parseStoredPosition } from './app/position.ts';
import { projectionLoop } from './app/project.ts';
import { readerLag } from './app/reader-lag.ts';
import { rebuildProjection, type RebuildResult } from './app/rebuild.ts';
import { relayLoop } from './app/relay.ts';
import { traceProjected } from './app/trace-projected.ts';
import { retentionLoop } from './app/retention.ts';
import { config } from './config.ts';
import { agentRoutes } from './http/agents.ts';
import { artifactRoutes } from './http/artifacts.ts';
import { auditRoutes } from './http/audit.ts';
import { deadLetterRoutes } from './http/dead-letters.ts';
import { decisionRoutes, lookUpInProcess } from './http/decisions.ts';
import { erasureRoutes } from './http/erasures.ts';
import { exchangeRoutes } from './http/exchanges.ts';
import { projectionRoutes } from './http/projections.ts';
import { rebuildRoutes } from './http/rebuilds.ts';
import { toolsetRoutes } from './http/toolsets.ts';
import { lagMetric, projectionMetrics } from './metrics.ts';

export const service = defineService({
  name: 'event-projection',
  config,
  migrations: new URL('../migrations', import.meta.url),
  async build(context) {
    const {
      config,
      db: database,
      events: store,
      storedEvents,
      privacy,
      bus,
      log,
      metrics: registry,
      clock,
      newId,
    } = context;
    const rebuilds = runQueue<object, RebuildResult>({ context, area: 'projections' });
    await rebuilds.prepare();
    const chain = postgresChain(database);
    const shredded = postgresShreddedEvents(database);
    const encryption = privacy?.encryption ?? null;
    const keptDays = privacy?.policy.retention.agent_decision_history;
    const toolsets = postgresToolsets(database);
    const followed = postgresFollowedLog(database, [checkpointName.live, checkpointName.relay]);
    const confirm = () => confirmLog(store, followed);
    await confirm().catch((error: unknown) => {
      // A store that is away is asked again before anything is read from it.
      if (!isFault(error) || error.code === 'event-store.other-log') throw error;
    });
    const decisions = decisionsFold(database);
    const relayed = postgresCheckpoint(database, checkpointName.relay);
    const metrics = projectionMetrics(registry, {
      poisoned: () => countPoison(database),
      shredded: () => countShredded(database),
    });
    const lagOf = (position: () => Promise<string | null>) => async () =>
      readerLag(parseStoredPosition(await position()), { store, clock });
    lagMetric(registry, {
      decisions: lagOf(decisions.position),
      relay: lagOf(relayed.read),
      'hash-chain': lagOf(chain.position),
    });
    const collectArtifacts = artifactCollector({
      store,
      clock,
      artifacts: context.artifacts,
      graceDays: config.artifactGraceDays,
      alone: alone(database, 'artifact collection'),
    });
    const said = sparingLog(log);
    const onInterruption = (error: unknown) => {
      said.trouble('subscription', `The subscription to the log was interrupted: ${problemOf(error)}`);
    };
    const reading = {
      decisions: postgresDecisions(database),
      shredded,
      toolsets,
      waitForPositionMs: config.waitForPositionMs,
    };
    return {
      inProcess: [inProcess(lookUpDecisions, lookUpInProcess(reading))],
      routes: (app) => {
        decisionRoutes(app, reading);
        toolsetRoutes(app, toolsets);
        agentRoutes(app, postgresAgents(database));
        exchangeRoutes(app, postgresExchanges(database));
        artifactRoutes(app, collectArtifacts);
        auditRoutes(app, { store, storedEvents, chain });
        projectionRoutes(app, { store, readers: postgresReaders(database), chain });
        deadLetterRoutes(app, bus);
        erasureRoutes(app, { events: store, erasures: erasuresOf({ context, privacy }), shredded });
        rebuildRoutes(app, { queue: rebuilds, newId });
      },
      readModels: [endedRuns(context)],
      logFolds: [decisions],
      evidence: [{ name: 'hash-chain', verify: async () => (await verifyChain(storedEvents, chain)).difference }],
      loops: [
        confirmedFirst(
          confirm,
          projectionLoop({
            store,
            projection: postgresProjection(database),
            batchSize: config.batchSize,
            onFirst: ({ stream, id }) => followed.anchor({ stream, eventId: id }),
            onProjected: (batch) => {
              metrics.onProjected(batch);
              traceProjected(context.tracing, batch);
            },
            onInterruption,
          }),
        ),
        confirmedFirst(
          confirm,
          relayLoop({
            store: storedEvents,
            bus,
            checkpoint: relayed,
            batchSize: config.relayBatchSize,
            onRelayed: metrics.onRelayed,
            onInterruption,
          }),
        ),
        ...(encryption
          ? [
              erasureLoop(context, destroyKeys(encryption)),
              erasureLoop(context, shredRows({ position: decisions.position, shredded })),
            ]
          : []),
        ...(keptDays === undefined
          ? []
          : [
              expiryLoop({
                context,
                days: keptDays,
                find: postgresExpiring(database),
                onExpired: metrics.onExpired,
                position: async () => parseStoredPosition(await decisions.position()),
                alone: alone(database, 'decision retention'),
              }),
            ]),
        confirmedFirst(confirm, hashChainLoop({ store: storedEvents, chain, blockSize: config.chainBlockSize })),
        retentionLoop({
          bus,
          clock,
          retentionHours: config.busRetentionHours,
          onTrimmed: (messages) => {
            log.info({ messages }, 'took from the bus what everyone has handled');
          },
        }),
        artifactCollectionLoop(collectArtifacts, ({ removed, bytes }) => {
          log.info({ removed, bytes }, 'removed artifacts that nothing refers to');
        }),
        runWorker<object, RebuildResult>({
          name: 'projection-rebuilds',
          context,
          execute: ({ runId }, work) => rebuildProjection({ store, database, decisions, runId }, work),
        }),
      ],
    };
  },
});

function problemOf(error: unknown): string {
  return isFault(error) ? error.detail.public : String(error);
}
