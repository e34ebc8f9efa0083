import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { proposedEvent, sizeOf, type AppendContext } from './append.ts';
import type { Expected, ProposedEvent, Verdict } from './logged-event.ts';
import {
  deniedAppend,
  identifierOf,
  nameOf,
  structuredUuid,
  timedOut,
  tooLarge,
  uuidText,
  wrongExpectedVersion,
} from './messages.ts';
import type { ServerUser } from './users.ts';

type Request = InstanceType<typeof streams.BatchAppendReq>;
type Response = InstanceType<typeof streams.BatchAppendResp>;
type Call = ServerDuplexStream<Request, Response>;

/** A write of which not every message has come. */
interface Write {
  id: string;
  stream: string;
  expected: Expected;
  /** Milliseconds since 1970. */
  deadline: number;
  events: ProposedEvent[];
  size: number;
}

/** `Streams.BatchAppend`: many writes over one call, each answered under its correlation id. */
export function batchAppend(context: AppendContext): handleBidiStreamingCall<Request, Response> {
  return (call: Call) => {
    const writes = new Map<string, Write>();
    let unanswered = 0;
    let ended = false;
    let over = false;
    context.calls.opened(call, (error) => void call.emit('error', error));
    const caller = context.users.caller(call.metadata);
    if ('refusal' in caller) return void call.emit('error', caller.refusal);
    const { user } = caller;
    const endIfDone = () => {
      if (ended && unanswered === 0) call.end();
    };
    const finish = (write: Write) => {
      unanswered++;
      const settle = () => {
        // What died before its write was stored takes the write with it.
        if (over || call.cancelled || call.destroyed) return;
        const response = judge(context, write, user);
        context.faults.reply(() => {
          unanswered--;
          if (over || call.cancelled || call.destroyed) return;
          call.write(response);
          endIfDone();
        });
      };
      context.faults.afterDelay(settle, Math.max(0, write.deadline - Date.now()) + 1);
    };
    call.on('data', (request: Request) => {
      const refusal = context.faults.refusal();
      if (refusal) return void call.destroy(Object.assign(new Error(refusal.details), refusal));
      const id = uuidText(request.getCorrelationId());
      const options = request.getOptions();
      if (options) writes.set(id, begin(id, options));
      const write = writes.get(id);
      if (!write) return;
      for (const message of request.getProposedMessagesList()) {
        const event = proposedEvent(message);
        write.size += sizeOf(event);
        write.events.push(event);
      }
      if (write.size > context.maxAppendSize) {
        writes.delete(id);
        call.write(answer(write).setError(tooLarge(context.maxAppendSize)));
      } else if (request.getIsFinal()) {
        writes.delete(id);
        finish(write);
      }
    });
    call.on('end', () => {
      ended = true;
      endIfDone();
    });
    call.on('error', () => {
      over = true;
      writes.clear();
    });
  };
}

function begin(id: string, options: InstanceType<typeof streams.BatchAppendReq.Options>): Write {
  let expected: Expected = Number(options.getStreamPosition());
  if (options.hasAny()) expected = 'any';
  if (options.hasNoStream()) expected = 'no-stream';
  if (options.hasStreamExists()) expected = 'stream-exists';
  const deadline = options.getDeadline()?.toDate().getTime() ?? Infinity;
  return { id, stream: nameOf(options.getStreamIdentifier()), expected, deadline, events: [], size: 0 };
}

function answer(write: Write): Response {
  return new streams.BatchAppendResp()
    .setCorrelationId(new shared.UUID().setString(write.id))
    .setStreamIdentifier(identifierOf(write.stream));
}

function judge({ log, faults, users }: AppendContext, write: Write, user: ServerUser | null): Response {
  if (!faults.allows('append') || !users.mayUse(user, write.stream)) return answer(write).setError(deniedAppend());
  if (Date.now() >= write.deadline)
    return answer(write).setCorrelationId(structuredUuid(write.id)).setError(timedOut());
  const verdict: Verdict = log.append(write);
  if (verdict.kind === 'wrong-expected-version')
    return answer(write).setError(wrongExpectedVersion(write.expected, verdict.current));
  const position = new shared.AllStreamPosition()
    .setCommitPosition(String(verdict.position))
    .setPreparePosition(String(verdict.position));
  const success = new streams.BatchAppendResp.Success()
    .setCurrentRevision(String(verdict.revision))
    .setPosition(position);
  return answer(write).setSuccess(success);
}
