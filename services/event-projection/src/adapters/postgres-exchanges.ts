import type { ExchangeTotal } from '@retort/contracts';
import type { Queryable } from '@retort/postgres';
import type { Exchanges } from '../app/exchanges.ts';

export function postgresExchanges(database: Queryable): Exchanges {
  return {
    async totals({ tenant, from, to, agentId }) {
      const { rows } = await database.query<ExchangeTotal>(
        `select to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD') as day, agent_id, decided_by, model, has_calls,
           is_audit, currency, price_source, count(*)::float8 as turns, count(prompt_tokens)::float8 as turns_with_tokens,
           coalesce(sum(prompt_tokens), 0)::float8 as prompt_tokens,
           coalesce(sum(cached_tokens), 0)::float8 as cached_tokens,
           coalesce(sum(completion_tokens), 0)::float8 as completion_tokens,
           coalesce(sum(request_bytes), 0)::float8 as request_bytes,
           coalesce(sum(request_bytes) filter (where prompt_tokens is not null), 0)::float8 as metered_bytes,
           coalesce(sum(latency_ms), 0) as latency_ms, sum(cost) as cost
         from exchanges
         where tenant = $1 and occurred_at >= $2 and occurred_at < $3 and ($4::text is null or agent_id = $4)
         group by 1, 2, 3, 4, 5, 6, 7, 8 order by 1, 2, 3, 4, 5, 6, 7, 8 limit 100000`,
        [tenant, from, to, agentId],
      );
      return rows;
    },
  };
}
