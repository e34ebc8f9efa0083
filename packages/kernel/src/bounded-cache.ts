/** A map that forgets what was not used for longest when its entries together weigh more than `capacity`. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  /** `weight` is 1 when absent: then the capacity is a number of entries. */
  set(key: string, value: Value, weight?: number): void;
  delete(key: string): void;
}

export function boundedCache<Value>(capacity: number): BoundedCache<Value> {
  const entries = new Map<string, { value: Value; weight: number }>();
  let total = 0;
  let newest: string | undefined;
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      // One key is asked for again and again more often than not: it is the newest already.
      if (key === newest) return entry.value;
      entries.delete(key);
      entries.set(key, entry);
      newest = key;
      return entry.value;
    },
    set(key, value, weight = 1) {
      total += weight - (entries.get(key)?.weight ?? 0);
      entries.delete(key);
      entries.set(key, { value, weight });
      newest = key;
      for (const [oldest, entry] of entries) {
        if (total <= capacity || oldest === key) break;
        entries.delete(oldest);
        total -= entry.weight;
      }
    },
    delete(key) {
      total -= entries.get(key)?.weight ?? 0;
      entries.delete(key);
      if (key === newest) newest = undefined;
    },
  };
}
