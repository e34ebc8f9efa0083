import type { EvaluationSample } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';

export interface Samples {
  add(key: { tenant: string; evaluationId: string }, samples: readonly EvaluationSample[]): Promise<void>;
  /** In their order, after `after`. */
  page(query: SampleQuery): Promise<EvaluationSample[]>;
}
export interface SampleQuery {
  tenant: string;
  evaluationId: string;
  verdict: EvaluationSample['verdict'] | undefined;
  after: number;
  limit: number;
}

export function samples(db: Queryable): Samples {
  return {
    async add({ tenant, evaluationId }, batch) {
      await db.query(
        `insert into evaluation_samples (tenant, evaluation_id, index, id, verdict, sample)
         select $1, $2, * from unnest($3::int[], $4::text[], $5::text[], $6::jsonb[])
         on conflict do nothing`,
        [
          tenant,
          evaluationId,
          batch.map(({ index }) => index),
          batch.map(({ id }) => id),
          batch.map(({ verdict }) => verdict),
          batch.map((sample) => JSON.stringify(sample)),
        ],
      );
    },
    async page({ tenant, evaluationId, verdict, after, limit }) {
      const { rows } = await db.query<{ sample: EvaluationSample }>(
        `select sample from evaluation_samples
         where tenant = $1 and evaluation_id = $2 and index > $3 and ($4::text is null or verdict = $4)
         order by index limit $5`,
        [tenant, evaluationId, after, verdict ?? null, limit],
      );
      return rows.map(({ sample }) => sample);
    },
  };
}

/** Every sample of an evaluation, read a thousand at a time. */
export async function* allSamples(
  store: Samples,
  query: Omit<SampleQuery, 'after' | 'limit'>,
): AsyncIterable<EvaluationSample> {
  for (let after = -1; ;) {
    const page = await store.page({ ...query, after, limit: 1_000 });
    yield* page;
    if (page.length < 1_000) return;
    after = page.at(-1)!.index;
  }
}
