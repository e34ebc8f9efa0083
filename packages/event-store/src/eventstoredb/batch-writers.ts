import { EventStoreDBClient } from '@eventstore/db-client';
import type { AppendRequest } from '../port.ts';
import { batchWriter, type BatchWriterOptions, type KnownLog, type Written } from './batch-writer.ts';

/** A connection carries no more at a time than its HTTP/2 window (64 to 128 KB), which a store that is far away takes a round trip
 *  to open again. */
const connections = 4;

export interface BatchWritersOptions extends Omit<BatchWriterOptions, 'client' | 'log'> {
  connectionString: string;
}

/** Appends over several connections; those to one stream go over the same one, and so arrive in their order. */
export function batchWriters({ connectionString, ...options }: BatchWritersOptions) {
  const log: KnownLog = { commit: -1n };
  const clients = Array.from({ length: connections }, (_, number) =>
    EventStoreDBClient.connectionString(withConnectionOfItsOwn(connectionString, number + 1)),
  );
  const writers = clients.map((client) => batchWriter({ ...options, client, log }));
  return {
    /** @throws `event-store.too-large`, `event-store.unavailable`, `event-store.refused` */
    write: (request: AppendRequest): Promise<Written> => writers[hashOf(request.stream) % connections]!.write(request),
    async close(): Promise<void> {
      await Promise.all(writers.map((writer) => writer.close()));
      await Promise.all(clients.map((client) => client.dispose()));
    },
  };
}

const defaultKeepAliveTimeoutMs = 10_000;

/** Clients share a connection when all their settings are the same: these differ by a millisecond. */
export function withConnectionOfItsOwn(connectionString: string, number: number): string {
  const given = /([?&]keepAliveTimeout=)(\d+)/i;
  if (given.test(connectionString))
    return connectionString.replace(given, (_, name: string, timeout: string) => name + (Number(timeout) + number));
  const separator = connectionString.includes('?') ? '&' : '?';
  return `${connectionString}${separator}keepAliveTimeout=${defaultKeepAliveTimeoutMs + number}`;
}

/** Spreads names evenly enough. */
function hashOf(stream: string): number {
  let sum = 0;
  for (let at = 0; at < stream.length; at++) sum = (Math.imul(sum, 31) + stream.charCodeAt(at)) >>> 0;
  return sum;
}
