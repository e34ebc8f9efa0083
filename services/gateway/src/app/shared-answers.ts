import { answerCache, type CacheLimits, type KeptAnswer } from '../domain/answer-cache.ts';
import type { AskTeacher, TeacherAnswer } from './teacher.ts';
import type { UpstreamCall } from './ports.ts';

/** Which requests that are the same, and under way at the same time, are asked once: none, those whose answer does not depend on
 *  chance, or all of them. */
export type Coalesced = 'none' | 'deterministic' | 'all';

export interface Sharing {
  /** The same for requests that may be given the same answer; null for one that is given its own. */
  key: (() => string) | null;
  isDeterministic: boolean;
  /** Whether an answer from before will do. */
  mayBeOld: boolean;
  /** Called before the teacher is asked, and not where an answer is shared.
   *  @throws what refuses the request */
  admit(): void | Promise<void>;
}

export interface SharedAnswer extends TeacherAnswer {
  /** It was not asked for on behalf of this request. */
  sharedWith?: 'cache' | 'concurrent' | undefined;
}
/** @throws what the teacher throws, and what refuses the request */
export type AskShared = (model: string, call: UpstreamCall, sharing: Sharing) => Promise<SharedAnswer>;

export interface SharedAnswersPorts {
  ask: AskTeacher;
  coalesced: Coalesced;
  cache: CacheLimits;
  /** Milliseconds. */
  now(): number;
}

interface UnderWay {
  answer: Promise<KeptAnswer>;
  waiting: number;
  controller: AbortController;
}

/** Asks once for requests that are the same: while one is under way, and, where a cache is configured, for a while after. */
export function sharedAnswers({ ask, coalesced, cache: limits, now }: SharedAnswersPorts): AskShared {
  const cache = answerCache(limits);
  const underWay = new Map<string, UnderWay>();

  async function askWhole(model: string, call: UpstreamCall): Promise<KeptAnswer> {
    const { body, ...head } = await ask(model, call);
    const pieces: Uint8Array[] = [];
    for await (const piece of body) pieces.push(piece);
    return { ...head, content: Buffer.concat(pieces) };
  }

  function begin(key: string, model: string, call: UpstreamCall): UnderWay {
    const controller = new AbortController();
    const answer = askWhole(model, { ...call, signal: controller.signal }).then((kept) => {
      if (kept.status === 200) cache.put(key, kept, now());
      return kept;
    });
    const begun = { answer, waiting: 0, controller };
    underWay.set(key, begun);
    answer.catch(() => undefined).finally(() => underWay.delete(key));
    return begun;
  }

  return async (model, call, { key: keyOf, isDeterministic, mayBeOld, admit }) => {
    const mayJoin = coalesced === 'all' || (coalesced === 'deterministic' && isDeterministic);
    const key = keyOf && (mayJoin || limits.ttlMs > 0) ? keyOf() : null;
    const old = key !== null && mayBeOld ? cache.get(key, now()) : undefined;
    if (old) return { ...answerOf(old), sharedWith: 'cache' };
    const admitted = admit();
    if (admitted) await admitted;
    if (key === null) return ask(model, call);
    const known = mayJoin ? underWay.get(key) : undefined;
    const joined = known ?? begin(key, model, call);
    const kept = await waitFor(joined, call.signal);
    return { ...answerOf(kept), ...(known ? { sharedWith: 'concurrent' as const } : {}) };
  };
}

/** Whoever leaves does not take the answer away from the others; when nobody waits for it any more, it is broken off. */
async function waitFor(joined: UnderWay, signal: AbortSignal): Promise<KeptAnswer> {
  joined.waiting++;
  let leave = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => {
      if (--joined.waiting === 0) joined.controller.abort(signal.reason);
      reject(signal.reason as Error);
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([joined.answer, left]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function answerOf({ content, ...head }: KeptAnswer): TeacherAnswer {
  return {
    ...head,
    body: (async function* () {
      yield content;
    })(),
  };
}
