import { eventCatalog, streamName, trainingDataCurated, upcast, type TrainingDataCurated } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';

export interface PublishedVersion {
  data: TrainingDataCurated;
  /** When the log learnt of it. */
  publishedAt: string;
}

const type = 'TRAINING_DATA_CURATED';

/** The version of a tenant's training data that was the newest at a moment, or the one that is named; null when there was
 *  none. The log says what was published when, not the table of versions: the same content published again is an event
 *  of its own. */
export async function publishedVersion(
  events: Pick<EventStore, 'readStream'>,
  { tenant, product, by, version }: { tenant: string; product: string; by: string; version: string | undefined },
): Promise<PublishedVersion | null> {
  const stream = streamName(eventCatalog[type].aggregate, tenant, product);
  for await (const event of events.readStream(stream, { direction: 'backwards' })) {
    if (event.type !== type) continue;
    const data = trainingDataCurated.parse(upcast(type, event.version, JSON.parse(event.json)));
    const wanted =
      version === undefined ? Date.parse(event.recordedAt) <= Date.parse(by) : data.dataset_version === version;
    if (wanted) return { data, publishedAt: event.recordedAt };
  }
  return null;
}
