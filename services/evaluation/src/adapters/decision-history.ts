import { decisionView, page, type DecisionView } from '@retort/contracts';
import type { BoundClient } from '@retort/service-kit';

/** The teacher's latest decisions on one side of a moment, at most `limit`, the newest first. */
export async function teacherDecisions(
  client: BoundClient,
  { side, moment, limit }: { side: 'after' | 'until'; moment: string; limit: number },
): Promise<DecisionView[]> {
  const decisions: DecisionView[] = [];
  let cursor: string | undefined;
  while (decisions.length < limit) {
    const next = await client.get('/api/v1/decisions', page(decisionView), {
      query: {
        'filter[decided_by][eq]': 'teacher',
        [`filter[recorded_at][${side === 'after' ? 'gt' : 'lte'}]`]: moment,
        sort: '-occurred_at',
        toolsets: 'reference',
        limit: Math.min(1_000, limit - decisions.length),
        cursor,
      },
    });
    decisions.push(...next.data);
    if (next.next_cursor === null) break;
    cursor = next.next_cursor;
  }
  return decisions;
}
