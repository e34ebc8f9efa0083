import type { Budget, Spending } from '@retort/contracts';
import { parsePosition } from '@retort/event-store';
import type { Queryable } from '@retort/postgres';
import { readModel } from '@retort/service-kit';
import type { BudgetTable } from '../app/budgets.ts';
import type { AnswerTotal } from '../domain/ledger.ts';

export function postgresBudgets(db: Queryable): BudgetTable {
  return {
    async set(tenant) {
      const { rows } = await db.query<{ subject: string; budgets: Budget[] }>(
        'select subject, budgets from budgets where tenant = $1 order by subject',
        [tenant],
      );
      return rows;
    },
    async spent(tenant, since) {
      const { rows } = await db.query<Spending>(
        `select key_id, to_char(day, 'YYYY-MM-DD') as day, currency, tokens, amount from spending
         where tenant = $1 and day >= $2::date`,
        [tenant, since],
      );
      return rows;
    },
    async add(tenant, spent) {
      if (spent.length === 0) return;
      await db.query(
        `with told as (
           select * from unnest($2::date[], $3::text[], $4::text[], $5::float8[], $6::float8[],
                                $7::text[], $8::int[], $9::text[], $10::text[])
             as told (day, key_id, currency, tokens, amount, agent_id, answers, basis, price_source)
         ), besides as (
           insert into answers_besides as known
             (tenant, day, agent_id, currency, price_source, basis, answers, amount)
           select $1, day, agent_id, currency, price_source, basis, sum(answers), sum(amount)
           from told where agent_id is not null
           group by day, agent_id, currency, price_source, basis
           order by day, agent_id, currency, price_source, basis
           on conflict (tenant, day, agent_id, currency, price_source, basis) do update set
             answers = known.answers + excluded.answers, amount = known.amount + excluded.amount
         )
         insert into spending as known (tenant, day, key_id, currency, tokens, amount)
         select $1, day, key_id, currency, sum(tokens), sum(amount) from told
         group by day, key_id, currency order by day, key_id, currency
         on conflict (tenant, day, key_id, currency) do update set
           tokens = known.tokens + excluded.tokens, amount = known.amount + excluded.amount`,
        [
          tenant,
          spent.map(({ day }) => day),
          spent.map(({ key_id }) => key_id),
          spent.map(({ currency }) => currency),
          spent.map(({ tokens }) => tokens),
          spent.map(({ amount }) => amount),
          spent.map(({ besides }) => besides?.agent_id ?? null),
          spent.map(({ besides }) => besides?.answers ?? null),
          spent.map(({ besides }) => besides?.basis ?? null),
          spent.map(({ besides }) => (besides ? (besides.price_source ?? '') : null)),
        ],
      );
    },
    async besides(tenant, { since, until, agentId }) {
      const { rows } = await db.query<AnswerTotal>(
        `select to_char(day, 'YYYY-MM-DD') as day, agent_id, nullif(currency, '') as currency,
           price_source = 'default' as is_default, basis, answers::float8 as answers, amount
         from answers_besides
         where tenant = $1 and day between $2::date and $3::date and ($4::text is null or agent_id = $4)
         order by day, agent_id, answers_besides.currency desc`,
        [tenant, since, until, agentId ?? null],
      );
      return rows;
    },
  };
}

/** Budgets as their events set them. */
export const budgetsTable = readModel(
  'BUDGETS_SET',
  async ({ tenant, time, position, data: { subject, budgets } }, transaction) => {
    const { commit, prepare } = parsePosition(position);
    await transaction.query(
      `insert into budgets as known (tenant, subject, budgets, set_at, commit_position, prepare_position)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, subject) do update set budgets = excluded.budgets, set_at = excluded.set_at,
         commit_position = excluded.commit_position, prepare_position = excluded.prepare_position
       where (known.commit_position, known.prepare_position) <= (excluded.commit_position, excluded.prepare_position)`,
      [tenant, subject, JSON.stringify(budgets), time, commit, prepare],
    );
  },
  { fills: ['budgets'] },
);
