/** A whole answer of a teacher. */
export interface KeptAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  content: Uint8Array;
  upstream: string;
}

export interface CacheLimits {
  /** How long an answer is given again; 0: not at all. */
  ttlMs: number;
  /** Of all that is kept. */
  bytes: number;
}

export interface AnswerCache {
  /** `now` in milliseconds. */
  get(key: string, now: number): KeptAnswer | undefined;
  put(key: string, answer: KeptAnswer, now: number): void;
}

/** What an entry takes beside its content. */
const overheadBytes = 2_048;

/** Bounded by bytes; what was used least lately goes first. */
export function answerCache({ ttlMs, bytes: most }: CacheLimits): AnswerCache {
  const entries = new Map<string, { answer: KeptAnswer; until: number }>();
  let bytes = 0;
  const sizeOf = ({ content }: KeptAnswer) => content.byteLength + overheadBytes;
  function remove(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    bytes -= sizeOf(entry.answer);
    entries.delete(key);
  }
  return {
    get(key, now) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.until <= now) {
        remove(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.answer;
    },
    put(key, answer, now) {
      remove(key);
      if (ttlMs === 0 || sizeOf(answer) > most) return;
      entries.set(key, { answer, until: now + ttlMs });
      bytes += sizeOf(answer);
      for (const oldest of entries.keys()) {
        if (bytes <= most) break;
        remove(oldest);
      }
    },
  };
}
