import { setTimeout as delay } from 'node:timers/promises';
import type { ArtifactStore, Collected } from '@retort/artifact-store';
import type { EventStore, Position } from '@retort/event-store';
import type { Clock } from '@retort/kernel';
import type { Loop } from '@retort/service-kit';
import { artifactReferences, referringTypes } from '../domain/artifact-references.ts';

export interface ArtifactCollection extends Collected {
  putBefore: Date;
}
export type CollectArtifacts = () => Promise<ArtifactCollection>;

export interface CollectArtifactsPorts {
  store: Pick<EventStore, 'readAll'>;
  artifacts: Pick<ArtifactStore, 'collect'>;
  /** Runs the work while no other process runs it. */
  alone: <Result>(work: () => Promise<Result>) => Promise<Result>;
  clock: Clock;
  graceDays: number;
}

const dayMs = 86_400_000;
const mostAtOnce = 10_000;

/** Removes artifacts that the log does not name. Whoever puts an artifact has the grace period to record what refers to it.
 *  What was read of the log stays in mind: the next collection reads what came since. */
export function artifactCollector(options: CollectArtifactsPorts): CollectArtifacts {
  const { store, artifacts, alone, clock, graceDays } = options;
  const references = artifactReferences();
  let position: Position | null = null;
  const collect = async () => {
    const putBefore = new Date(clock().getTime() - graceDays * dayMs);
    for await (const event of store.readAll({ after: position, filter: { types: referringTypes } })) {
      references.add(event);
      position = event.position;
    }
    const collected = await artifacts.collect({ putBefore, keep: references.has, atMost: mostAtOnce });
    return { ...collected, putBefore };
  };
  return () => alone(collect);
}

export function artifactCollectionLoop(
  collect: CollectArtifacts,
  onCollected: (collected: ArtifactCollection) => void,
): Loop {
  return {
    name: 'artifact-collection',
    async run(signal) {
      for (;;) {
        await delay(dayMs, undefined, { signal }).catch(() => undefined); // ended: seen below
        if (signal.aborted) return;
        const collected = await collect();
        if (collected.removed > 0) onCollected(collected);
      }
    },
  };
}
