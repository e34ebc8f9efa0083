import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { int4Array, int8Array, textArray, type Database, type Notifier } from '@retort/postgres';
import type { ConsumeOptions, Consumption, ReceivedMessage } from '../port.ts';
import { isFor } from '../for-group.ts';
import { defaultAttempts, failed, untried } from '../tries.ts';
import { bury } from './dead-letters.ts';
import { beginGroup, commitPosition, giveBack, heartbeat, leaveGroup, type Membership } from './ownership.ts';

export interface ConsumerSettings {
  db: Database;
  notifier: Notifier;
  pollIntervalMs: number;
  leaseMs: number;
  /** Before the second attempt; doubles with each further one. */
  retryDelayMs: number;
}

/** A partition this member holds. */
interface Assignment {
  topic: string;
  partition: number;
  position: bigint;
  /** The position as it is stored. */
  stored: bigint;
  /** Aborts when the partition is to be given up: the message in hand is finished, no other is begun. */
  stop: AbortController;
  /** What works on it now. */
  work: Promise<void> | undefined;
}

type Fetched = Omit<ReceivedMessage, 'attempt'>;

const batchSize = 100;
/** A batch ends with the message that brings it to so many bytes of data: partitions are read many at once. */
const batchBytes = 1_048_576;

export async function consume(settings: ConsumerSettings, options: ConsumeOptions): Promise<Consumption> {
  const { db, notifier, pollIntervalMs, leaseMs } = settings;
  const membership: Membership = { group: options.group, member: randomUUID(), topics: options.topics, leaseMs };
  const assignments = new Map<string, Assignment>();
  const surrendering = new Map<string, Promise<void>>();
  const closing = new AbortController();
  const report = (error: unknown, message?: ReceivedMessage) => options.onError?.(error, message);
  await beginGroup(db, membership, options.startFrom ?? 'earliest');

  const rebalance = async () => {
    const held = await heartbeat(db, membership);
    const names = new Set(held.map(nameOf));
    // Another member took it after the lease expired, and has its offset.
    for (const [name, assignment] of assignments) if (!names.has(name)) drop(name, assignment);
    const counts = new Map<string, number>();
    for (const { topic, partition, position, share } of held) {
      const name = nameOf({ topic, partition });
      if (surrendering.has(name)) continue;
      const count = (counts.get(topic) ?? 0) + 1;
      counts.set(topic, count);
      const known = assignments.get(name);
      if (count > share) surrender(name, known, { topic, partition });
      else if (!known) {
        const assignment = { topic, partition, position, stored: position };
        assignments.set(name, { ...assignment, stop: new AbortController(), work: undefined });
      } else if (known.work === undefined && known.position !== known.stored) occupy(known, store(known));
    }
  };
  const occupy = (assignment: Assignment, work: Promise<void>) => {
    assignment.work = work.catch(report).finally(() => {
      assignment.work = undefined;
      notifier.notifyLocally();
    });
  };
  /** Stores how far the partition has come. Where that fails it is tried again with a later heartbeat: the next message,
   *  which would do it as well, may never come. */
  const store = async (assignment: Assignment) => {
    const { topic, partition, position, stored } = assignment;
    if (position === stored) return;
    if (await commitPosition(db, membership, { topic, partition, position })) assignment.stored = position;
    else drop(nameOf(assignment), assignment);
  };
  const drop = (name: string, assignment: Assignment) => {
    assignment.stop.abort();
    // It may have been given back to us meanwhile.
    if (assignments.get(name) === assignment) assignments.delete(name);
  };
  /** Gives a partition back once the message in hand is finished. Heartbeats go on meanwhile. */
  const surrender = (
    name: string,
    assignment: Assignment | undefined,
    partition: { topic: string; partition: number },
  ) => {
    if (assignment) drop(name, assignment);
    const done = (async () => {
      await assignment?.work;
      if (assignment) await store(assignment);
      await giveBack(db, membership, [partition]);
    })()
      .catch(report)
      .finally(() => surrendering.delete(name));
    surrendering.set(name, done);
  };

  const beat = async () => {
    while (!closing.signal.aborted) {
      await rebalance().then(notifier.notifyLocally, report);
      await delay(leaseMs / 3, undefined, { signal: closing.signal, ref: false }).catch(() => undefined); // closing
    }
  };

  const dispatch = async () => {
    while (!closing.signal.aborted) {
      const seen = notifier.count;
      const idle = [...assignments.values()].filter((assignment) => assignment.work === undefined);
      const batches = await fetchBatches(db, idle).catch((error: unknown) => {
        report(error);
        return [];
      });
      for (const { assignment, messages } of batches)
        if (assignment.work === undefined) occupy(assignment, handleBatch(assignment, messages));
      if (batches.length === 0) await notifier.after(seen, { timeoutMs: pollIntervalMs, signal: closing.signal });
    }
  };

  /** The offset is stored once per batch: a crash repeats at most that many messages. */
  const handleBatch = async (assignment: Assignment, messages: readonly Fetched[]) => {
    const { stop } = assignment;
    try {
      for (const message of messages) {
        if (stop.signal.aborted) return;
        if (isFor(options.group, message.attributes) && !(await handleWithRetries(assignment, message))) return;
        assignment.position = message.offset + 1n;
      }
    } finally {
      await store(assignment);
    }
  };

  /** Whether the partition may move on: handled, or buried. */
  const handleWithRetries = async (assignment: Assignment, message: Fetched): Promise<boolean> => {
    const { signal } = assignment.stop;
    for (let tries = untried; ;) {
      const attempted = { ...message, attempt: tries.count + 1 };
      try {
        await options.handle(attempted);
        return true;
      } catch (error) {
        report(error, attempted);
        tries = failed(tries, error, settings.retryDelayMs);
        if (tries.blamed >= (options.maxAttempts ?? defaultAttempts))
          return await buryAndMoveOn(assignment, attempted, error);
      }
      await delay(tries.pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // given up: seen below
      if (signal.aborted) return false;
    }
  };

  const buryAndMoveOn = (assignment: Assignment, message: ReceivedMessage, error: unknown) =>
    db.transaction(async (transaction) => {
      const { topic, partition } = assignment;
      const position = message.offset + 1n;
      // Only the owner buries; another owner meets the message itself.
      if (!(await commitPosition(transaction, membership, { topic, partition, position }))) return false;
      await bury(transaction, { group: options.group, message, error });
      return true;
    });

  const running = [beat(), dispatch()];
  let closed: Promise<void> | undefined;
  const close = async () => {
    closing.abort();
    for (const { stop } of assignments.values()) stop.abort();
    await Promise.all(running);
    for (const assignment of assignments.values()) {
      await assignment.work;
      await store(assignment).catch(report);
    }
    await Promise.all(surrendering.values());
    // A database that is gone takes the lease back by itself when it has run out.
    await leaveGroup(db, membership).catch(report);
  };
  return { close: () => (closed ??= close()) };
}

function nameOf({ topic, partition }: { topic: string; partition: number }): string {
  return `${topic}/${partition}`;
}

async function fetchBatches(
  db: Database,
  idle: readonly Assignment[],
): Promise<{ assignment: Assignment; messages: Fetched[] }[]> {
  if (idle.length === 0) return [];
  const { rows } = await db.query<Fetched>(
    `select m.topic, m.partition, m."offset", m.key, m.attributes, m.data
       from unnest($1::text[], $2::int[], $3::bigint[]) as wanted (topic, partition, position)
       cross join lateral (
         select *, sum(octet_length(m.data)) over (order by m."offset" rows unbounded preceding) as bytes
           from event_bus.messages m
          where m.topic = wanted.topic and m.partition = wanted.partition and m."offset" >= wanted.position
          order by m."offset" limit $4) m
      where m.bytes - octet_length(m.data) < $5
      order by m.topic, m.partition, m."offset"`,
    [
      textArray(idle.map((assignment) => assignment.topic)),
      int4Array(idle.map((assignment) => assignment.partition)),
      int8Array(idle.map((assignment) => assignment.position)),
      batchSize,
      batchBytes,
    ],
  );
  const batches = new Map<string, Fetched[]>();
  for (const row of rows) {
    const batch = batches.get(nameOf(row)) ?? [];
    batch.push(row);
    batches.set(nameOf(row), batch);
  }
  return idle.flatMap((assignment) => {
    const messages = batches.get(nameOf(assignment));
    return messages && !assignment.stop.signal.aborted ? [{ assignment, messages }] : [];
  });
}
