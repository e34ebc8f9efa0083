import { weightOf } from '@retort/event-store';
import type { BoundedCache } from '@retort/kernel';
import type { Claim, GuardedStore } from './claim.ts';
import type { CommitOutcome } from './group-commit.ts';

export interface FreshPorts {
  store: Pick<GuardedStore, 'appendGroup' | 'maxAppendBytes'>;
  outcomes: Map<Claim, CommitOutcome>;
  /** Stream → a revision that it has reached. */
  heads: BoundedCache<bigint>;
}

/** Servers take a hundred events at a time faster than several hundred. */
const eventsAtOnce = 100;

/** Appends what was claimed just now and therefore is nowhere in the log: what goes to one stream as one append, below the
 *  server's limit. */
export async function appendFresh(claims: readonly Claim[], options: FreshPorts): Promise<void> {
  if (claims.length === 0) return;
  const refused = await appendParts(partsOf(claims, options.store.maxAppendBytes), options);
  if (refused.length > 0)
    await appendParts(
      refused.map((claim) => [claim]),
      options,
    );
}

/** Returns the members of parts that the store did not take: what it refuses about one of them is not refused to all. */
async function appendParts(parts: readonly Claim[][], { store, outcomes, heads }: FreshPorts): Promise<Claim[]> {
  const appended = await store.appendGroup(parts.map(together));
  return parts.flatMap((part, index) => {
    const outcome = appended[index]!;
    if (outcome.status === 'appended') heads.set(part[0]!.request.stream, outcome.revision);
    else if (part.length > 1) return part;
    for (const claim of part) outcomes.set(claim, outcome);
    return [];
  });
}

function together(part: readonly Claim[]) {
  const [{ request }] = part as [Claim];
  return part.length === 1 ? request : { ...request, events: part.flatMap(({ request: { events } }) => events) };
}

/** What goes to the same stream, in its order, in parts that the server takes at once. */
function partsOf(claims: readonly Claim[], limit: number): Claim[][] {
  const parts: Claim[][] = [];
  const filling = new Map<string, { part: Claim[]; weight: number }>();
  for (const claim of claims) {
    const { stream, events } = claim.request;
    const weight = events.reduce((sum, event) => sum + weightOf(event), 0);
    const current = filling.get(stream);
    if (current && current.weight + weight <= limit && current.part.length < eventsAtOnce) {
      current.part.push(claim);
      current.weight += weight;
    } else {
      const part = [claim];
      parts.push(part);
      filling.set(stream, { part, weight });
    }
  }
  return parts;
}
