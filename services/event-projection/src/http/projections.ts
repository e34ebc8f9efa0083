import { listProjections } from '@retort/contracts';
import { comparePositions, type EventStore } from '@retort/event-store';
import { mount, type Routes } from '@retort/service-kit';
import type { Chain } from '../app/chain.ts';
import type { ReadersProgress } from '../app/readers.ts';

export interface ProjectionPorts {
  store: Pick<EventStore, 'head'>;
  readers: ReadersProgress;
  chain: Pick<Chain, 'position'>;
}

export function projectionRoutes(app: Routes, { store, readers, chain }: ProjectionPorts): void {
  mount(app, listProjections, async () => {
    const head = await store.head();
    const chained = await chain.position();
    const known = [...(await readers()), { name: 'hash-chain', position: chained, updatedAt: null }];
    return {
      head,
      data: known.map(({ name, position, updatedAt }) => ({
        name,
        position,
        caught_up: head === null || (position !== null && comparePositions(position, head) >= 0),
        updated_at: updatedAt?.toISOString() ?? null,
      })),
    };
  });
}
