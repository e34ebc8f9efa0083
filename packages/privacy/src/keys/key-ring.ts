import { randomBytes } from 'node:crypto';
import { fault, type Clock, type NewId } from '@retort/kernel';
import type { DataKey } from '../sealing/sealed-data.ts';
import type { DataKeys, WrappedKey } from './data-keys.ts';
import type { KeyManagement } from './key-management.ts';

/** The data keys that this process has at hand. */
export interface KeyRing {
  /** The keys of subjects, made where there are none. */
  forSubjects(tenant: string, subjects: readonly string[]): Promise<DataKey[]>;
  /** Those of the keys that are not destroyed. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, DataKey>>;
  /** The log says that these keys are destroyed: from now on nothing opens with them here, whatever is still at hand. */
  bury(ids: readonly string[]): void;
}

export interface KeyRingOptions {
  management: KeyManagement;
  keys: DataKeys;
  clock: Clock;
  newId: NewId;
}

/** How long a process believes what it has read about a key: another one may have destroyed it. */
const believedMs = 10_000;
const mostAtHand = 50_000;

export function keyRing({ management, keys, clock, newId }: KeyRingOptions): KeyRing {
  const byId = new Map<string, { key: DataKey | null; until: number }>();
  const bySubject = new Map<string, { key: DataKey; until: number }>();
  const buried = new Set<string>();

  const unwrap = async ({ id, tenant, wrapped }: WrappedKey): Promise<DataKey> => ({
    id,
    key: await management.unwrap(tenant, wrapped),
  });
  const until = () => clock().getTime() + believedMs;

  async function make(tenant: string, subjects: readonly string[]): Promise<WrappedKey[]> {
    const known = await keys.ofSubjects(tenant, subjects);
    const have = new Set(known.map(({ subject }) => subject));
    const missing = subjects.filter((subject) => !have.has(subject));
    if (missing.length === 0) return known;
    await keys.add(
      await Promise.all(
        missing.map(async (subject) => ({
          id: newId(),
          tenant,
          subject,
          wrapped: await management.wrap(tenant, randomBytes(32)),
        })),
      ),
    );
    return [...known, ...(await keys.ofSubjects(tenant, missing))];
  }

  return {
    async forSubjects(tenant, subjects) {
      const now = clock().getTime();
      const nameOf = (subject: string) => `${tenant}/${subject}`;
      const isAtHand = (subject: string) => {
        const held = bySubject.get(nameOf(subject));
        return held !== undefined && held.until > now && !buried.has(held.key.id);
      };
      const missing = [...new Set(subjects)].filter((subject) => !isAtHand(subject));
      if (missing.length > 0)
        for (const wrapped of await make(tenant, missing))
          remember(bySubject, nameOf(wrapped.subject), { key: await unwrap(wrapped), until: until() });
      return [...new Set(subjects)].map((subject) => {
        const held = bySubject.get(nameOf(subject));
        if (held && !buried.has(held.key.id)) return held.key;
        throw fault('privacy.key-unavailable', {
          retryAfter: 1,
          public: 'The key of a subject was destroyed while something of the subject was written.',
        });
      });
    },
    async find(ids) {
      const now = clock().getTime();
      const missing = ids.filter((id) => !buried.has(id) && !((byId.get(id)?.until ?? 0) > now));
      if (missing.length > 0) {
        const found = new Map((await keys.find(missing)).map((wrapped) => [wrapped.id, wrapped]));
        for (const id of missing) {
          const wrapped = found.get(id);
          remember(byId, id, { key: wrapped ? await unwrap(wrapped) : null, until: until() });
        }
      }
      const living = new Map<string, DataKey>();
      for (const id of ids) {
        const key = byId.get(id)?.key;
        if (key && !buried.has(id)) living.set(id, key);
      }
      return living;
    },
    bury(ids) {
      for (const id of ids) {
        buried.add(id);
        byId.delete(id);
      }
    },
  };
}

function remember<Held>(held: Map<string, Held>, name: string, value: Held): void {
  held.delete(name);
  held.set(name, value);
  if (held.size > mostAtHand) held.delete(held.keys().next().value!);
}
