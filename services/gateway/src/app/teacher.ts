import { setTimeout as delay } from 'node:timers/promises';
import { fault, isFault, type Fault } from '@retort/kernel';
import { admit, afterFailure, closed, type Breaker, type BreakerLimits } from '../domain/breaker.ts';
import { inOrder, type Upstream } from '../domain/upstreams.ts';
import { isUpstreamFailure, type CallUpstream, type UpstreamAnswer, type UpstreamCall } from './ports.ts';

export interface TeacherPorts {
  upstreams: readonly Upstream[];
  call: CallUpstream;
  /** Further attempts at the same upstream. */
  retries: number;
  /** Calls under way at one upstream. */
  concurrency: number;
  breaker: BreakerLimits;
  /** Milliseconds. */
  now(): number;
  /** Uniform in [0, 1). */
  random(): number;
  /** Told of each attempt. */
  onAttempt(upstream: string, outcome: 'answered' | 'failed'): void;
}

export interface TeacherAnswer extends UpstreamAnswer {
  upstream: string;
}
/** Asks an upstream that takes the model; where it does not answer, the next. What the last one answers is the answer,
 *  whatever its status.
 *  @throws `gateway.no-upstream`, `gateway.teacher-unavailable`, `gateway.teacher-timeout`, `gateway.overloaded` */
export type AskTeacher = (model: string, call: UpstreamCall) => Promise<TeacherAnswer>;

const pauseMs = 100;
const overloadedForSeconds = 1;

export function teacher({ upstreams, call: callUpstream, ...options }: TeacherPorts): AskTeacher {
  const breakers = new Map<string, Breaker>();
  const underWay = new Map<string, number>();
  const breakerOf = (name: string) => breakers.get(name) ?? closed;

  function judged(name: string, isGood: boolean): void {
    options.onAttempt(name, isGood ? 'answered' : 'failed');
    breakers.set(name, isGood ? closed : afterFailure(breakerOf(name), options.breaker, options.now()));
  }

  function enter({ name }: Upstream): () => void {
    const breaker = admit(breakerOf(name), options.breaker, options.now());
    if (!breaker) {
      const retryAfter = (breakerOf(name).openUntil - options.now()) / 1000;
      throw unavailable('The teacher failed several times in a row and is left alone for a while.', retryAfter);
    }
    const calls = underWay.get(name) ?? 0;
    if (calls >= options.concurrency)
      throw fault('gateway.overloaded', {
        public: `${calls} calls to the teacher are under way; more are not made.`,
        retryAfter: overloadedForSeconds,
      });
    breakers.set(name, breaker);
    underWay.set(name, calls + 1);
    let left = false;
    return () => {
      if (!left) underWay.set(name, underWay.get(name)! - 1);
      left = true;
    };
  }

  async function attempt(upstream: Upstream, call: UpstreamCall): Promise<UpstreamAnswer | Fault> {
    try {
      const answer = await callUpstream(upstream, call);
      judged(upstream.name, answer.status < 500);
      return answer;
    } catch (error) {
      if (!isUpstreamFailure(error)) throw error;
      judged(upstream.name, false);
      return faultOf(error);
    }
  }

  async function ask(upstream: Upstream, call: UpstreamCall): Promise<TeacherAnswer> {
    const leave = enter(upstream);
    try {
      for (let attempts = 0; ; attempts++) {
        const answer = await attempt(upstream, call);
        if (attempts < options.retries && mayBeRepeated(answer)) {
          if (!isFault(answer)) await discard(answer);
          await delay(pauseMs * 2 ** attempts * (0.5 + options.random()), undefined, { signal: call.signal });
        } else if (isFault(answer)) throw answer;
        else return { ...answer, upstream: upstream.name, body: leaving(answer.body, leave) };
      }
    } catch (error) {
      leave();
      throw error;
    }
  }

  return async (model, call) => {
    const candidates = inOrder(upstreams, model, options.random());
    let failure: Error | undefined;
    for (const [index, upstream] of candidates.entries()) {
      const isLast = index === candidates.length - 1;
      try {
        const answer = await ask(upstream, call);
        if (isLast || (answer.status !== 429 && answer.status < 500)) return answer;
        await discard(answer);
      } catch (error) {
        if (call.signal.aborted) throw error;
        failure = error as Error;
      }
    }
    throw failure ?? fault('gateway.no-upstream', { public: 'No upstream takes this model.' });
  };
}

/** A call that did not arrive, and an answer of a server that could not do it now and does not say when it can. */
function mayBeRepeated(answer: UpstreamAnswer | Fault): boolean {
  if (isFault(answer)) return answer.code === 'gateway.teacher-unavailable' && answer.detail.internal !== undefined;
  return [502, 503, 504].includes(answer.status) && answer.headers['retry-after'] === undefined;
}

function faultOf(error: Error & { failure: string }): Fault {
  if (error.failure === 'timeout')
    return fault('gateway.teacher-timeout', { public: 'The teacher did not answer in time.', cause: error });
  const isLost = error.failure === 'unreachable';
  return unavailable(isLost ? 'The teacher cannot be reached.' : 'The teacher broke off its answer.', 1, {
    cause: error,
    ...(isLost ? { internal: { arrived: false } } : {}),
  });
}

function unavailable(message: string, retryAfter: number, more: object = {}): Fault {
  return fault('gateway.teacher-unavailable', { public: message, retryAfter, ...more });
}

async function discard({ body }: UpstreamAnswer): Promise<void> {
  for await (const _ of body) return;
}

async function* leaving(body: AsyncIterable<Uint8Array>, leave: () => void): AsyncIterable<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw isUpstreamFailure(error) ? faultOf(error) : error;
  } finally {
    leave();
  }
}
