import type { Logger } from 'pino';

/** Says the same about the same subject once a minute at most; something else about it at once. */
export interface SparingLog {
  trouble(subject: string, message: string, fields?: Record<string, unknown>): void;
  /** The trouble with the subject is over; `message` is said if there was any. */
  over(subject: string, message: string): void;
}

const repeatMs = 60_000;

export function sparingLog(log: Logger, now: () => number = () => performance.now()): SparingLog {
  const said = new Map<string, { message: string; at: number }>();
  return {
    trouble(subject, message, fields = {}) {
      const last = said.get(subject);
      if (last?.message === message && now() - last.at < repeatMs) return;
      said.set(subject, { message, at: now() });
      log.error(fields, message);
    },
    over(subject, message) {
      if (said.delete(subject)) log.info(message);
    },
  };
}
