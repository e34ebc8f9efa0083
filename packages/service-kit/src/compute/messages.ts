import type { FaultDetail } from '@retort/kernel';
import type { Progress } from '../types.ts';

/** Parent → thread. */
export interface Assignment {
  task: string;
  input: unknown;
}

/** Thread → parent. */
export type Report =
  { kind: 'progress'; progress: Progress } | { kind: 'done'; output: unknown } | { kind: 'failed'; failure: Failure };

/** An error in a form that survives structured cloning whole. */
export interface Failure {
  name: string;
  message: string;
  stack?: string | undefined;
  /** Present when it was a fault. */
  fault?: { code: string; detail: Omit<FaultDetail, 'cause'> };
}
