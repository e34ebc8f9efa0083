import { ErrorType, isCommandError } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { fault, isFault, type Fault } from '@retort/kernel';

/** What another attempt does not mend. */
const lastingTypes = new Set<string>([
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.STREAM_DELETED,
  ErrorType.UNSUPPORTED,
  ErrorType.USER_NOT_FOUND,
]);
const lastingCodes = new Set<number>([
  status.INVALID_ARGUMENT,
  status.PERMISSION_DENIED,
  status.UNAUTHENTICATED,
  status.UNIMPLEMENTED,
]);

/** A fault for whatever the client threw: its own errors, and those of gRPC that it lets through as they are. Everything
 *  that another attempt may mend is `event-store.unavailable`; an append that ends so may have been stored all the same,
 *  and is safe to repeat with the same event ids. */
export function eventStoreDbFault(error: unknown): Fault {
  if (isFault(error)) return error;
  const { type, code } = describe(error);
  const unclassified = type === 'none' || type === ErrorType.UNKNOWN;
  const lasting = lastingTypes.has(type) || (unclassified && lastingCodes.has(code));
  return lasting
    ? fault('event-store.refused', {
        public: 'The event store refused the request.',
        internal: { type, code },
        cause: error,
      })
    : unavailable('The event store does not answer.', { type, code }, error);
}

export function unavailable(message: string, internal: Record<string, unknown> = {}, cause?: unknown): Fault {
  return fault('event-store.unavailable', { public: message, internal, cause });
}

function describe(error: unknown): { type: string; code: number } {
  const type = error instanceof Error && isCommandError(error) ? error.type : 'none';
  const code = error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : -1;
  return { type, code };
}
