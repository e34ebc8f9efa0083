import type { AppendOutcome, AppendRequest, EventStore, NewEvent, RecordedEvent } from '@retort/event-store';
import { fault } from '@retort/kernel';
import type { KeyRing } from '../keys/key-ring.ts';
import { keysOf, seal, unmistakable, unseal, type DataKey } from './sealed-data.ts';

export interface ProtectedEventStoreOptions {
  ring: KeyRing;
  /** The keys that an event says are destroyed; none for other events. */
  destroyedBy(event: RecordedEvent): readonly string[];
}

/** A log whose events about subjects are stored encrypted, and read as if they were not. What the log says of destroyed keys holds
 *  from that event on, in its order, so that every reader makes the same of the log. An event whose key is destroyed comes as it is
 *  stored, and says so. */
export function protectedEventStore(store: EventStore, options: ProtectedEventStoreOptions): EventStore {
  const { ring } = options;

  async function opened(events: readonly RecordedEvent[]): Promise<RecordedEvent[]> {
    const sealedWith = events.map(({ json }) => keysOf(json));
    const wanted = new Set(sealedWith.flatMap((ids) => ids ?? []));
    const keys = wanted.size === 0 ? none : await ring.find([...wanted]);
    const dead = new Set<string>();
    return events.map((event, index) => {
      const destroyed = options.destroyedBy(event);
      if (destroyed.length > 0) {
        ring.bury(destroyed);
        for (const id of destroyed) dead.add(id);
      }
      const ids = sealedWith[index];
      return ids ? open(event, ids, dead.size === 0 ? keys : without(keys, dead)) : event;
    });
  }

  /** Keys are looked up for many events at a time. */
  async function* openedOneByOne(events: AsyncIterable<RecordedEvent>): AsyncGenerator<RecordedEvent> {
    let waiting: RecordedEvent[] = [];
    for await (const event of events) {
      waiting.push(event);
      if (waiting.length < atOnce) continue;
      yield* await opened(waiting);
      waiting = [];
    }
    yield* await opened(waiting);
  }

  async function openedOutcome<Outcome extends AppendOutcome>(outcome: Outcome): Promise<Outcome> {
    if (outcome.status !== 'duplicate') return outcome;
    return { ...outcome, recorded: await opened(outcome.recorded) };
  }

  return {
    ...store,
    append: async (request) => {
      const [sealed] = await sealedRequests([request], ring);
      return openedOutcome(await store.append(sealed!));
    },
    appendGroup: async (requests) => {
      const outcomes = await store.appendGroup(await sealedRequests(requests, ring));
      return Promise.all(outcomes.map(openedOutcome));
    },
    readStream: (stream, read) => openedOneByOne(store.readStream(stream, read)),
    readAll: (read) => openedOneByOne(store.readAll(read)),
    async *subscribe(subscription) {
      for await (const batch of store.subscribe(subscription)) yield { ...batch, events: await opened(batch.events) };
    },
  };
}

const atOnce = 256;
const none: ReadonlyMap<string, DataKey> = new Map();

function open(event: RecordedEvent, ids: readonly string[], keys: ReadonlyMap<string, DataKey>): RecordedEvent {
  const json = unseal(
    event.json,
    ids.flatMap((id) => keys.get(id) ?? []),
    event,
  );
  if (json === null) return { ...event, sealed: { keys: ids, isReadable: false } };
  return { ...event, json, sealed: { keys: ids, isReadable: true } };
}

function without(keys: ReadonlyMap<string, DataKey>, dead: ReadonlySet<string>): ReadonlyMap<string, DataKey> {
  return new Map([...keys].filter(([id]) => !dead.has(id)));
}

async function sealedRequests(requests: readonly AppendRequest[], ring: KeyRing): Promise<readonly AppendRequest[]> {
  if (!requests.some(({ events }) => events.some(needsCare))) return requests;
  await obtainTogether(requests, ring);
  return Promise.all(
    requests.map(async (request) => ({
      ...request,
      events: await Promise.all(request.events.map((event) => sealed(event, request.stream, ring))),
    })),
  );
}

/** The subjects of a group have their keys made in one go; afterwards they are at hand. */
async function obtainTogether(requests: readonly AppendRequest[], ring: KeyRing): Promise<void> {
  const subjects = new Map<string, Set<string>>();
  for (const { events } of requests)
    for (const { tenant, protect } of events)
      if (protect && 'subjects' in protect)
        subjects.set(tenant, new Set([...(subjects.get(tenant) ?? []), ...protect.subjects]));
  for (const [tenant, names] of subjects) await ring.forSubjects(tenant, [...names]);
}

const needsCare = ({ protect, json }: NewEvent) => protect !== undefined || unmistakable(json) !== json;

/** The store is handed the plain event: what is to be protected is. */
async function sealed({ protect, ...event }: NewEvent, stream: string, ring: KeyRing): Promise<NewEvent> {
  const keys = await keysFor(event.tenant, protect, ring);
  if (keys.length === 0) return { ...event, json: unmistakable(event.json) };
  return { ...event, json: seal(event.json, keys, { tenant: event.tenant, stream, id: event.id }) };
}

async function keysFor(tenant: string, protect: NewEvent['protect'], ring: KeyRing): Promise<readonly DataKey[]> {
  if (!protect) return [];
  if ('subjects' in protect) return protect.subjects.length === 0 ? [] : ring.forSubjects(tenant, protect.subjects);
  const found = await ring.find(protect.keys);
  if (found.size < new Set(protect.keys).size)
    throw fault('privacy.key-destroyed', { public: 'What this would be about has been erased.' });
  return [...found.values()];
}
