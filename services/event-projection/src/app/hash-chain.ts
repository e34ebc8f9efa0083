import type { EventStore, RecordedEvent } from '@retort/event-store';
import type { Loop } from '@retort/service-kit';
import type { Chain } from '../adapters/chain.ts';
import { blockOf, differenceIn, type ChainBlock, type Difference } from '../domain/hash-chain.ts';
import { ahead } from './ahead.ts';
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
      const after = parseStoredPosition(previous?.position ?? null);
      for await (const { events } of ahead(store.subscribe({ after, batchSize: blockSize, signal }))) {
        if (events.length === 0) continue;
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

/** Reads the whole log again and compares it with the chain, block by block, up to the first difference. */
export async function verifyChain(store: Pick<EventStore, 'readAll'>, chain: Chain): Promise<Verification> {
  let previous: ChainBlock | null = null;
  let events = 0;
  for (;;) {
    const blocks: ChainBlock[] = await chain.read(previous === null ? 0n : previous.number + 1n, 20);
    if (blocks.length === 0) return { events, last: previous, difference: null };
    for (const block of blocks) {
      if (block.number !== (previous === null ? 0n : previous.number + 1n))
        return { events, last: previous, difference: { kind: 'chain-altered', eventId: null, position: null } };
      const stretch: RecordedEvent[] = [];
      const until = parseStoredPosition(block.position);
      const after = parseStoredPosition(previous?.position ?? null);
      for await (const event of store.readAll({ after, ...(until ? { until } : {}) })) stretch.push(event);
      const difference = differenceIn(block, previous, stretch);
      if (difference) return { events, last: previous, difference };
      events += stretch.length;
      previous = block;
    }
  }
}
