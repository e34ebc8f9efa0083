import { isFault } from '@retort/kernel';
import { postgresFault, textArray, uuidArray, type Database } from '@retort/postgres';
import type { PoolClient } from 'pg';
import type { AppendOutcome, AppendRequest, RecordedEvent } from '../port.ts';
import { formatPosition } from '../position.ts';
import { rejection, unfit } from '../validate.ts';
import { layOut, type Group } from './group.ts';
import { columns, toRecorded, type EventRow } from './rows.ts';

interface Written {
  written: bigint | null;
  revisions: string[];
  recorded: Date;
}

/** Attempts at settling a group whose ids a concurrent writer is appending too. */
const attempts = 8;
const uniqueViolation = '23505';
const invalidJson = /^22P0[25]$/;

/** Appends a group in one transaction and, in the good case, one round trip. Where a request is a duplicate, in conflict
 *  or unfit, the group is settled request by request: each gets its own outcome and the others are stored. */
export async function appendGroup(db: Database, requests: readonly AppendRequest[]): Promise<AppendOutcome[]> {
  const outcomes = new Array<AppendOutcome | undefined>(requests.length);
  const fit: number[] = [];
  requests.forEach((request, index) => {
    const fault = unfit(request);
    if (fault) outcomes[index] = { status: 'rejected', fault };
    else fit.push(index);
  });
  const settled = await appendFit(
    db,
    fit.map((index) => requests[index]!),
  );
  fit.forEach((index, place) => (outcomes[index] = settled[place]));
  return outcomes as AppendOutcome[];
}

async function appendFit(db: Database, requests: readonly AppendRequest[]): Promise<AppendOutcome[]> {
  if (requests.length === 0) return [];
  try {
    if (!hasRepeatedId(requests)) {
      const outcomes = await appendAll(db, requests);
      if (outcomes) return outcomes;
    }
    return await settle(db, requests);
  } catch (error) {
    if (!invalidJson.test(sqlState(error))) throw postgresFault(error);
    if (requests.length === 1) return [{ status: 'rejected', fault: rejection('/events', 'its data is not JSON') }];
    // One of them is not JSON. Halving finds it without trying every neighbour alone.
    const middle = requests.length >> 1;
    const first = await appendFit(db, requests.slice(0, middle));
    return [...first, ...(await appendFit(db, requests.slice(middle)))];
  }
}

function hasRepeatedId(requests: readonly AppendRequest[]): boolean {
  const seen = new Set<string>();
  for (const request of requests)
    for (const event of request.events) {
      if (seen.has(event.id)) return true;
      seen.add(event.id);
    }
  return false;
}

/** All of them, or undefined and nothing stored. */
async function appendAll(db: Database, requests: readonly AppendRequest[]): Promise<AppendOutcome[] | undefined> {
  const group = layOut(requests);
  try {
    const { rows } = await db.pool.query<Written>(group.statement);
    return outcomesOf(group, rows[0]!);
  } catch (error) {
    if (sqlState(error) === uniqueViolation) return undefined;
    throw error;
  }
}

function outcomesOf(group: Group, { written, revisions }: Written): AppendOutcome[] | undefined {
  if (written === null) return undefined;
  let ordinal = 0;
  return group.placements.map(({ stream, offset, events }) => {
    ordinal += events;
    return {
      status: 'appended',
      revision: BigInt(revisions[stream]!) + BigInt(offset + events),
      position: formatPosition(written, BigInt(ordinal - 1)),
    };
  });
}

async function settle(db: Database, requests: readonly AppendRequest[]): Promise<AppendOutcome[]> {
  for (let attempt = 1; ; attempt++) {
    const client = await db.pool.connect();
    let clean = false;
    try {
      await client.query('begin');
      const outcomes = await settleLocked(client, requests);
      await client.query('commit');
      clean = true;
      return outcomes;
    } catch (error) {
      // Someone stored one of our ids meanwhile, under another stream's lock: now it can be seen.
      const contended = sqlState(error) === uniqueViolation || isFault(postgresFault(error), 'postgres.contention');
      if (!contended || attempt === attempts) throw error;
    } finally {
      if (!clean) clean = await rolledBack(client);
      client.release(!clean);
    }
  }
}

function rolledBack(client: PoolClient): Promise<boolean> {
  return client.query('rollback').then(
    () => true,
    () => false,
  );
}

/** Holding the locks of all streams, looks at what the log has, decides each request in turn, stores what may be. */
async function settleLocked(client: PoolClient, requests: readonly AppendRequest[]): Promise<AppendOutcome[]> {
  const { streams, locks } = layOut(requests);
  await client.query('select pg_advisory_xact_lock(1382369391, key) from unnest($1::integer[]) as key', [locks]);
  const recorded = await recordedAlready(client, requests);
  const lengths = await streamLengths(client, streams);
  const accepted: number[] = [];
  const pending = new Map<string, number>();
  const outcomes = requests.map((request, index): AppendOutcome | { sameAs: number } | { accepted: true } => {
    const actual = (lengths.get(request.stream) ?? 0n) - 1n;
    const conflict: AppendOutcome = {
      status: 'conflict',
      expected: request.expected,
      actual: actual < 0n ? null : actual,
    };
    const known = request.events.flatMap((event) => recorded.get(event.id) ?? []);
    if (known.length === request.events.length)
      return { status: 'duplicate', revision: known.at(-1)!.revision, recorded: known };
    const earlier = new Set(request.events.map((event) => pending.get(event.id)));
    const [first] = earlier;
    if (earlier.size === 1 && first !== undefined) return { sameAs: first };
    // Some of its events are there and some are not: neither a retry nor a new request.
    if (known.length > 0 || [...earlier].some((other) => other !== undefined)) return conflict;
    if (request.expected !== 'any' && (request.expected === 'no-stream' ? -1n : request.expected) !== actual)
      return conflict;
    lengths.set(request.stream, actual + 1n + BigInt(request.events.length));
    for (const event of request.events) pending.set(event.id, index);
    accepted.push(index);
    return { accepted: true };
  });
  const stored = await store(
    client,
    accepted.map((index) => requests[index]!),
  );
  return outcomes.map((outcome, index) => {
    if ('status' in outcome) return outcome;
    if ('accepted' in outcome) return stored[accepted.indexOf(index)]!.outcome;
    const original = stored[accepted.indexOf(outcome.sameAs)]!.recorded;
    const own = new Set(requests[index]!.events.map((event) => event.id));
    const same = original.filter((event) => own.has(event.id));
    return { status: 'duplicate', revision: same.at(-1)!.revision, recorded: same };
  });
}

async function store(client: PoolClient, requests: readonly AppendRequest[]) {
  if (requests.length === 0) return [];
  const group = layOut(requests);
  const { rows } = await client.query<Written>(group.statement);
  const [row] = rows as [Written];
  const outcomes = outcomesOf(group, row);
  if (!outcomes) throw new Error('a stream moved although its lock was held');
  let ordinal = 0n;
  return requests.map(({ stream, events }, index) => {
    const placement = group.placements[index]!;
    const before = BigInt(row.revisions[placement.stream]!) + BigInt(placement.offset);
    const recorded = events.map((event, place): RecordedEvent => ({
      ...event,
      stream,
      revision: before + 1n + BigInt(place),
      position: formatPosition(row.written!, ordinal++),
      recordedAt: row.recorded.toISOString(),
    }));
    return { outcome: outcomes[index]!, recorded };
  });
}

async function recordedAlready(
  client: PoolClient,
  requests: readonly AppendRequest[],
): Promise<Map<string, RecordedEvent>> {
  const ids = requests.flatMap((request) => request.events.map((event) => event.id));
  const { rows } = await client.query<EventRow>(
    `select ${columns} from event_store.events where event_id = any($1::uuid[])`,
    [uuidArray(ids)],
  );
  return new Map(rows.map((row) => [row.id, toRecorded(row)]));
}

async function streamLengths(client: PoolClient, streams: readonly string[]): Promise<Map<string, bigint>> {
  const { rows } = await client.query<{ stream: string; length: bigint }>(
    `select name as stream, last.revision + 1 as length
       from unnest($1::text[]) as name
       cross join lateral (select revision from event_store.events where stream = name
                            order by revision desc limit 1) last`,
    [textArray(streams)],
  );
  return new Map(rows.map((row) => [row.stream, row.length]));
}

function sqlState(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
