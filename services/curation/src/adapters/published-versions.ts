import { eventCatalog, streamName, trainingDataCurated, upcast } from '@retort/contracts';
import type { EventStore } from '@retort/event-store';
import type { FindPublished } from '../app/published-versions.ts';

const type = 'TRAINING_DATA_CURATED';

export function publishedInLog(events: Pick<EventStore, 'readStream'>): FindPublished {
  return async ({ tenant, product, by, version }) => {
    const stream = streamName(eventCatalog[type].aggregate, tenant, product);
    for await (const event of events.readStream(stream, { direction: 'backwards' })) {
      if (event.type !== type) continue;
      const data = trainingDataCurated.parse(upcast(type, event.version, JSON.parse(event.json)));
      const wanted =
        version === undefined ? Date.parse(event.recordedAt) <= Date.parse(by) : data.dataset_version === version;
      if (wanted) return { data, publishedAt: event.recordedAt };
    }
    return null;
  };
}
