import type { EventEmitter } from 'node:events';
import { status } from '@grpc/grpc-js';
import { callError } from './messages.ts';

type CallError = ReturnType<typeof callError>;

/** The calls that are under way, which a change of the leader ends. */
export interface OpenCalls {
  opened(call: EventEmitter, end: (error: CallError) => void): void;
  endAll(reason: string): void;
}

export function openCalls(): OpenCalls {
  const open = new Set<(error: CallError) => void>();
  return {
    opened(call, end) {
      open.add(end);
      const closed = () => void open.delete(end);
      call.on('close', closed).on('cancelled', closed);
    },
    endAll(reason) {
      for (const end of [...open]) end(callError(status.UNAVAILABLE, reason));
      open.clear();
    },
  };
}
