import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status, type handleClientStreamingCall, type sendUnaryData, type ServerReadableStream } from '@grpc/grpc-js';
import { accessDenied, type FaultState } from './faults.ts';
import type { OpenCalls } from './open-calls.ts';
import type { ServerLog } from './log.ts';
import type { Expected, ProposedEvent, Verdict } from './logged-event.ts';
import { callError, nameOf, uuidText } from './messages.ts';
import type { Users } from './users.ts';

type AppendReq = InstanceType<typeof streams.AppendReq>;
type AppendResp = InstanceType<typeof streams.AppendResp>;
type Options = InstanceType<typeof streams.AppendReq.Options>;
type Proposed =
  InstanceType<typeof streams.AppendReq.ProposedMessage> | InstanceType<typeof streams.BatchAppendReq.ProposedMessage>;

export interface AppendContext {
  log: ServerLog;
  faults: FaultState;
  calls: OpenCalls;
  users: Users;
  /** Bytes of the events of one write at most. */
  maxAppendSize: number;
}

export function proposedEvent(message: Proposed): ProposedEvent {
  const members = message.getMetadataMap();
  return {
    id: uuidText(message.getId()),
    type: members.get('type') ?? '',
    contentType: members.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

/** What counts towards the limit: data, metadata, and the type as UTF-16. */
export const sizeOf = (event: ProposedEvent) => event.data.length + event.metadata.length + 2 * event.type.length;

/** `Streams.Append`: one write per call. */
export function append(context: AppendContext): handleClientStreamingCall<AppendReq, AppendResp> {
  return (call: ServerReadableStream<AppendReq, AppendResp>, answer: sendUnaryData<AppendResp>) => {
    let options: Options | undefined;
    let size = 0;
    const events: ProposedEvent[] = [];
    const caller = context.users.caller(call.metadata);
    call.on('data', (request: AppendReq) => {
      options ??= request.getOptions();
      const message = request.getProposedMessage();
      if (!message) return;
      const event = proposedEvent(message);
      size += sizeOf(event);
      events.push(event);
    });
    call.on('end', () => {
      const due = context.faults.refusal();
      if (due) return answer(due);
      if ('refusal' in caller) return answer(caller.refusal);
      const stream = nameOf(options?.getStreamIdentifier());
      if (!context.faults.allows('append') || !context.users.mayUse(caller.user, stream)) return answer(accessDenied());
      const refusal = refusalOf(options, size, context.maxAppendSize);
      if (refusal) return answer(refusal);
      const settle = () => {
        if (call.cancelled) return;
        const expected = expectedOf(options!);
        const verdict = context.log.append({ stream, expected, events });
        context.faults.reply(() => answer(null, respond(verdict, expected)));
      };
      context.faults.afterDelay(settle);
    });
  };
}

function refusalOf(options: Options | undefined, size: number, limit: number) {
  if (!options) return callError(status.INVALID_ARGUMENT, 'a write begins with its options');
  if (size <= limit) return undefined;
  return callError(status.INVALID_ARGUMENT, `Maximum Append Size of ${limit} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(limit),
  });
}

function expectedOf(options: Options): Expected {
  if (options.hasNoStream()) return 'no-stream';
  if (options.hasStreamExists()) return 'stream-exists';
  return options.hasAny() ? 'any' : Number(options.getRevision());
}

function respond(verdict: Verdict, expected: Expected): AppendResp {
  if (verdict.kind === 'wrong-expected-version') {
    const wrong = new streams.AppendResp.WrongExpectedVersion();
    if (verdict.current < 0) wrong.setCurrentNoStream(new shared.Empty());
    else wrong.setCurrentRevision(String(verdict.current));
    if (expected === 'any') wrong.setExpectedAny(new shared.Empty());
    else if (expected === 'no-stream') wrong.setExpectedNoStream(new shared.Empty());
    else if (expected === 'stream-exists') wrong.setExpectedStreamExists(new shared.Empty());
    else wrong.setExpectedRevision(String(expected));
    return new streams.AppendResp().setWrongExpectedVersion(wrong);
  }
  const position = new streams.AppendResp.Position()
    .setCommitPosition(String(verdict.position))
    .setPreparePosition(String(verdict.position));
  const success = new streams.AppendResp.Success().setCurrentRevision(String(verdict.revision)).setPosition(position);
  return new streams.AppendResp().setSuccess(success);
}
