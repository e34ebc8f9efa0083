import { EventStoreDBClient } from '@eventstore/db-client';
import { fault } from '@retort/kernel';
import type { AppendOutcome, AppendRequest, EventStore } from '../port.ts';
import { parsePosition } from '../position.ts';
import { appendGroup, type Appending } from './append.ts';
import { batchWriter } from './batch-writer.ts';
import { connectionOf } from './connection.ts';
import { explain, type Operation } from './explain.ts';
import { eventStoreDbFault } from './faults.ts';
import { streamNames } from './names.ts';
import { headReader, readStream } from './read.ts';
import { defaultMaxAppendBytes } from './size.ts';
import { readAll, subscribe } from './subscribe.ts';

export interface EventStoreDbEventStoreOptions {
  /** `esdb://host:port` or `esdb+discover://…`, with what the client takes after `?`. In a cluster
   *  `nodePreference=leader` spares every append a way through another node. */
  connectionString: string;
  /** What the names of this platform's streams begin with on the server, such as `retort.`: a server that others use too
   *  is shared by a prefix for each. Empty when absent: the whole server is this platform's. */
  streamPrefix?: string;
  /** How long an append or a look at the log's end may take; 10 000 when absent. */
  deadlineMs?: number;
  /** What the events of one request may weigh: the server's `MaxAppendSize`, 1 MiB when absent. */
  maxAppendBytes?: number;
  /** Told of every operation that failed, in words for an operator, and (null) of one that did not. */
  onOutcome?: (operation: 'append' | 'read' | 'subscribe', trouble: string | null) => void;
}

/** Faults that tell of the server, not of the request. */
const serverTrouble = new Set(['event-store.unavailable', 'event-store.refused']);

/** The event store in EventStoreDB or KurrentDB, 23.10 or later (`caughtUp` is needed).
 *
 *  One per process. The client is not made for more, and one connection carries all that a process appends.
 *  Ids are not unique over the whole log: a repetition with a concrete expected revision is always recognised, one with
 *  `any` while the server remembers its ids, and only in the same stream. */
export function eventStoreDbEventStore({
  connectionString,
  streamPrefix = '',
  deadlineMs = 10_000,
  maxAppendBytes = defaultMaxAppendBytes,
  onOutcome,
}: EventStoreDbEventStoreOptions): EventStore {
  const names = streamNames(streamPrefix);
  const connection = connectionOf(connectionString);
  const client = EventStoreDBClient.connectionString(connectionString);
  const watched = async <Result>(operation: Operation, work: () => Promise<Result>): Promise<Result> => {
    try {
      const result = await work();
      onOutcome?.(operation.verb, null);
      return result;
    } catch (error) {
      told(operation, error);
      throw error;
    }
  };
  const told = (operation: Operation, error: unknown) => {
    const known = eventStoreDbFault(error);
    if (serverTrouble.has(known.code)) onOutcome?.(operation.verb, explain(known, operation, connection));
  };
  const log = { client, names };
  const readEnd = headReader(client, deadlineMs);
  const readHead = () => watched({ verb: 'read', stream: 'the end of $all' }, readEnd);
  const commitOfHead = async () => {
    const head = await readHead();
    return head === null ? -1n : parsePosition(head).commit;
  };
  const writer = batchWriter({ client, names, deadlineMs, maxAppendBytes, readHead: commitOfHead });
  const appending: Appending = {
    write: (request) => watched({ verb: 'append', stream: request.stream }, () => writer.write(request)),
    readStream: (stream, options) => readStream(log, stream, options),
  };
  const reading = { ...log, readHead };
  return {
    name: 'eventstoredb',
    uniqueEventIds: false,
    maxAppendBytes,
    append: async (request) => {
      const [outcome] = (await appendGroup(appending, [request])) as [AppendOutcome];
      if (outcome.status === 'conflict') throw conflict(request, outcome.actual);
      if (outcome.status === 'rejected') throw outcome.fault;
      return outcome;
    },
    appendGroup: (requests) => appendGroup(appending, requests),
    readStream: (stream, options) => readStream(log, stream, options),
    readAll: (options = {}) => readAll(reading, options),
    subscribe: (options) =>
      subscribe(reading, options, (error) => {
        told({ verb: 'subscribe', stream: '$all' }, error);
      }),
    head: readHead,
    ping: async () => {
      await readHead();
    },
    close: async () => {
      await writer.close();
      await client.dispose();
    },
  };
}

function conflict({ stream, expected }: AppendRequest, actual: bigint | null) {
  const stands = actual === null ? 'has no events' : `stands at revision ${actual}`;
  return fault('event-store.conflict', {
    public: `The stream ${stands}; expected was ${expected}.`,
    internal: { stream, expected: String(expected), actual: String(actual) },
  });
}
