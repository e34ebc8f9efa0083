import type { ArtifactStore } from '@retort/artifact-store';
import type { EvaluationSample } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { EvaluationKey, Samples } from '../app/samples.ts';

const pageSize = 1_000;

export function postgresSamples({ db, artifacts }: { db: Queryable; artifacts: ArtifactStore }): Samples {
  const store: Samples = {
    async keep(key) {
      const lines: string[] = [];
      for await (const sample of store.all({ ...key, verdict: undefined })) lines.push(`${JSON.stringify(sample)}\n`);
      return (await artifacts.put(Buffer.from(lines.join('')))).digest;
    },
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
    async erase(tenant, isErased) {
      const kept = await db.query<{ samples: string }>(
        'select distinct samples from model_metrics where tenant = $1 and samples is not null',
        [tenant],
      );
      let removed = 0;
      for (const { samples } of kept.rows) {
        if (!(await artifacts.has(samples))) continue;
        if (!parse(await artifacts.get(samples)).some(({ id }) => isErased(id))) continue;
        await artifacts.remove(samples);
        removed += 1;
      }
      const known = await db.query<{ id: string }>('select distinct id from evaluation_samples where tenant = $1', [
        tenant,
      ]);
      const { rowCount } = await db.query('delete from evaluation_samples where tenant = $1 and id = any($2)', [
        tenant,
        known.rows.flatMap(({ id }) => (isErased(id) ? [id] : [])),
      ]);
      return { samples: rowCount, artifacts: removed };
    },
    async page({ tenant, evaluationId, verdict, after, limit }) {
      const { rows } = await db.query<{ sample: EvaluationSample }>(
        `select sample from evaluation_samples
         where tenant = $1 and evaluation_id = $2 and index > $3 and ($4::text is null or verdict = $4)
         order by index limit $5`,
        [tenant, evaluationId, after, verdict ?? null, limit],
      );
      if (rows.length > 0) return rows.map(({ sample }) => sample);
      return (await kept({ tenant, evaluationId }))
        .filter((sample) => sample.index > after && (verdict === undefined || sample.verdict === verdict))
        .slice(0, limit);
    },
    async *all(filter) {
      for (let after = -1; ;) {
        const page = await store.page({ ...filter, after, limit: pageSize });
        yield* page;
        if (page.length < pageSize) return;
        after = page.at(-1)!.index;
      }
    },
  };
  /** The comparisons of an evaluation whose rows are gone, or that has none. */
  const kept = async ({ tenant, evaluationId }: EvaluationKey) => {
    const { rows } = await db.query<{ samples: string }>(
      `select samples from model_metrics where tenant = $1 and evaluation_id = $2 and samples is not null
         and not exists (select from evaluation_samples where evaluation_id = $2)`,
      [tenant, evaluationId],
    );
    return rows[0] ? parse(await artifacts.get(rows[0].samples)) : [];
  };
  return store;
}

function parse(bytes: Uint8Array): EvaluationSample[] {
  const lines = new TextDecoder().decode(bytes).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as EvaluationSample);
}
