import { request } from '@retort/event-store/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventStoreDbEventStore, type EventStore } from '../src/index.ts';
import { administrator, ordinaryUser, startSecureServer } from './eventstoredb-subject.ts';

let secure: Awaited<ReturnType<typeof startSecureServer>>;
beforeAll(async () => {
  secure = await startSecureServer();
});
afterAll(() => secure.stop());

/** What becomes of the work of a user, and what an operator reads meanwhile. */
async function as(user: { name: string; password: string }, work: (store: EventStore) => Promise<unknown>) {
  const said: string[] = [];
  const store = eventStoreDbEventStore({
    connectionString: secure.server.connectionStringOf(user),
    onOutcome: (_, trouble) => said.push(...(trouble === null ? [] : [trouble])),
  });
  try {
    await work(store);
    return said;
  } catch (error) {
    expect(error).toMatchObject({ code: 'event-store.refused' });
    return said;
  } finally {
    await store.close();
  }
}
const head = (store: EventStore) => store.head();
const append = (store: EventStore) => store.append(request('agent-acme.loan'));

describe('a server with users', () => {
  it('lets an administrator do everything', async () => {
    expect(await as(administrator, head)).toEqual([]);
    expect(await as(administrator, append)).toEqual([]);
  });

  it('tells an ordinary user what he lacks, and nothing once he has it', async () => {
    const server = `localhost:${secure.server.port}`;
    const [line] = await as(ordinaryUser, head);
    expect(line).toBe(
      `EventStoreDB at ${server}, as user "retort", cannot read the end of $all: the user may not read there. Give it the ` +
        'read role on $all (the $r of its $acl).',
    );
    await secure.letReadAll(ordinaryUser.name);
    expect(await as(ordinaryUser, head)).toEqual([]);
    expect(await as(ordinaryUser, append)).toEqual([]);
  });

  it('keeps its own streams from an ordinary user', async () => {
    const [line] = await as(ordinaryUser, (store) => store.append(request('$settings')));
    expect(line).toMatch(/cannot append to \$settings: the user may not write there/);
  });

  it.each([
    ['with another password', { ...ordinaryUser, password: 'guessed' }],
    ['of a name that it does not know', { name: 'nobody', password: 'guessed' }],
  ])('refuses a user %s, whatever he does', async (_, user) => {
    for (const work of [head, append]) {
      const said = await as(user, work);
      expect(said.join()).toMatch(new RegExp(`as user "${user.name}".*does not know this user with this password`));
      expect(said.join()).not.toContain('guessed');
    }
  });
});
