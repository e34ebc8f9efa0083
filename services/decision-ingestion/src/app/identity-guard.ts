import type { AppendRequest } from '@retort/event-store';
import { boundedCache, digestOfJson, fault } from '@retort/kernel';
import type { Held, Identities } from './identities.ts';
import { appendFresh } from './append-fresh.ts';
import { claimOf, type Claim, type GuardedStore } from './claim.ts';
import type { CommitOutcome, GroupLog } from './group-commit.ts';
import { settleUncertain, type Uncertain } from './settle-uncertain.ts';
import { writeBehind } from './write-behind.ts';

export interface GuardedLog extends GroupLog {
  /** Resolves when everything that was answered is marked. */
  idle(): Promise<void>;
}

/** Streams whose head is remembered. */
const knownStreams = 100_000;
const marksAtOnce = 5_000;

/** Gives an event store that cannot refuse a second event of the same id a memory of its ids. An id is claimed before the
 *  append, with the head of its stream, and marked behind it. What is claimed and not marked may or may not be in the
 *  log: whoever comes with it again settles that by reading the stream back to that head. */
export function guardIdentities(
  store: GuardedStore,
  identities: Identities,
  onMarksLost?: (error: unknown) => void,
): GuardedLog {
  const heads = boundedCache<bigint>(knownStreams);
  const underWay = new Map<string, Promise<unknown>>();
  const marks = writeBehind<string>((eventIds) => identities.markRecorded(eventIds), {
    largest: marksAtOnce,
    ...(onMarksLost ? { onDropped: onMarksLost } : {}),
  });

  async function headOf(stream: string): Promise<bigint> {
    for await (const { revision } of store.readStream(stream, { direction: 'backwards', limit: 1 })) return revision;
    return -1n;
  }

  async function learnHeads(requests: readonly AppendRequest[]): Promise<void> {
    const unknown = new Set(requests.map(({ stream }) => stream).filter((stream) => heads.get(stream) === undefined));
    await Promise.all([...unknown].map(async (stream) => heads.set(stream, await headOf(stream))));
  }

  async function appendDistinct(requests: readonly AppendRequest[]): Promise<CommitOutcome[]> {
    await learnHeads(requests);
    const claims = requests.map((request) => claimOf(request, heads.get(request.stream) ?? -1n));
    const held = await identities.claim(claims.map((claim) => ({ ...claim, stream: claim.request.stream })));
    const outcomes = new Map<Claim, CommitOutcome>();
    const uncertain: Uncertain[] = [];
    const fresh: Claim[] = [];
    for (const [index, claim] of claims.entries()) {
      const other = held[index]!;
      if (other === null) fresh.push(claim);
      else if (!other.recorded) uncertain.push({ claim, held: other });
      else outcomes.set(claim, await recordedBefore(store, claim, other));
    }
    // What is uncertain came before what is new: a stream keeps the order of its requests.
    if (uncertain.length > 0) await settleUncertain(uncertain, { store, identities, outcomes });
    await appendFresh(fresh, { store, outcomes, heads });
    marks.add(claims.flatMap((claim) => (isInTheLog(outcomes.get(claim)!) ? [claim.eventId] : [])));
    return claims.map((claim) => outcomes.get(claim)!);
  }

  return {
    async appendGroup(requests) {
      const firstOf = new Map<string, number>();
      const distinct = requests.filter((request) => {
        const { id } = request.events[0]!;
        if (firstOf.has(id)) return false;
        firstOf.set(id, firstOf.size);
        return true;
      });
      // The same id twice at once in this process: the second waits for what becomes of the first.
      for (;;) {
        const others = distinct.flatMap(({ events: [event] }) => underWay.get(event!.id) ?? []);
        if (others.length === 0) break;
        await Promise.allSettled(others);
      }
      const work = appendDistinct(distinct);
      for (const id of firstOf.keys()) underWay.set(id, work);
      try {
        const outcomes = await work;
        return requests.map((request) => {
          const place = firstOf.get(request.events[0]!.id)!;
          const first = distinct[place]!;
          return first === request ? outcomes[place]! : repeated(first, request, outcomes[place]!);
        });
      } finally {
        for (const id of firstOf.keys()) underWay.delete(id);
      }
    },
    idle: () => marks.idle(),
  };
}

/** The outcome of a request whose id another request of the same group has. */
function repeated(first: AppendRequest, request: AppendRequest, outcome: CommitOutcome): CommitOutcome {
  if (!isInTheLog(outcome)) return outcome;
  const same = first.stream === request.stream && first.events[0]!.json === request.events[0]!.json;
  return same ? { status: 'duplicate', recorded: [] } : { status: 'identity-taken' };
}

/** An event of this id is in the log. Where its data were written in other words, the log itself tells which. */
async function recordedBefore(store: GuardedStore, { request, eventId, digest }: Claim, held: Held) {
  if (held.digest === digest) return { status: 'duplicate', recorded: [] } as const;
  if (held.stream === null) {
    // Earlier releases kept the digest of the canonical form.
    const canonical = digestOfJson(JSON.parse(request.events[0]!.json));
    return held.digest === canonical ? ({ status: 'duplicate', recorded: [] } as const) : identityTaken;
  }
  for await (const event of store.readStream(held.stream, { from: (held.head ?? -1n) + 1n }))
    if (event.id === eventId) return { status: 'duplicate', recorded: [event] } as const;
  throw fault('event-store.event-missing', {
    public: 'An event of this id was recorded, and the event store no longer holds it.',
    internal: { stream: held.stream, eventId },
  });
}

const identityTaken = { status: 'identity-taken' } as const;

function isInTheLog({ status }: CommitOutcome): boolean {
  return status === 'appended' || status === 'duplicate';
}
