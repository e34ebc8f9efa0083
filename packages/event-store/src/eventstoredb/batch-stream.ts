import type { EventStoreDBClient } from '@eventstore/db-client';
import type shared from '@eventstore/db-client/generated/shared_pb.js';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { CallOptions, ClientDuplexStream, Metadata } from '@grpc/grpc-js';

export type BatchRequest = InstanceType<typeof streams.BatchAppendReq>;
export type BatchResponse = InstanceType<typeof streams.BatchAppendResp>;
export type BatchStream = ClientDuplexStream<BatchRequest, BatchResponse>;

/** What the client offers to its own commands: a call over its connection, with its credentials, after which it finds
 *  another node when this one fails. */
interface CommandAccess {
  GRPCStreamCreator(
    service: typeof StreamsClient,
    name: string,
    create: (client: InstanceType<typeof StreamsClient>) => BatchStream,
  ): () => Promise<BatchStream>;
  callArguments(options: object, callOptions: CallOptions): [Metadata, CallOptions];
}

/** Opens a BatchAppend call over the client's connection. `attach` gets it before anything can happen on it.
 *
 *  The client's own `appendToStream` makes the same call, but keeps the promises of all calls of all clients in one
 *  module-wide map. When a connection dies, appends that wait for a full send buffer reject where nobody can catch them,
 *  and a reply over another connection then finds no promise and throws in an event handler: either ends the process.
 *  An append written after the end of its call is never answered. Here each call knows its own appends. */
export async function openBatchStream(
  client: EventStoreDBClient,
  attach: (stream: BatchStream) => void,
): Promise<BatchStream> {
  // Typed as protected; the version of the client is pinned, and the tests would notice.
  const access = client as unknown as CommandAccess;
  return access.GRPCStreamCreator(StreamsClient, 'batchAppend', (service) => {
    const stream = service.batchAppend(...access.callArguments({}, { deadline: Infinity }));
    attach(stream);
    return stream;
  })();
}

/** UUIDs come as text or as two halves: a server may answer with either. */
export function uuidText(uuid: InstanceType<typeof shared.UUID> | undefined): string {
  const structured = uuid?.getStructured();
  if (!structured) return uuid?.getString() ?? '';
  const half = (bits: string) => BigInt.asUintN(64, BigInt(bits)).toString(16).padStart(16, '0');
  const hex = half(structured.getMostSignificantBits()) + half(structured.getLeastSignificantBits());
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
