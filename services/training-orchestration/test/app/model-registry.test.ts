import { readFileSync } from 'node:fs';
import { eventCatalog, type EventType } from '@retort/contracts';
import { migrateEventStore, postgresEventStore, type EventStore } from '@retort/event-store';
import { newId, systemClock } from '@retort/kernel';
import { commandHandler } from '@retort/service-kit';
import { testDatabase, type TestDatabase } from '@retort/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { modelNames } from '../../src/adapters/model-names.ts';
import { modelRegistry, type ModelRegistry } from '../../src/app/model-registry.ts';
import { modelLifecycle } from '../../src/domain/model-lifecycle.ts';
import { modelEventTypes } from '../../src/domain/model-state.ts';

const golden = new URL('../../../../packages/contracts/golden/', import.meta.url);

let test: TestDatabase;
let store: EventStore;
let registry: ModelRegistry;
beforeEach(async () => {
  test = await testDatabase();
  const db = test.connect({ schema: 'event_store' });
  await migrateEventStore(db);
  store = postgresEventStore({ db });
  registry = modelRegistry({
    names: modelNames(db),
    models: commandHandler({
      context: { events: store, clock: systemClock, newId },
      aggregate: 'model',
      decider: modelLifecycle,
      types: modelEventTypes,
    }),
  });
});
afterEach(async () => {
  await store.close();
  await test.drop();
});

async function stored(type: EventType, file: string, version: number = eventCatalog[type].version) {
  const json = readFileSync(new URL(file, golden), 'utf8');
  const occurredAt = systemClock().toISOString();
  const envelope = { tenant: 'acme', aggregateType: 'model', aggregateId: 'tool-calling', occurredAt };
  await store.append({
    stream: 'model-acme.tool-calling',
    expected: 'any',
    events: [{ id: newId(), type, version, ...envelope, causationId: null, correlationId: 'test', json }],
  });
}

describe('the history of a model', () => {
  it('is read from every form its events ever had', async () => {
    await stored('MODEL_TRAINED', 'model-trained.v1.json');
    await stored('MODEL_TRAINED', 'model-trained.v1.slices-and-search.json');
    await stored('MODEL_DEPLOYED', 'model-deployed.v1.json');
    const { state } = await registry.load({ tenant: 'acme', model: 'tool-calling' });
    expect([[...state.versions.keys()], state.serving]).toEqual([['m-1', 'm-2'], 'm-1']);
  });

  it('that a newer program wrote is refused rather than misread', async () => {
    await stored('MODEL_TRAINED', 'model-trained.v1.json', 99);
    await expect(registry.load({ tenant: 'acme', model: 'tool-calling' })).rejects.toThrow('newer');
  });
});
