/** What is known of an upstream's health. */
export interface Breaker {
  /** In a row. */
  failures: number;
  /** Milliseconds; it is left alone until then. 0: it is not. */
  openUntil: number;
}

export const closed: Breaker = { failures: 0, openUntil: 0 };

export interface BreakerLimits {
  failures: number;
  pauseMs: number;
}

/** After so many failures in a row it is left alone. When the pause is over, one failure opens it again. */
export function afterFailure({ failures }: Breaker, limits: BreakerLimits, now: number): Breaker {
  const counted = failures + 1;
  return { failures: counted, openUntil: counted >= limits.failures ? now + limits.pauseMs : 0 };
}

/** Whether it may be asked. Of those who find the pause over, the first tries and the others wait for what comes of it. */
export function admit(breaker: Breaker, limits: BreakerLimits, now: number): Breaker | null {
  if (breaker.openUntil === 0) return breaker;
  if (now < breaker.openUntil) return null;
  return { ...breaker, openUntil: now + limits.pauseMs };
}
