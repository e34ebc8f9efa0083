import type { Database, Queryable } from '@retort/postgres';
import { deadLetterMissing } from '../dead-letter-missing.ts';
import type { BusMessage, DeadLetter, DeadLetterQuery, MessageAttributes, ReceivedMessage } from '../port.ts';
import { publish } from './publish.ts';

const longestError = 2_000;

export async function bury(
  database: Queryable,
  { group, message, error }: { group: string; message: ReceivedMessage; error: unknown },
): Promise<void> {
  const { topic, partition, offset, key, attributes, data, attempt } = message;
  await database.query(
    `insert into event_bus.dead_letters ("group", topic, partition, "offset", key, attributes, data, error, attempts)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    // A NUL character in an error's text must not keep the letter from being stored.
    [
      group,
      topic,
      partition,
      offset,
      key,
      JSON.stringify(attributes),
      data,
      String(error).replaceAll('\0', '').slice(0, longestError),
      attempt,
    ],
  );
}

interface DeadLetterRow {
  id: bigint;
  group: string;
  topic: string;
  key: string;
  attributes: MessageAttributes;
  data: string;
  error: string;
  attempts: number;
  failed_at: Date;
}

/** Oldest first. */
export async function listDeadLetters(
  db: Database,
  { group, tenant, handle, limit = 100 }: DeadLetterQuery,
): Promise<DeadLetter[]> {
  if (handle !== undefined && !isHandle(handle)) return [];
  const { rows } = await db.query<DeadLetterRow>(
    `select id, "group", topic, key, attributes, data, error, attempts, failed_at from event_bus.dead_letters
      where ($1::text is null or "group" = $1) and ($2::text is null or attributes->>'tenant' = $2)
        and ($3::bigint is null or id = $3)
      order by id limit $4`,
    [group ?? null, tenant ?? null, handle ?? null, limit],
  );
  return rows.map((row) => ({
    handle: String(row.id),
    group: row.group,
    message: { topic: row.topic, key: row.key, attributes: row.attributes, data: row.data },
    error: row.error,
    attempts: row.attempts,
    failedAt: row.failed_at.toISOString(),
  }));
}

function isHandle(handle: string): boolean {
  return /^\d{1,18}$/.test(handle);
}

/** Removal and publication are one transaction: a letter is never lost between them, nor replayed twice. */
export async function replayDeadLetter(db: Database, handle: string): Promise<void> {
  if (!isHandle(handle)) throw deadLetterMissing();
  await db.transaction(async (transaction) => {
    const { rows } = await transaction.query<BusMessage & { group: string }>(
      'delete from event_bus.dead_letters where id = $1 returning "group", topic, key, attributes, data',
      [handle],
    );
    if (!rows[0]) throw deadLetterMissing();
    const { group, attributes, ...letter } = rows[0];
    await publish(transaction, [{ ...letter, attributes: { ...attributes, forgroup: group } }]);
  });
}
