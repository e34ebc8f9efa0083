import { fault, type Clock } from '@retort/kernel';
import type { Usage } from '@retort/service-kit';
import type { Author } from './record-decisions.ts';

/** How many decisions the platform holds of a tenant. */
export interface DecisionCount {
  /** Counts no further than `atMost`. */
  count(author: Author, atMost: number): Promise<number>;
}

export interface StoredRows {
  /** Whether a tenant may store so many decisions more; at once wherever its rows were counted a moment ago, and where it
   *  has no quota.
   *  @throws `quotas.rows-exhausted` (403) */
  admit(author: Author & { usage: Usage }, more: number): void | Promise<void>;
}

interface Counted {
  /** As counted, and what was let in since then. */
  rows: number;
  at: number;
  counting: Promise<void> | null;
}

const countAgainMs = 10_000;
const tenantsKept = 10_000;

/** Rows are counted every ten seconds while a tenant writes, beside its requests; in between, what is let in is added. Only
 *  the first request waits. */
export function storedRows({ count, clock }: DecisionCount & { clock: Clock }): StoredRows {
  const tenants = new Map<string, Counted>();

  function countAgain(counted: Counted, author: Author, quota: number): Promise<void> {
    counted.counting ??= count(author, quota)
      .then((rows) => {
        counted.rows = rows;
        counted.at = clock().getTime();
      })
      .finally(() => {
        counted.counting = null;
      });
    return counted.counting;
  }

  function take(counted: Counted, quota: number, more: number): void {
    if (counted.rows + more > quota)
      throw fault('quotas.rows-exhausted', {
        public: `The tenant may store ${quota} decisions; ${Math.max(0, quota - counted.rows)} more fit.`,
      });
    counted.rows += more;
  }

  return {
    admit({ usage, ...author }, more) {
      const quota = usage.quotas.stored_rows;
      if (quota === null) return;
      const known = tenants.get(author.tenant);
      if (known && known.at > 0) {
        // A count that fails leaves the last one in force; the next request tries again.
        if (clock().getTime() - known.at > countAgainMs) countAgain(known, author, quota).catch(() => undefined);
        return take(known, quota, more);
      }
      const counted = known ?? { rows: 0, at: 0, counting: null };
      if (tenants.size >= tenantsKept) tenants.delete(tenants.keys().next().value!);
      tenants.set(author.tenant, counted);
      return countAgain(counted, author, quota).then(() => take(counted, quota, more));
    },
  };
}
