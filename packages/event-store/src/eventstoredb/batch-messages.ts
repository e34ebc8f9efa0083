import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { fault } from '@retort/kernel';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import timestamp from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { AppendRequest } from '../port.ts';
import { tooLarge } from './size.ts';
import type { BatchRequest, BatchResponse } from './batch-stream.ts';
import { unavailable } from './faults.ts';
import { encodeEnvelope } from './recorded.ts';

/** What the server says to one append. A repetition is answered like the first time. */
export type Reply =
  { revision: bigint; position: { commit: bigint; prepare: bigint } } | { conflict: true; actual: bigint | null };

/** The message, and what the server will take it to weigh. */
export function encodeAppend(
  { expected, events }: AppendRequest,
  { id, stream, deadline }: { id: string; stream: string; deadline: Date },
): { message: BatchRequest; size: number } {
  const options = new streams.BatchAppendReq.Options()
    .setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from(stream, 'utf8')))
    .setDeadline(timestamp.Timestamp.fromDate(deadline));
  if (expected === 'any') options.setAny(new empty.Empty());
  else if (expected === 'no-stream') options.setNoStream(new empty.Empty());
  else options.setStreamPosition(expected.toString());
  let size = 0;
  const messages = events.map((event) => {
    const data = Buffer.from(event.json, 'utf8');
    const metadata = encodeEnvelope(event);
    size += data.length + metadata.length + 2 * event.type.length;
    const proposed = new streams.BatchAppendReq.ProposedMessage()
      .setId(new shared.UUID().setString(event.id))
      .setData(data)
      .setCustomMetadata(metadata);
    // As bytes, though it is JSON: of what is marked as JSON the client gives back the value, not the text.
    proposed.getMetadataMap().set('type', event.type).set('content-type', 'application/octet-stream');
    return proposed;
  });
  const message = new streams.BatchAppendReq()
    .setCorrelationId(new shared.UUID().setString(id))
    .setOptions(options)
    .setProposedMessagesList(messages)
    .setIsFinal(true);
  return { message, size };
}

/** @throws a fault for every answer that is neither success nor conflict */
export function decodeReply(response: BatchResponse): Reply {
  const success = response.getSuccess();
  const position = success?.getPosition();
  if (success && position)
    return {
      revision: BigInt(success.getCurrentRevision()),
      position: { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) },
    };
  const error = response.getError();
  const details = error?.getDetails();
  const name = details?.getTypeName() ?? 'none';
  if (details && name === 'event_store.client.WrongExpectedVersion') {
    const wrong = details.unpack((bytes) => shared.WrongExpectedVersion.deserializeBinary(bytes), name);
    const exists = wrong?.hasCurrentStreamRevision() ?? false;
    return { conflict: true, actual: exists ? BigInt(wrong!.getCurrentStreamRevision()) : null };
  }
  if (details && name === 'event_store.client.MaximumAppendSizeExceeded') {
    const limit = details.unpack((bytes) => shared.MaximumAppendSizeExceeded.deserializeBinary(bytes), name);
    throw tooLarge(limit?.getMaxappendsize() ?? 0);
  }
  if (/\.(AccessDenied|StreamDeleted|BadRequest)$/.test(name))
    throw fault('event-store.refused', {
      public: 'The event store refused the request.',
      internal: { name },
    });
  throw unavailable('The event store did not take the events.', { name });
}
