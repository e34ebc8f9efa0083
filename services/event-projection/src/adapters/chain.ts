import { formatPosition, parsePosition } from '@retort/event-store';
import { uuidArray, type Queryable } from '@retort/postgres';
import type { ChainBlock } from '../domain/hash-chain.ts';

export interface Chain {
  last(): Promise<ChainBlock | null>;
  /** Blocks from number `from` on, in order. */
  read(from: bigint, limit: number): Promise<ChainBlock[]>;
  /** Adds the next block; false when another process has added one of its number. */
  add(block: ChainBlock): Promise<boolean>;
}

interface BlockRow {
  number: bigint;
  commit_position: bigint;
  prepare_position: bigint;
  event_ids: string[];
  leaves: Buffer;
  hash: Buffer;
}

export function postgresChain(database: Queryable): Chain {
  const select = async (rest: string, values: unknown[]): Promise<ChainBlock[]> => {
    const { rows } = await database.query<BlockRow>(
      `select number, commit_position, prepare_position, event_ids::text[] as event_ids, leaves, hash
       from chain_blocks ${rest}`,
      values,
    );
    return rows.map((row) => ({
      number: row.number,
      position: formatPosition(row.commit_position, row.prepare_position),
      eventIds: row.event_ids,
      leaves: row.leaves,
      hash: row.hash,
    }));
  };
  return {
    last: async () => (await select('order by number desc limit 1', []))[0] ?? null,
    read: (from, limit) => select('where number >= $1 order by number limit $2', [from, limit]),
    async add(block) {
      const { commit, prepare } = parsePosition(block.position);
      const { rowCount } = await database.query(
        `insert into chain_blocks (number, commit_position, prepare_position, event_ids, leaves, hash)
         values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
        [block.number, commit, prepare, uuidArray([...block.eventIds]), block.leaves, block.hash],
      );
      return rowCount === 1;
    },
  };
}
