/** A map that forgets what was not used for longest when its entries together weigh too much. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value, weight?: number): void;
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
  };
}
