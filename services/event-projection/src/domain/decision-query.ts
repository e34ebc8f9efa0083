import { decisionFilters, type DecisionListQuery } from '@retort/contracts';

export type FilterField = keyof typeof decisionFilters;
export type FilterOperator = 'eq' | 'in' | 'gt' | 'gte' | 'lt' | 'lte';

export interface DecisionFilter {
  field: FilterField;
  operator: FilterOperator;
  values: readonly string[];
}

export interface DecisionQuery {
  filters: readonly DecisionFilter[];
  sort: 'log' | '-occurred_at';
  /** Only what had happened by then. */
  asOf: string | null;
  /** Only what was known by then. */
  recordedAsOf: string | null;
}

export function decisionQueryOf(query: DecisionListQuery): DecisionQuery {
  const given = query as Record<string, unknown>;
  const filters = Object.entries(decisionFilters).flatMap(([field, operators]) =>
    operators.flatMap((operator): DecisionFilter[] => {
      const value = given[`filter[${field}][${operator}]`];
      if (typeof value !== 'string') return [];
      const values = operator === 'in' ? value.split(',') : [value];
      return [{ field: field as FilterField, operator, values }];
    }),
  );
  return { filters, sort: query.sort, asOf: query.as_of ?? null, recordedAsOf: query.recorded_as_of ?? null };
}
