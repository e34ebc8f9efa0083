import { status } from '@grpc/grpc-js';
import { callError } from './messages.ts';

/** What a user of the server may do. `read-all`: read `$all` and subscribe to it. */
export type Right = 'read-all' | 'append';

/** What a test may inflict on the server's answers. */
export interface Faults {
  /** The next calls or writes are refused with these gRPC codes, one each. */
  refuse(codes: readonly status[]): void;
  /** Every answer takes this long; 0 ends it. Writes are stored at the end of it, if their deadline and the server live on. */
  delay(milliseconds: number): void;
  /** Answers that are being delayed. */
  delayed(): number;
  /** Writes are stored at once, and their answers are held back for so long; 0 ends it. An answer that is held back when
   *  the server dies is never sent. */
  holdReplies(milliseconds: number): void;
  /** Replies that are being held back. */
  repliesHeld(): number;
  /** Nothing is stored and nothing answered until `thaw`, as while the process is stopped; the connections stay open. */
  freeze(): void;
  thaw(): void;
  /** Calls that need one of these rights are denied from now on; an empty list gives all rights back. */
  revoke(rights: readonly Right[]): void;
}

export interface FaultState extends Faults {
  /** The error for this call, when one is due. */
  refusal(): ReturnType<typeof callError> | undefined;
  allows(right: Right): boolean;
  /** Stores at once, or after the freeze and the delay there are: milliseconds, `atMost` so many. */
  afterDelay(store: () => void, atMost?: number): void;
  /** Answers a write at once, or after the freeze and for as long as replies are held back. */
  reply(answer: () => void): void;
  /** The server dies: what was delayed, held back or frozen never happens. */
  die(): void;
  /** Resolves when the server is frozen no longer; undefined when it is not frozen. */
  thawed(): Promise<void> | undefined;
}

export function faultState(): FaultState {
  let codes: status[] = [];
  let delayMs = 0;
  let holdMs = 0;
  const delayed = new Set<NodeJS.Timeout>();
  const held = new Set<NodeJS.Timeout>();
  let revoked: readonly Right[] = [];
  let frozen: (() => void)[] | undefined;
  const later = (timers: Set<NodeJS.Timeout>, milliseconds: number, work: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      unlessFrozen(work);
    }, milliseconds);
    timers.add(timer);
  };
  const unlessFrozen = (work: () => void) => {
    if (frozen) frozen.push(work);
    else work();
  };
  return {
    refuse: (next) => {
      codes = [...codes, ...next];
    },
    delay: (value) => {
      delayMs = value;
    },
    holdReplies: (value) => {
      holdMs = value;
    },
    freeze: () => {
      frozen ??= [];
    },
    thaw: () => {
      const waiting = frozen ?? [];
      frozen = undefined;
      for (const work of waiting) work();
    },
    revoke: (rights) => {
      revoked = rights;
    },
    refusal: () => {
      const code = codes.shift();
      return code === undefined ? undefined : callError(code, 'refused by the test');
    },
    allows: (right) => !revoked.includes(right),
    delayed: () => delayed.size,
    repliesHeld: () => held.size,
    afterDelay: (store, atMost = Infinity) => {
      if (delayMs === 0) unlessFrozen(store);
      else later(delayed, Math.min(delayMs, atMost), store);
    },
    reply: (answer) => {
      if (holdMs === 0) unlessFrozen(answer);
      else later(held, holdMs, answer);
    },
    die: () => {
      for (const timer of [...delayed, ...held]) clearTimeout(timer);
      delayed.clear();
      held.clear();
      frozen = undefined;
    },
    thawed: () => frozen && new Promise((resolve) => unlessFrozen(resolve)),
  };
}

/** The answer to a call whose right was revoked. */
export const accessDenied = () => callError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });
