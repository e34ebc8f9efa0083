import { comparePositions, type EventStore, type RecordedEvent } from '@retort/event-store';
import type { Loop } from '@retort/service-kit';
import type { Chain } from './chain.ts';
import { blockOf, differenceIn, type ChainBlock, type Difference } from '../domain/hash-chain.ts';
import { follow } from './follow.ts';
import { parseStoredPosition } from './position.ts';

/** Builds the hash chain behind the write path, a block a batch. A block and the place the chain has come to are the same
 *  row, so no crash can part them; of two builders one adds the block and the other takes up after it. */
export function hashChainLoop({
  store,
  chain,
  blockSize,
}: {
  store: Pick<EventStore, 'subscribe'>;
  chain: Chain;
  blockSize: number;
}): Loop {
  return {
    name: 'hash-chain',
    async run(signal) {
      let previous = await chain.last();
      const after = await chain.position();
      for await (const { events, position } of follow(store, { after, batchSize: blockSize, signal })) {
        if (events.length === 0) {
          if (position !== after) await chain.passed(position);
          continue;
        }
        const block = blockOf(events, previous);
        if (!(await chain.add(block))) throw new Error(`another process added block ${block.number} of the hash chain`);
        previous = block;
      }
    },
  };
}

export interface Verification {
  events: number;
  last: ChainBlock | null;
  difference: Difference | null;
}

/** Blocks fetched at a time. Behind a log that grows slowly a block holds few events. */
const pageSize = 200;

/** Reads the whole log again and compares it with the chain, block by block, up to the first difference. */
export async function verifyChain(store: Pick<EventStore, 'readAll'>, chain: Chain): Promise<Verification> {
  let previous: ChainBlock | null = null;
  let events = 0;
  for (;;) {
    const blocks: ChainBlock[] = await chain.read(previous === null ? 0n : previous.number + 1n, pageSize);
    if (blocks.length === 0) return { events, last: previous, difference: null };
    for await (const { block, held } of blocksWithEvents(store, blocks, previous)) {
      if (block.number !== (previous === null ? 0n : previous.number + 1n))
        return { events, last: previous, difference: { kind: 'chain-altered', eventId: null, position: null } };
      const difference = differenceIn(block, previous, held);
      if (difference) return { events, last: previous, difference };
      events += held.length;
      previous = block;
    }
  }
}

/** Each block with the events that the log holds now in its range, in one pass over the log: a read for every block would
 *  take longer than all its events. */
async function* blocksWithEvents(
  store: Pick<EventStore, 'readAll'>,
  blocks: readonly ChainBlock[],
  previous: ChainBlock | null,
): AsyncGenerator<{ block: ChainBlock; held: RecordedEvent[] }> {
  const after = parseStoredPosition(previous?.position ?? null);
  const until = parseStoredPosition(blocks.at(-1)!.position);
  let held: RecordedEvent[] = [];
  let next = 0;
  for await (const event of store.readAll({ after, ...(until ? { until } : {}) })) {
    while (next < blocks.length - 1 && comparePositions(event.position, blocks[next]!.position) > 0) {
      yield { block: blocks[next++]!, held };
      held = [];
    }
    held.push(event);
  }
  for (; next < blocks.length; next++) {
    yield { block: blocks[next]!, held };
    held = [];
  }
}
