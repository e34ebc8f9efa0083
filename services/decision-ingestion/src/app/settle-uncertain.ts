import type { RecordedEvent } from '@retort/event-store';
import { fault } from '@retort/kernel';
import type { Held, Identities } from './identities.ts';
import { digestOfText, type Claim, type GuardedStore } from './claim.ts';
import type { CommitOutcome } from './group-commit.ts';

export interface Uncertain {
  claim: Claim;
  held: Held;
}

export interface SettlingPorts {
  store: Pick<GuardedStore, 'appendGroup' | 'readStream'>;
  identities: Pick<Identities, 'takeOver'>;
  outcomes: Map<Claim, CommitOutcome>;
}

/** Looks at a stream that others append to at the same time, before the caller is asked to come back. */
const looks = 20;

/** Settles claims of which nobody knows whether their events are in the log. The claim's stream is read back to the head
 *  that was noted with it: what is found is a duplicate. What is not found is appended alone, with the revision just read
 *  as the expectation, so that a writer who was faster makes a conflict; then the stream is read again. */
export async function settleUncertain(uncertain: readonly Uncertain[], options: SettlingPorts): Promise<void> {
  const streams = new Map<string, Uncertain[]>();
  for (const one of uncertain) {
    const stream = one.held.stream ?? one.claim.request.stream;
    const known = streams.get(stream);
    if (known) known.push(one);
    else streams.set(stream, [one]);
  }
  await Promise.all([...streams].map(([stream, claims]) => settleStream(stream, claims, options)));
}

async function settleStream(stream: string, claims: readonly Uncertain[], options: SettlingPorts): Promise<void> {
  const { store, identities, outcomes } = options;
  let open = claims;
  let since = claims.map(({ held }) => held.head ?? -1n).reduce((least, head) => (head < least ? head : least));
  for (let look = 0; look < looks; look++) {
    const { head, found } = await readBack(store, stream, { since, claims: open });
    const missing: Uncertain[] = [];
    for (const one of open) {
      const event = found.get(one.claim.eventId);
      if (!event) {
        missing.push(one);
        continue;
      }
      // Of two writers with other contents the log says who was first.
      const digest = digestOfText(event.json);
      if (digest !== one.held.digest) await identities.takeOver({ ...one.claim, digest, stream }, one.held);
      outcomes.set(one.claim, { status: 'duplicate', recorded: [event] });
    }
    open = await appendInTurn(stream, { head, claims: missing }, options);
    if (open.length === 0) return;
    since = head;
  }
  throw comeBack('The stream of this decision changes faster than it can be read.');
}

/** The stream's last revision (-1 when there is none), and those of the claims' events that stand above `since`. */
async function readBack(
  store: Pick<GuardedStore, 'readStream'>,
  stream: string,
  { since, claims }: { since: bigint; claims: readonly Uncertain[] },
): Promise<{ head: bigint; found: Map<string, RecordedEvent> }> {
  const wanted = new Set(claims.map(({ claim }) => claim.eventId));
  const found = new Map<string, RecordedEvent>();
  let head: bigint | undefined;
  for await (const event of store.readStream(stream, { direction: 'backwards' })) {
    head ??= event.revision;
    if (event.revision <= since || found.size === wanted.size) break;
    if (wanted.has(event.id)) found.set(event.id, event);
  }
  return { head: head ?? -1n, found };
}

/** Appends one after the other, from a stream that stands at `head`; returns those that are open after a conflict. */
async function appendInTurn(
  stream: string,
  { head, claims }: { head: bigint; claims: readonly Uncertain[] },
  options: SettlingPorts,
): Promise<readonly Uncertain[]> {
  const { store, outcomes } = options;
  let expected = head;
  for (const [index, { claim, held }] of claims.entries()) {
    const { request } = claim;
    const own = await madeOwn(claim, held, stream, options);
    if (!own) {
      outcomes.set(claim, { status: 'rejected', fault: comeBack('Another decision of this id is being recorded.') });
    } else if (request.stream !== stream) {
      await settleStream(request.stream, [{ claim, held: own }], options);
    } else {
      const [outcome] = await store.appendGroup([{ ...request, expected: expected < 0n ? 'no-stream' : expected }]);
      if (outcome!.status === 'conflict') return [{ claim, held: own }, ...claims.slice(index + 1)];
      outcomes.set(claim, outcome!);
      if (outcome!.status !== 'rejected') expected = outcome!.revision;
    }
  }
  return [];
}

/** The claim as it is held when it stands for this request; undefined when that is another writer's. */
async function madeOwn(
  claim: Claim,
  held: Held,
  stream: string,
  { identities }: SettlingPorts,
): Promise<Held | undefined> {
  const elsewhere = claim.request.stream !== stream;
  if (!elsewhere && held.digest === claim.digest) return held;
  // In another stream its other writer may store it a moment later, and no expectation about this one would tell.
  if (elsewhere && !held.abandoned) return undefined;
  const identity = { ...claim, stream: claim.request.stream };
  if (!(await identities.takeOver(identity, held))) return undefined;
  return { ...held, digest: claim.digest, stream: identity.stream, head: claim.head };
}

function comeBack(message: string) {
  return fault('decisions.store-unavailable', { retryAfter: 1, public: message });
}
