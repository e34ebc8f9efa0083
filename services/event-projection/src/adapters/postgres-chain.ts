import { comparePositions, formatPosition, parsePosition, type Position } from '@retort/event-store';
import { readCheckpoint, uuidArray, type Queryable } from '@retort/postgres';
import type { Chain } from '../app/chain.ts';
import type { ChainBlock } from '../domain/hash-chain.ts';

interface BlockRow {
  number: bigint;
  commit_position: bigint;
  prepare_position: bigint;
  event_ids: string[];
  leaves: Buffer;
  hash: Buffer;
}

const checkpoint = 'hash-chain';

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
  const last = async () => (await select('order by number desc limit 1', []))[0] ?? null;
  return {
    last,
    async position() {
      const passed = asPosition(await readCheckpoint(database, checkpoint));
      const block = asPosition((await last())?.position ?? null);
      if (passed === null || block === null) return passed ?? block;
      return comparePositions(passed, block) < 0 ? block : passed;
    },
    async passed(position) {
      await database.query(
        `insert into checkpoints (name, position) values ($1, $2)
         on conflict (name) do update set position = excluded.position, updated_at = now()`,
        [checkpoint, position],
      );
    },
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

function asPosition(text: string | null): Position | null {
  if (text === null) return null;
  const { commit, prepare } = parsePosition(text);
  return formatPosition(commit, prepare);
}
