import { randomBytes } from 'node:crypto';
import { fault, toPointer, type Clock, type JsonObject, type NewId } from '@retort/kernel';
import type { EventStore, RecordedEvent } from '@retort/event-store';
import type { DataKeys } from './keys/data-keys.ts';
import type { KeyManagement } from './keys/key-management.ts';
import { keyRing } from './keys/key-ring.ts';
import type { PrivacyPolicy } from './policy.ts';
import { inEveryForm, stepsOf, valuesAt } from './redaction/paths.ts';
import { protectedEventStore } from './sealing/protected-event-store.ts';

export interface Privacy {
  policy: PrivacyPolicy;
  /** null: no key is configured, and nothing is encrypted. */
  encryption: Encryption | null;
}

/** A person, by a number that the policy finds in decisions. */
export interface Subject {
  kind: string;
  value: string;
}

export interface Encryption {
  /** Whom a posted decision is about, by pseudonym.
   *  @throws `decisions.not-redactable` (422) where neither a text nor a number stands at the path of a subject */
  subjectsOf(tenant: string, decision: JsonObject): Promise<readonly string[]>;
  pseudonym(tenant: string, subject: Subject): Promise<string>;
  /** The living keys of a subject. */
  keysOf(tenant: string, pseudonym: string): Promise<readonly string[]>;
  /** For good: what is encrypted with them can be read by nobody. */
  destroy(keys: readonly string[]): Promise<void>;
  /** A key of the platform itself, for what waits on its disk: the one that was wrapped, or a new one. It ends with the root key,
   *  not with a subject.
   *  @throws `privacy.wrong-key` (500) when it was wrapped with another key */
  keyOfPlatform(wrapped: Uint8Array | null): Promise<{ key: Uint8Array; wrapped: Uint8Array }>;
  /** The log, encrypted. `destroyedBy` names the keys that an event says are destroyed. */
  protect(store: EventStore, destroyedBy: (event: RecordedEvent) => readonly string[]): EventStore;
}

export interface EncryptionOptions {
  subjects: PrivacyPolicy['subjects'];
  management: KeyManagement;
  keys: DataKeys;
  clock: Clock;
  newId: NewId;
}

/** @throws `privacy.wrong-key` (500) when the data were encrypted with another key */
export async function encryption({ subjects, ...options }: EncryptionOptions): Promise<Encryption> {
  const { management, keys } = options;
  await management.unwrap('', await keys.check(await management.wrap('', randomBytes(32))));
  const ring = keyRing(options);
  const places = subjects.map(({ kind, paths }) => ({
    kind,
    paths: paths.flatMap((path) => inEveryForm(stepsOf(path))),
  }));
  const pseudonym = (tenant: string, { kind, value }: Subject) =>
    management.pseudonym(tenant, JSON.stringify([kind, value]));
  return {
    pseudonym,
    subjectsOf: async (tenant, decision) =>
      Promise.all(subjectsIn(decision, places).map((subject) => pseudonym(tenant, subject))),
    keysOf: async (tenant, subject) => (await keys.ofSubjects(tenant, [subject])).map(({ id }) => id),
    async destroy(ids) {
      ring.bury(ids);
      await keys.destroy(ids);
    },
    async keyOfPlatform(wrapped) {
      if (wrapped !== null) return { key: await management.unwrap('', wrapped), wrapped };
      const key = randomBytes(32);
      return { key, wrapped: await management.wrap('', key) };
    },
    protect: (store, destroyedBy) => protectedEventStore(store, { ring, destroyedBy }),
  };
}

interface Places {
  kind: string;
  paths: readonly (readonly string[])[];
}

function subjectsIn(decision: JsonObject, places: readonly Places[]): Subject[] {
  const found = new Map<string, Subject>();
  for (const { kind, paths } of places)
    for (const path of paths)
      for (const value of valuesAt(decision, path)) {
        if (value === null || value === '') continue;
        if (typeof value !== 'string' && typeof value !== 'number') throw notASubject(path, kind);
        found.set(`${kind} ${value}`, { kind, value: String(value) });
      }
  return [...found.values()];
}

function notASubject(path: readonly string[], kind: string) {
  return fault('decisions.not-redactable', {
    public: 'The decision cannot be protected, and is not stored.',
    errors: [{ pointer: toPointer(path), message: `the subject ${kind} is named by a text or a number` }],
  });
}
