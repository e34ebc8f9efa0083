import { datasetView, decisionView, modelVersionView, page, type DecisionView } from '@retort/contracts';
import type { BoundClient } from '@retort/service-kit';

/** When the data that a version learnt from were published, ISO 8601: what was recorded later is new to it. */
export async function learntUntil(
  client: BoundClient,
  { model, modelVersion }: { model: string; modelVersion: string },
): Promise<string> {
  const path = `/api/v1/models/${encodeURIComponent(model)}/versions/${encodeURIComponent(modelVersion)}`;
  const { dataset_version } = await client.get(path, modelVersionView);
  const dataset = await client.get(`/api/v1/datasets/${encodeURIComponent(dataset_version)}`, datasetView);
  return dataset.created_at;
}

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
