import { getCost, type CostRow } from '@retort/contracts';
import { until, type Api } from '../api.ts';

/** What so many turns cost and saved, once they are all in the ledger. */
export async function readLedger(
  api: Api,
  { since, turns }: { since: string; turns: number },
): Promise<CostRow | null> {
  return until(
    async () => {
      const { total } = await api.call(getCost, { query: { from: since } });
      const known = total.reduce((sum, row) => sum + row.teacher.turns + row.student.turns + row.unpriced_turns, 0);
      return known < turns ? undefined : (total[0] ?? null);
    },
    { waitingFor: 'every turn to be in the ledger', timeoutMs: 30_000 },
  );
}
