import { errors, type ErrorCode } from './errors/registry.ts';

/** What a single occurrence adds to its code. */
export interface FaultOccurrence {
  /** What the caller may read: what was wrong, where, and what to do. */
  public: string;
  /** RFC 6901 pointers into the caller's input, with a message each. */
  errors?: readonly FaultPointer[];
  /** Where this occurrence differs from what the registry says of its code. */
  retriable?: boolean;
  /** Seconds after which a retry may succeed. */
  retryAfter?: number;
  /** For the log only. Never bodies, never secrets. */
  internal?: Record<string, unknown>;
  cause?: unknown;
}

/** An error that knows its code, whether a retry can help, and what may be told to whom. */
export interface FaultDetail extends FaultOccurrence {
  /** HTTP status it maps to at the edge. */
  status: number;
  retriable: boolean;
}

export interface FaultPointer {
  pointer: string;
  message: string;
}

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: string;
  readonly detail: FaultDetail;
  constructor(code: string, detail: FaultDetail) {
    super(`${code}: ${detail.public}`, { cause: detail.cause });
    this.code = code;
    this.detail = detail;
  }
}

/** Makes a fault of a registered code, which gives it status and retriable. */
export function fault(code: ErrorCode, occurrence: FaultOccurrence): Fault {
  const { status, retriable } = errors[code];
  return new Fault(code, { status, retriable, ...occurrence });
}

/** A fault as another process or thread gave it: this release need not know its code. */
export function receivedFault(code: string, detail: FaultDetail): Fault {
  return new Fault(code, detail);
}

export function isFault(error: unknown, code?: string): error is Fault {
  return error instanceof Fault && (code === undefined || error.code === code);
}

/** Closes a `switch` over a union: a new member that is not handled no longer compiles. */
export function assertExhaustive(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`);
}
