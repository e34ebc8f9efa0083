import rpcStatus from '@eventstore/db-client/generated/status_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, status } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Expected, LoggedEvent } from './logged-event.ts';

type Message = { serializeBinary(): Uint8Array };

export const uuidText = (uuid: InstanceType<typeof shared.UUID> | undefined): string => uuid?.getString() ?? '';

function textUuid(text: string): InstanceType<typeof shared.UUID> {
  return new shared.UUID().setString(text);
}

/** The other form of a UUID on the wire: two 64-bit halves. The server answers timeouts with it. */
export function structuredUuid(text: string): InstanceType<typeof shared.UUID> {
  const bytes = Buffer.from(text.replaceAll('-', ''), 'hex');
  const structured = new shared.UUID.Structured()
    .setMostSignificantBits(bytes.readBigInt64BE(0).toString())
    .setLeastSignificantBits(bytes.readBigInt64BE(8).toString());
  return new shared.UUID().setStructured(structured);
}

export function nameOf(identifier: InstanceType<typeof shared.StreamIdentifier> | undefined): string {
  return Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');
}

export function identifierOf(name: string): InstanceType<typeof shared.StreamIdentifier> {
  return new shared.StreamIdentifier().setStreamName(Buffer.from(name, 'utf8'));
}

function errorStatus(code: number, name: string, detail: Message): InstanceType<typeof rpcStatus.Status> {
  const packed = new any.Any();
  packed.pack(detail.serializeBinary(), `event_store.client.${name}`);
  const message = new rpcStatus.Status().setMessage(name).setDetails(packed);
  message.setCode(code);
  return message;
}

export const timedOut = () => errorStatus(status.DEADLINE_EXCEEDED, 'Timeout', new shared.Timeout());

export const deniedAppend = () => errorStatus(status.PERMISSION_DENIED, 'AccessDenied', new shared.AccessDenied());

export const tooLarge = (limit: number) =>
  errorStatus(
    status.INVALID_ARGUMENT,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit),
  );

export function wrongExpectedVersion(expected: Expected, current: number) {
  const detail = new shared.WrongExpectedVersion();
  if (current < 0) detail.setCurrentNoStream(new empty.Empty());
  else detail.setCurrentStreamRevision(String(current));
  if (expected === 'any') detail.setExpectedAny(new empty.Empty());
  else if (expected === 'no-stream') detail.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream-exists') detail.setExpectedStreamExists(new empty.Empty());
  else detail.setExpectedStreamPosition(String(expected));
  return errorStatus(status.ALREADY_EXISTS, 'WrongExpectedVersion', detail);
}

/** An error that ends a call. `exception` is the server's name for it, where it has one. */
export function callError(code: number, details: string, members: Record<string, string> = {}) {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(members)) metadata.set(name, value);
  return { code, details, metadata };
}

export function eventMessage(event: LoggedEvent): InstanceType<typeof streams.ReadResp> {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(textUuid(event.id))
    .setStreamIdentifier(identifierOf(event.stream))
    .setStreamRevision(String(event.revision))
    .setPreparePosition(String(event.position))
    .setCommitPosition(String(event.position))
    .setData(event.data)
    .setCustomMetadata(event.metadata);
  recorded
    .getMetadataMap()
    .set('type', event.type)
    .set('content-type', event.contentType)
    .set('created', event.created);
  const read = new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(String(event.position));
  return new streams.ReadResp().setEvent(read);
}
