import { unlimited, type Quotas } from '@retort/contracts';
import { fault, type Clock } from '@retort/kernel';
import { take, tokenBucket, type TokenBucket } from './token-bucket.ts';

/** What a tenant may use, and what it has used of it in this process. */
export interface Usage {
  readonly quotas: Quotas;
  /** Takes from the quota of the tenant; does nothing where it has none.
   *  @throws `quotas.exceeded` (429) */
  take(what: MeteredUse, count: number): void;
}
export type MeteredUse = 'decisions' | 'predictions';

export interface Limits {
  /** The bucket of a key; null when it may ask as often as it likes. */
  ofKey(key: { id: string; requestsPerSecond: number | null }): TokenBucket | null;
  ofTenant(tenant: string, quotas: Quotas | null): Usage;
  /** A key sent from an address was refused. Returns the seconds until another may be refused, 0 for at once. */
  refused(address: string): number;
}

export interface LimitOptions {
  clock: Clock;
  /** Of a key that says nothing itself; null for none. */
  requestsPerSecond?: number | null;
  /** Refused keys an address may send at once, and how many more a second. */
  refusedKeys?: { atOnce: number; perSecond: number };
}

const rememberedLimit = 10_000;
const fewRefusals = { atOnce: 20, perSecond: 1 };

/** Token buckets in memory: no request waits for a store, and each process counts what reaches it. Kept libraries count
 *  in fixed windows (twice the rate at a window's edge) behind a promise, which every request would wait for. */
export function limits({ clock, requestsPerSecond = null, refusedKeys = fewRefusals }: LimitOptions): Limits {
  const keys = new Map<string, TokenBucket>();
  const tenants = new Map<string, Usage>();
  const addresses = new Map<string, TokenBucket>();
  const now = () => clock().getTime();

  return {
    ofKey({ id, requestsPerSecond: own }) {
      const rate = own ?? requestsPerSecond;
      if (rate === null) return null;
      const known = keys.get(id);
      if (known?.rate === rate) return known;
      return remember(keys, id, tokenBucket(rate, now()));
    },
    ofTenant(tenant, quotas) {
      if (quotas === null) return withoutLimit;
      const known = tenants.get(tenant);
      if (known?.quotas === quotas) return known;
      // A quota that was read again is another object; what was used of it stays used.
      const kept = known && sameRates(known.quotas, quotas) ? { ...known, quotas } : usage(quotas, now);
      return remember(tenants, tenant, kept);
    },
    refused(address) {
      const { atOnce, perSecond } = refusedKeys;
      const bucket = addresses.get(address) ?? remember(addresses, address, tokenBucket(perSecond, now(), atOnce));
      return take(bucket, 1, now());
    },
  };
}

function usage(quotas: Quotas, now: () => number): Usage {
  const bucket = (rate: number | null) => (rate === null ? null : tokenBucket(rate, now()));
  const buckets: Record<MeteredUse, TokenBucket | null> = {
    decisions: bucket(quotas.decisions_per_second),
    predictions: bucket(quotas.predictions_per_second),
  };
  return {
    quotas,
    take(what, count) {
      const bucket = buckets[what];
      if (bucket === null) return;
      const wait = take(bucket, count, now());
      if (wait > 0)
        throw fault('quotas.exceeded', {
          retryAfter: wait,
          public: `The tenant may use ${bucket.rate} ${what} a second, and has used them.`,
        });
    },
  };
}

const withoutLimit: Usage = { quotas: unlimited, take: () => undefined };

function sameRates(left: Quotas, right: Quotas): boolean {
  return (
    left.decisions_per_second === right.decisions_per_second &&
    left.predictions_per_second === right.predictions_per_second
  );
}

/** Forgets the entry that was made first when there are too many: a forgotten bucket is a full one. */
function remember<Value>(entries: Map<string, Value>, key: string, value: Value): Value {
  if (!entries.has(key) && entries.size >= rememberedLimit) entries.delete(entries.keys().next().value!);
  entries.set(key, value);
  return value;
}
