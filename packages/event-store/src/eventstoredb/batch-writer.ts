import { randomUUID } from 'node:crypto';
import type { EventStoreDBClient } from '@eventstore/db-client';
import type { AppendRequest } from '../port.ts';
import { decodeReply, encodeAppend, type Reply } from './batch-messages.ts';
import { openBatchStream, uuidText, type BatchRequest, type BatchResponse, type BatchStream } from './batch-stream.ts';
import { eventStoreDbFault, unavailable } from './faults.ts';
import type { StreamNames } from './names.ts';
import { tooLarge } from './size.ts';

export interface Written {
  reply: Reply;
  /** Commit position up to which the log was known when the append was sent; -1 for an empty log. */
  known: bigint;
}

interface Pending {
  resolve(written: Written): void;
  reject(error: unknown): void;
  known: bigint;
  expires: number;
}

/** One call with all appends that are under way on it. */
interface Connection {
  send(message: BatchRequest, id: string, pending: Pending): void;
  known(): bigint;
  /** Once what is under way was answered, or has expired. */
  close(): Promise<void>;
}

export interface BatchWriterOptions {
  client: EventStoreDBClient;
  names: StreamNames;
  deadlineMs: number;
  maxAppendBytes: number;
  /** Commit position of the end of the log; -1 for an empty log. */
  readHead(): Promise<bigint>;
}

const sweepMs = 250;
/** Grace beyond the server's own deadline before an append counts as unanswered. */
const graceMs = 500;

/** Appends multiplexed over one call, sent in the order in which they are asked for. The call is opened when needed, and
 *  again after it was lost; what was under way on it is rejected with `event-store.unavailable`. */
export function batchWriter({ client, names, deadlineMs, maxAppendBytes, readHead }: BatchWriterOptions) {
  let connection: Promise<Connection> | undefined;
  const connect = (): Promise<Connection> => {
    if (connection) return connection;
    const opened = openConnection({ client, readHead, onLost: () => forget() });
    const forget = () => {
      if (connection === opened) connection = undefined;
    };
    opened.catch(forget);
    return (connection = opened);
  };
  return {
    /** @throws `event-store.too-large`, `event-store.unavailable`, `event-store.refused` */
    async write(request: AppendRequest): Promise<Written> {
      const id = randomUUID();
      const expires = Date.now() + deadlineMs;
      const { message, size } = encodeAppend(request, {
        id,
        stream: names.toServer(request.stream),
        deadline: new Date(expires),
      });
      if (size > maxAppendBytes) throw tooLarge(maxAppendBytes);
      const open = await connect();
      return new Promise((resolve, reject) => {
        open.send(message, id, { resolve, reject, known: open.known(), expires: expires + graceMs });
      });
    },
    async close(): Promise<void> {
      const closing = connection;
      connection = undefined;
      await closing?.then(
        (open) => open.close(),
        () => undefined, // it never opened
      );
    },
  };
}

async function openConnection({
  client,
  readHead,
  onLost,
}: Pick<BatchWriterOptions, 'client' | 'readHead'> & { onLost(): void }): Promise<Connection> {
  const pending = new Map<string, Pending>();
  const waiting: BatchRequest[] = [];
  let blocked = false;
  let lost: unknown;
  let known = -1n;
  let closing: (() => void) | undefined;

  const lose = (error: unknown) => {
    if (lost) return;
    lost = eventStoreDbFault(error);
    clearInterval(sweeping);
    onLost();
    for (const { reject } of pending.values()) reject(lost);
    pending.clear();
    waiting.length = 0;
    closing?.();
  };
  const forget = (id: string): Pending | undefined => {
    const append = pending.get(id);
    pending.delete(id);
    if (pending.size === 0) closing?.();
    return append;
  };
  const settle = (response: BatchResponse) => {
    const append = forget(uuidText(response.getCorrelationId()));
    try {
      const reply = decodeReply(response);
      if ('position' in reply && reply.position.commit > known) known = reply.position.commit;
      append?.resolve({ reply, known: append.known });
    } catch (error) {
      append?.reject(error);
    }
  };
  const flush = (stream: BatchStream) => {
    while (!blocked && waiting.length > 0) blocked = !stream.write(waiting.shift()!);
  };
  // Appends expire in the order in which they were sent.
  const sweep = () => {
    const now = Date.now();
    for (const [id, { expires, reject }] of pending) {
      if (expires > now) return;
      forget(id);
      reject(unavailable('The event store did not answer in time.'));
    }
  };
  const sweeping = setInterval(sweep, sweepMs);
  sweeping.unref();

  try {
    const stream = await openBatchStream(client, (opening) => {
      opening.on('data', settle).on('error', lose);
      opening.on('end', () => lose(unavailable('The event store ended the connection.')));
      opening.on('drain', () => {
        blocked = false;
        flush(opening);
      });
    });
    known = await readHead();
    return {
      known: () => known,
      send(message, id, append) {
        if (lost) return append.reject(lost);
        pending.set(id, append);
        waiting.push(message);
        flush(stream);
      },
      async close() {
        if (pending.size > 0) await new Promise<void>((resolve) => (closing = resolve));
        lose(unavailable('The event store was closed.'));
        stream.cancel();
      },
    };
  } catch (error) {
    lose(error);
    throw lost;
  }
}
