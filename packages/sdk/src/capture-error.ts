/** What went wrong while capturing. It never carries what was captured: the host may log it. */
export interface CaptureError extends Error {
  /** Stable, e.g. `recorder.unavailable`. */
  code: string;
  /** The decisions it is about are kept and sent again. */
  retriable: boolean;
  decisions: number;
  /** The HTTP status, where there was an answer. */
  status?: number;
  /** The decisions that were refused one by one, with the type of their problem. */
  items?: RefusedItem[];
}

export interface RefusedItem {
  id?: string;
  status: number;
  /** The type of its problem. */
  problem?: string;
  /** What is wrong, and where (RFC 6901). */
  errors?: { pointer: string; message: string }[];
}

export type CaptureFault = Omit<CaptureError, 'name' | 'stack'>;

export function captureError({ message, cause, ...members }: CaptureFault): CaptureError {
  const error = new Error(message, cause === undefined ? undefined : { cause });
  return Object.assign(error, { name: 'CaptureError' }, members);
}
