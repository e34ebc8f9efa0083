import type { Position } from '@retort/event-store';
import type { ChainBlock } from '../domain/hash-chain.ts';

/** The hash chain behind the log. */
export interface Chain {
  /** How far the log was read: to the last block, or further where nothing of ours followed it. */
  position(): Promise<Position | null>;
  /** The log was read up to here, behind the last block, and nothing of ours was there. */
  passed(position: Position): Promise<void>;
  last(): Promise<ChainBlock | null>;
  /** Blocks from number `from` on, in order. */
  read(from: bigint, limit: number): Promise<ChainBlock[]>;
  /** Adds the next block; false when another process has added one of its number. */
  add(block: ChainBlock): Promise<boolean>;
}
