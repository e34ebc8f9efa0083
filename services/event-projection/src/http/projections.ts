import { projectionListView } from '@retort/contracts';
import { comparePositions, type EventStore } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import type { Routes } from '@retort/service-kit';
import type { Chain } from '../adapters/chain.ts';
import { relayCheckpoint } from '../app/relay.ts';
import { checkpointName } from '../adapters/tables.ts';

export function projectionRoutes(
  app: Routes,
  { store, database, chain }: { store: EventStore; database: Queryable; chain: Chain },
): void {
  app.get(
    '/api/v1/projections',
    {
      config: { scope: 'decisions:read' },
      schema: {
        summary: 'How far each reader of the log has come',
        operationId: 'listProjections',
        response: { 200: projectionListView },
      },
    },
    async () => {
      const head = await store.head();
      const { rows } = await database.query<{ name: string; position: string; updated_at: Date }>(
        'select name, position, updated_at from checkpoints where name = any($1)',
        [[checkpointName.live, relayCheckpoint]],
      );
      const known = new Map(rows.map((row) => [row.name, row]));
      const caughtUp = (position: string | null) =>
        head === null || (position !== null && comparePositions(position, head) >= 0);
      const chained = await chain.position();
      return {
        head,
        data: [
          ...[checkpointName.live, relayCheckpoint].map((name) => {
            const position = known.get(name)?.position ?? null;
            const updatedAt = known.get(name)?.updated_at.toISOString() ?? null;
            return { name, position, caught_up: caughtUp(position), updated_at: updatedAt };
          }),
          { name: 'hash-chain', position: chained, caught_up: caughtUp(chained), updated_at: null },
        ],
      };
    },
  );
}
