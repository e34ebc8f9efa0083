/** Tokens that come back at a steady rate, up to one second's worth (and at least one). */
export interface TokenBucket {
  /** Tokens a second. */
  readonly rate: number;
  readonly capacity: number;
  /** Below 0 after a taking that was larger than the capacity: it is paid off first. */
  tokens: number;
  /** When `tokens` was true, in milliseconds. */
  at: number;
}

export function tokenBucket(rate: number, now: number, capacity = Math.max(1, rate)): TokenBucket {
  return { rate, capacity, tokens: capacity, at: now };
}

/** Takes `count` tokens and returns 0, or takes none and returns the seconds until they are there. More than the
 *  capacity is given when the bucket is full. */
export function take(bucket: TokenBucket, count: number, now: number): number {
  refill(bucket, now);
  const missing = Math.min(count, bucket.capacity) - bucket.tokens;
  if (missing > 0) return missing / bucket.rate;
  bucket.tokens -= count;
  return 0;
}

function refill(bucket: TokenBucket, now: number): void {
  // A clock that was set back gives nothing and takes nothing.
  const elapsed = Math.max(0, now - bucket.at);
  bucket.tokens = Math.min(bucket.capacity, bucket.tokens + (elapsed * bucket.rate) / 1000);
  bucket.at = now;
}

/** The fields of draft-ietf-httpapi-ratelimit-headers for one policy: whole numbers, never more than the bucket gives. */
export function rateLimitFields(name: string, { rate, capacity, tokens }: TokenBucket): Record<string, string> {
  const quota = Math.max(1, Math.floor(capacity));
  const remaining = Math.max(0, Math.floor(tokens));
  return {
    'ratelimit-policy': `"${name}";q=${quota};w=${Math.ceil(quota / rate)}`,
    ratelimit: `"${name}";r=${remaining};t=${Math.ceil((capacity - tokens) / rate)}`,
  };
}
