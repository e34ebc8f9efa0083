import type { BatchResult } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { sliceFor, takingTurns } from '@retort/service-kit';
import type { GroupCommit } from './group-commit.ts';
import type { Admitted } from './personal-data.ts';
import {
  prepareDecision,
  recorded,
  type Author,
  type PreparePorts,
  type PreparedDecision,
} from './record-decisions.ts';

export interface BatchPorts<Posted> extends PreparePorts {
  commits: GroupCommit;
  /** An item's decision as it may be stored; a fault it throws is the item's. */
  admittedOf(item: Posted): Admitted;
  /** Whether nobody waits for the answer any more: nothing is checked or stored then. */
  isGone?(): boolean;
  /** What a fault looks like to the caller. */
  render(error: unknown): { status: number; problem: Record<string, unknown> };
}

type Item = BatchResult['results'][number];

/** Records many decisions, each for itself: a bad one is told and never fails its neighbours. Resolves when all that
 *  could be stored are durable.
 *  @throws `decisions.overloaded`, `decisions.store-unavailable` (503), `request.incomplete` (408) where the caller left: send the
 *          whole batch again */
export async function recordBatch<Posted>(
  items: readonly Posted[],
  author: Author,
  options: BatchPorts<Posted>,
): Promise<BatchResult> {
  const results: Item[] = [];
  const prepared: { index: number; decision: PreparedDecision }[] = [];
  const refuse = (index: number, error: unknown, known: { id?: string; event_id?: string } = {}) => {
    const { status, problem } = options.render(error);
    // Only what the caller can mend belongs into the item; the rest fails the request.
    if (status >= 500) throw error;
    results[index] = { index, status, ...known, problem: problem as NonNullable<Item['problem']> };
  };
  const turn = takingTurns(sliceFor(items.length));
  for (const [index, item] of items.entries()) {
    try {
      const decision = prepareDecision(options.admittedOf(item), author, options);
      prepared.push({ index, decision: decision instanceof Promise ? await decision : decision });
    } catch (error) {
      refuse(index, error);
    }
    await turn();
    if (options.isGone?.()) throw fault('request.incomplete', { public: 'The caller left before the answer.' });
  }
  const outcomes =
    prepared.length === 0 ? [] : await options.commits.submit(prepared.map(({ decision }) => decision.request));
  let duplicates = 0;
  let stored = 0;
  for (const [place, { index, decision }] of prepared.entries()) {
    try {
      const { id, eventId, status } = recorded(decision, outcomes[place]!);
      if (status === 'duplicate') duplicates++;
      else stored++;
      results[index] = { index, status: status === 'duplicate' ? 200 : 201, id, event_id: eventId };
    } catch (error) {
      refuse(index, error, { id: decision.id, event_id: decision.eventId });
    }
    await turn();
  }
  return { recorded: stored, duplicates, rejected: items.length - stored - duplicates, results };
}
