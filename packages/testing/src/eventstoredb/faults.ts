import type { status } from '@grpc/grpc-js';
import { callError } from './messages.ts';

/** What a test may inflict on the server's answers. */
export interface Faults {
  /** The next calls or writes are refused with these gRPC codes, one each. */
  refuse(codes: readonly status[]): void;
  /** Every answer takes this long; 0 ends it. Writes are stored at the end of it, if their deadline and the server live on. */
  delay(milliseconds: number): void;
  /** Answers that are being delayed. */
  delayed(): number;
}

export interface FaultState extends Faults {
  /** The error for this call, when one is due. */
  refusal(): ReturnType<typeof callError> | undefined;
  /** Answers at once, or after the delay there is: milliseconds, `atMost` so many. */
  afterDelay(answer: () => void, atMost?: number): void;
}

export function faultState(): FaultState {
  let codes: status[] = [];
  let milliseconds = 0;
  let delayed = 0;
  return {
    refuse: (next) => {
      codes = [...codes, ...next];
    },
    delay: (value) => {
      milliseconds = value;
    },
    refusal: () => {
      const code = codes.shift();
      return code === undefined ? undefined : callError(code, 'refused by the test');
    },
    delayed: () => delayed,
    afterDelay: (answer, atMost = Infinity) => {
      if (milliseconds === 0) return answer();
      delayed++;
      setTimeout(
        () => {
          delayed--;
          answer();
        },
        Math.min(milliseconds, atMost),
      );
    },
  };
}
