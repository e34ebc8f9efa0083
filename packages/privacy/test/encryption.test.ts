import { randomBytes, randomUUID } from 'node:crypto';
import {
  migrateEventStore,
  postgresEventStore,
  type EventStore,
  type NewEvent,
  type RecordedEvent,
} from '@retort/event-store';
import { newId, systemClock } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import { testDatabase, type TestDatabase } from '@retort/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encryption, localKeyManagement, migrateDataKeys, postgresDataKeys, type Encryption } from '../src/index.ts';
import { keysOf, seal, unmistakable, unseal } from '../src/sealing/sealed-data.ts';

const rootKey = randomBytes(32);
const subjects = [{ kind: 'customer', paths: ['context.customer_id', 'tool_parameters.customer'] }];

let database: TestDatabase;
let db: Database;
let stored: EventStore;
const stores: EventStore[] = [];

beforeAll(async () => {
  database = await testDatabase();
  db = database.connect();
  await migrateEventStore(db);
  await migrateDataKeys(db);
  stored = postgresEventStore({ db });
  stores.push(stored);
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await db.close();
  await database.drop();
});

/** One process: what it has at hand it has from itself. */
async function aProcess(key: Uint8Array = rootKey): Promise<{ encryption: Encryption; log: EventStore }> {
  const keys = postgresDataKeys(db);
  const management = localKeyManagement(key);
  const opened = await encryption({ subjects, management, keys, clock: systemClock, newId });
  const destroyedBy = ({ type, json }: RecordedEvent) =>
    type === 'DESTROYED' ? (JSON.parse(json) as { keys: string[] }).keys : [];
  return { encryption: opened, log: opened.protect(stored, destroyedBy) };
}

const event = (json: string, more: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  type: 'T',
  version: 1,
  tenant: 'acme',
  aggregateType: 'agent',
  aggregateId: 'a',
  occurredAt: '2026-01-01T00:00:00.000Z',
  causationId: null,
  correlationId: 'c',
  json,
  ...more,
});

async function all(log: EventStore, stream: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const one of log.readStream(stream)) events.push(one);
  return events;
}

describe('sealed data', () => {
  const identity = { tenant: 'acme', stream: 'agent-acme.a', id: randomUUID() };
  const keys = [1, 2, 3].map(() => ({ id: randomUUID(), key: randomBytes(32) }));

  it('opens with all of its keys, in any order, and with none missing', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const sealed = seal(JSON.stringify(text), keys, identity);
        expect(unseal(sealed, [...keys].reverse(), identity)).toBe(JSON.stringify(text));
        expect(unseal(sealed, keys.slice(1), identity)).toBeNull();
      }),
    );
  });

  it('does not open for another tenant, stream or event, nor when a byte of it is another one', () => {
    const sealed = seal('{"a":1}', keys, identity);
    for (const other of [{ tenant: 'other' }, { stream: 'agent-acme.b' }, { id: randomUUID() }])
      expect(unseal(sealed, keys, { ...identity, ...other })).toBeNull();
    const middle = sealed.indexOf('"data":"') + 10;
    const altered = sealed.slice(0, middle) + (sealed[middle] === 'A' ? 'B' : 'A') + sealed.slice(middle + 1);
    expect(unseal(altered, keys, identity)).toBeNull();
  });

  it('is not taken from a caller who writes what looks like it', () => {
    const sealed = seal('{"a":1}', keys, identity);
    expect(keysOf(sealed)).toHaveLength(3);
    expect(keysOf(unmistakable(sealed))).toBeNull();
    expect(JSON.parse(unmistakable(sealed))).toEqual(JSON.parse(sealed));
  });
});

describe('an encrypted log', () => {
  it('stores what is about a subject encrypted, and reads it in the clear', async () => {
    const { encryption: own, log } = await aProcess();
    const names = await own.subjectsOf('acme', { context: { customer_id: 'c-1' }, tool_parameters: { customer: 7 } });
    expect(names).toHaveLength(2);
    const secret = event('{"name":"Ada"}', { protect: { subjects: names } });
    const stream = 'agent-acme.clear';
    await log.append({ stream, expected: 'any', events: [secret, event('{"plain":true}')] });
    const [sealed, plain] = await all(stored, stream);
    expect(sealed!.json).not.toContain('Ada');
    expect(plain!.json).toBe('{"plain":true}');
    const [read] = await all((await aProcess()).log, stream);
    expect(read).toMatchObject({ json: '{"name":"Ada"}', sealed: { isReadable: true } });
    const again = await log.append({ stream, expected: 'any', events: [secret, event('{}', { id: plain!.id })] });
    expect(again).toMatchObject({ status: 'duplicate', recorded: [{ json: '{"name":"Ada"}' }, {}] });
  });

  it('names a subject of two tenants differently, and gives each a key of its own', async () => {
    const { encryption: own } = await aProcess();
    const subject = { kind: 'customer', value: 'c-1' };
    expect(await own.pseudonym('acme', subject)).not.toBe(await own.pseudonym('other', subject));
    expect(await own.pseudonym('acme', subject)).not.toContain('c-1');
  });

  it('makes one key for a subject, however many processes ask at once', async () => {
    const processes = await Promise.all([aProcess(), aProcess(), aProcess(), aProcess()]);
    const name = await processes[0].encryption.pseudonym('acme', { kind: 'customer', value: 'at once' });
    await Promise.all(
      processes.map(({ log }, index) =>
        log.append({
          stream: `agent-acme.once-${index}`,
          expected: 'any',
          events: [event(`${index}`, { protect: { subjects: [name] } })],
        }),
      ),
    );
    expect(await processes[0].encryption.keysOf('acme', name)).toHaveLength(1);
    const reader = (await aProcess()).log;
    for (const index of [0, 1, 2, 3]) expect((await all(reader, `agent-acme.once-${index}`))[0]!.json).toBe(`${index}`);
  });

  it('reads nothing of a subject whose key is destroyed, and everything of the others', async () => {
    const { encryption: own, log } = await aProcess();
    const [gone, stays] = await Promise.all(
      ['gone', 'stays'].map((value) => own.pseudonym('acme', { kind: 'customer', value })),
    );
    const stream = 'agent-acme.destroyed';
    await log.append({
      stream,
      expected: 'any',
      events: [
        event('1', { protect: { subjects: [gone!] } }),
        event('2', { protect: { subjects: [stays!] } }),
        event('3', { protect: { subjects: [gone!, stays!] } }),
      ],
    });
    const keys = await own.keysOf('acme', gone!);
    await own.destroy(keys);
    for (const reader of [log, (await aProcess()).log]) {
      const [first, second, both] = await all(reader, stream);
      expect([first!, second!, both!].map(({ sealed }) => sealed?.isReadable)).toEqual([false, true, false]);
      expect(second!.json).toBe('2');
    }
    expect(await own.keysOf('acme', gone!)).toEqual([]);
  });

  it('holds a key for destroyed from the event on that says so, though it is still at hand', async () => {
    const writer = await aProcess();
    const name = await writer.encryption.pseudonym('acme', { kind: 'customer', value: 'log order' });
    const stream = 'agent-acme.order';
    const about = (json: string) => event(json, { protect: { subjects: [name] } });
    await writer.log.append({ stream, expected: 'any', events: [about('1')] });
    const keys = await writer.encryption.keysOf('acme', name);
    await writer.log.append({
      stream,
      expected: 'any',
      events: [event(JSON.stringify({ keys }), { type: 'DESTROYED' }), about('2')],
    });
    const reader = (await aProcess()).log;
    const read = await all(reader, stream);
    expect(read.map(({ sealed }) => sealed?.isReadable)).toEqual([true, undefined, false]);
    expect((await all(reader, stream)).map(({ sealed }) => sealed?.isReadable)).toEqual([false, undefined, false]);
  });

  it('adds nothing to what is erased', async () => {
    const { log } = await aProcess();
    const late = event('1', { protect: { keys: [randomUUID()] } });
    await expect(log.append({ stream: 'agent-acme.late', expected: 'any', events: [late] })).rejects.toMatchObject({
      code: 'privacy.key-destroyed',
    });
  });

  it('does not start with another key than the one that the data were encrypted with', async () => {
    await aProcess();
    await expect(aProcess(randomBytes(32))).rejects.toMatchObject({ code: 'privacy.wrong-key' });
  });

  it('refuses a decision in which something else than a text or a number names a subject', async () => {
    const { encryption: own } = await aProcess();
    await expect(own.subjectsOf('acme', { context: { customer_id: { id: 1 } } })).rejects.toMatchObject({
      code: 'decisions.not-redactable',
    });
  });
});
