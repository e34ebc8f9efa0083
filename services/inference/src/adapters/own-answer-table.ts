import type { OwnAnswer } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { OwnAnswerTable } from '../app/own-answers.ts';

const pageSize = 5_000;

export function ownAnswerTable(db: Queryable): OwnAnswerTable {
  return {
    async add(answers) {
      if (answers.length === 0) return;
      await db.query(
        `insert into own_answers (tenant, kind, key, at, probability)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::float8[])
         on conflict do nothing`,
        [
          answers.map(({ tenant }) => tenant),
          answers.map(({ kind }) => kind),
          answers.map(({ key }) => key),
          answers.map(({ at }) => at),
          answers.map(({ probability }) => probability),
        ],
      );
    },
    async *all(tenant) {
      for (let after = ['', '']; ;) {
        const { rows } = await db.query<Omit<OwnAnswer, 'at'> & { at: Date }>(
          `select kind, key, at, probability from own_answers
           where tenant = $1 and (kind, key) > ($2, $3) order by kind, key limit $4`,
          [tenant, ...after, pageSize],
        );
        for (const row of rows) yield { ...row, at: row.at.toISOString() };
        const last = rows.at(-1);
        if (!last || rows.length < pageSize) return;
        after = [last.kind, last.key];
      }
    },
  };
}
