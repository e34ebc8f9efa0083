import { setTimeout as delay } from 'node:timers/promises';
import { isEventType, type LogDifference, type RebuildView, type VerificationView } from '@retort/contracts';
import type { ArtifactStore } from '@retort/artifact-store';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import type { RunWork } from '../runs/execute-run.ts';
import type { Run } from '../runs/run.ts';
import type { LogEvidence } from '../types.ts';
import { artifactFaults } from './artifacts.ts';
import type { TableComparison } from './compare.ts';
import { makeAgain, type Rebuildable, type Rebuilt, type UnreadableEvent } from './make-again.ts';

export interface RebuildInput {
  service: string | null;
}
export type RebuildResult = Pick<RebuildView, 'events' | 'tables' | 'healed_rows' | 'unreadable' | 'missing_artifacts'>;
export type VerificationResult = Pick<VerificationView, 'events' | 'tables' | 'differing' | 'differences'>;

export interface RebuildPorts {
  services: readonly (Rebuildable & { evidence: readonly LogEvidence[] })[];
  store: Pick<EventStore, 'readAll' | 'head'>;
  artifacts: ArtifactStore;
}

type Work<Result> = Pick<RunWork<Result>, 'signal' | 'report'>;

export async function executeRebuild(
  ports: RebuildPorts,
  { input, runId }: Pick<Run<RebuildInput, RebuildResult>, 'input' | 'runId'>,
  { signal, report }: Work<RebuildResult>,
): Promise<RebuildResult> {
  const options = { ...ports, services: chosen(ports, input), purpose: `rebuild ${runId}`, signal, report };
  return makeAgain(options, async (rebuilt) => {
    const compared = await rebuilt.compare();
    const healed = await rebuilt.heal(compared);
    const faults = await artifactFaults(rebuilt.artifacts(), ports.artifacts, signal);
    return {
      ...common(rebuilt, compared),
      healed_rows: healed,
      unreadable: [...rebuilt.unreadable],
      missing_artifacts: faults.map(({ digest }) => digest),
    };
  });
}

export async function executeVerification(
  ports: RebuildPorts,
  { input, runId }: Pick<Run<RebuildInput, VerificationResult>, 'input' | 'runId'>,
  { signal, report }: Work<VerificationResult>,
): Promise<VerificationResult> {
  const services = chosen(ports, input);
  const unknown = new Map<string, RecordedEvent>();
  const options = { ...ports, store: noting(ports.store, unknown), services, purpose: `verification ${runId}` };
  return makeAgain({ ...options, signal, report }, async (rebuilt) => {
    const compared = await settled(rebuilt, signal);
    const differences = [
      ...[...compared].flatMap(([service, tables]) => rowDifferences(service, tables)),
      ...(await artifactFaults(rebuilt.artifacts(), ports.artifacts, signal)).map(({ digest, kind }) =>
        other('artifact', kind, digest),
      ),
      ...(await evidenceDifferences(services.flatMap(({ evidence }) => evidence))),
      ...eventDifferences(rebuilt.unreadable, unknown),
    ];
    const rows = [...compared.values()].flat().reduce((sum, { differing }) => sum + differing, 0);
    return {
      ...common(rebuilt, compared),
      differing: rows + differences.filter(({ kind }) => kind !== 'row').length,
      differences,
    };
  });
}

function chosen<Service extends Rebuildable>(
  { services }: { services: readonly Service[] },
  { service }: RebuildInput,
): Service[] {
  return services.filter(({ name }) => service === null || name === service);
}

function common({ events }: Rebuilt, compared: ReadonlyMap<string, readonly TableComparison[]>) {
  const tables = [...compared].flatMap(([service, found]) =>
    found.map(({ table, rows, differing }) => ({ service, table, rows, differing })),
  );
  return { events, tables };
}

const comparisonsAtMost = 5;
const pauseMs = 1_000;

/** What is on its way over the bus is no difference: what differs is compared again after a while. */
async function settled(rebuilt: Rebuilt, signal: AbortSignal): Promise<Map<string, TableComparison[]>> {
  let compared = await rebuilt.compare();
  for (let times = 1; times < comparisonsAtMost && [...compared.values()].flat().some(({ equal }) => !equal); times++) {
    await delay(pauseMs, undefined, { signal });
    compared = await rebuilt.compare();
  }
  return compared;
}

function rowDifferences(service: string, tables: readonly TableComparison[]): LogDifference[] {
  return tables.flatMap(({ examples }) =>
    examples.map(({ table, id, kind }) => ({ kind: 'row' as const, what: kind, service, table, id })),
  );
}

async function evidenceDifferences(kept: readonly LogEvidence[]): Promise<LogDifference[]> {
  const found = await Promise.all(kept.map((evidence) => evidence.verify()));
  return found.flatMap((one) => (one === null ? [] : [other('chain', one.kind, one.eventId ?? 'unknown')]));
}

function eventDifferences(
  unreadable: readonly UnreadableEvent[],
  unknown: ReadonlyMap<string, RecordedEvent>,
): LogDifference[] {
  const ids = new Set(unreadable.map(({ event_id }) => event_id));
  return [
    ...[...ids].map((id) => other('event', 'unreadable', id)),
    ...[...unknown.values()].map(({ id, type }) => other('event', 'unknown', `${id} ${type}`)),
  ];
}

function other(kind: LogDifference['kind'], what: string, id: string): LogDifference {
  return { kind, what, service: null, table: null, id };
}

const unknownAtMost = 1_000;

/** The log, with a note of the events whose types this program does not know. */
function noting(store: RebuildPorts['store'], unknown: Map<string, RecordedEvent>): RebuildPorts['store'] {
  return {
    head: () => store.head(),
    async *readAll(options) {
      for await (const event of store.readAll(options)) {
        if (!isEventType(event.type) && unknown.size < unknownAtMost) unknown.set(event.id, event);
        yield event;
      }
    },
  };
}
