import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { status, type handleServerStreamingCall, type ServerWritableStream } from '@grpc/grpc-js';
import { accessDenied, type FaultState } from './faults.ts';
import { serverFilter, type ServerFilter } from './filter.ts';
import type { ServerLog } from './log.ts';
import type { LoggedEvent } from './logged-event.ts';
import { callError, eventMessage, identifierOf, nameOf } from './messages.ts';
import type { OpenCalls } from './open-calls.ts';
import type { Users } from './users.ts';

type Request = InstanceType<typeof streams.ReadReq>;
type Response = InstanceType<typeof streams.ReadResp>;
type Options = InstanceType<typeof streams.ReadReq.Options>;
type Call = ServerWritableStream<Request, Response>;

export interface ReadContext {
  log: ServerLog;
  faults: FaultState;
  calls: OpenCalls;
  users: Users;
  /** Told of every event that goes out. */
  onSent(): void;
}

/** What is read: the log or one stream of it, and from which index on. */
interface Source {
  events(): readonly LoggedEvent[];
  from: number;
}

class InvalidPosition extends Error {}

/** `Streams.Read`: a stream or the log, forwards or backwards, as a page or as a subscription. */
export function read(context: ReadContext): handleServerStreamingCall<Request, Response> {
  return (call: Call) => {
    const controller = new AbortController();
    const stop = () => controller.abort();
    call.on('cancelled', stop).on('close', stop).on('error', stop);
    const refusal = context.faults.refusal() ?? refusalOf(call, context);
    if (refusal) return void call.emit('error', refusal);
    context.calls.opened(call, (error) => void call.emit('error', error));
    const begin = () => {
      serve(call, context, controller.signal).then(
        () => call.end(),
        (error: unknown) => {
          const code = error instanceof InvalidPosition ? status.INVALID_ARGUMENT : status.INTERNAL;
          if (!controller.signal.aborted) call.emit('error', callError(code, String(error)));
        },
      );
    };
    context.faults.afterDelay(begin);
  };
}

function refusalOf({ metadata, request }: Call, { users, faults }: ReadContext) {
  const caller = users.caller(metadata);
  if ('refusal' in caller) return caller.refusal;
  const { user } = caller;
  const stream = request.getOptions()?.getStream();
  const allowed = stream
    ? users.mayUse(user, nameOf(stream.getStreamIdentifier()))
    : faults.allows('read-all') && users.mayReadAll(user);
  return allowed ? undefined : accessDenied();
}

async function serve(call: Call, { log, faults, onSent }: ReadContext, signal: AbortSignal): Promise<void> {
  const options = call.request.getOptions() ?? new streams.ReadReq.Options();
  const write = async (response: Response) => {
    const thawed = faults.thawed();
    if (thawed) await thawed;
    if (response.hasEvent()) onSent();
    if (!signal.aborted && !call.write(response)) await once(call, 'drain', { signal }).catch(() => undefined);
  };
  const stream = options.getStream();
  const name = stream && nameOf(stream.getStreamIdentifier());
  if (name !== undefined && !options.hasSubscription() && !log.stream(name)) {
    const notFound = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifierOf(name));
    return write(new streams.ReadResp().setStreamNotFound(notFound));
  }
  const filter = options.getFilter();
  const reading = { source: sourceOf(options, log), filter: filter && serverFilter(filter), write, signal };
  if (options.hasSubscription()) return follow(reading, log);
  return readPage(reading, { count: Number(options.getCount()), backwards: options.getReadDirection() === 1 });
}

/** A page begins *at* the position it names (backwards: below it); a subscription after it. */
function sourceOf(options: Options, log: ServerLog): Source {
  const subscription = options.hasSubscription();
  const stream = options.getStream();
  if (stream) {
    const name = nameOf(stream.getStreamIdentifier());
    const events = () => log.stream(name) ?? [];
    if (stream.hasEnd()) return { events, from: events().length };
    if (!stream.hasRevision()) return { events, from: 0 };
    const revision = Math.min(Number(stream.getRevision()), events().length);
    return { events, from: revision + (subscription || options.getReadDirection() === 1 ? 1 : 0) };
  }
  const all = options.getAll();
  const events = () => log.events;
  if (all?.hasEnd()) return { events, from: log.events.length };
  const given = all?.getPosition();
  if (!given) return { events, from: 0 };
  const position = Number(given.getCommitPosition());
  const index = log.indexOf(position);
  const exact = log.events[index]?.position === position && given.getPreparePosition() === given.getCommitPosition();
  if (subscription && !exact) throw new InvalidPosition('InvalidPosition');
  return { events, from: subscription ? index + 1 : index };
}

interface Reading {
  source: Source;
  filter: ServerFilter | undefined;
  write(response: Response): Promise<void>;
  signal: AbortSignal;
}

async function readPage(
  { source, filter, write, signal }: Reading,
  { count, backwards }: { count: number; backwards: boolean },
): Promise<void> {
  const step = backwards ? -1 : 1;
  let left = count;
  for (let index = backwards ? source.from - 1 : source.from; left > 0 && !signal.aborted; index += step) {
    const event = source.events()[index];
    if (!event) return;
    if (filter && !filter.matches(event)) continue;
    await write(eventMessage(event));
    left--;
  }
}

async function follow({ source, filter, write, signal }: Reading, log: ServerLog): Promise<void> {
  const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(randomUUID());
  await write(new streams.ReadResp().setConfirmation(confirmation));
  let considered = 0;
  let caughtUp = false;
  for (let index = source.from; !signal.aborted;) {
    const event = source.events()[index];
    if (!event) {
      if (!caughtUp) await write(new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp()));
      caughtUp = true;
      if (!source.events()[index]) await log.changed(signal);
      continue;
    }
    index++;
    if (!filter || filter.matches(event)) await write(eventMessage(event));
    if (filter && ++considered % filter.checkpointInterval === 0) await write(checkpoint(event));
  }
}

function checkpoint(event: LoggedEvent): Response {
  const position = String(event.position);
  const message = new streams.ReadResp.Checkpoint().setCommitPosition(position).setPreparePosition(position);
  return new streams.ReadResp().setCheckpoint(message);
}
