import type { Budget, BudgetView, DomainEvent, Spending } from '@retort/contracts';
import type { Decider } from '@retort/kernel';

export interface SetBudgets {
  type: 'SetBudgets';
  subject: string;
  budgets: readonly Budget[];
}
export const budgetEventTypes = ['BUDGETS_SET'] as const;
export type BudgetEvent = DomainEvent<(typeof budgetEventTypes)[number]>;
/** Subject → its budgets, as JSON. */
export type BudgetState = ReadonlyMap<string, string>;

/** A tenant's budgets are in one stream of this id. */
export const budgetTableId = 'table';
/** All keys together. */
export const wholeTenant = 'tenant';

export const budgetDecider: Decider<SetBudgets, BudgetState, BudgetEvent> = {
  initial: new Map(),
  decide({ subject, budgets: given }, state) {
    const budgets = given.toSorted((left, right) => left.period.localeCompare(right.period));
    return (state.get(subject) ?? '[]') === JSON.stringify(budgets)
      ? []
      : [{ type: 'BUDGETS_SET', data: { subject, budgets } }];
  },
  evolve: (state, { data: { subject, budgets } }) => new Map(state).set(subject, JSON.stringify(budgets)),
};

/** Budgets with what was spent of them; `spent` is of this month. */
export function budgetViews(
  set: readonly { subject: string; budgets: readonly Budget[] }[],
  spent: readonly Spending[],
  now: Date,
): BudgetView[] {
  const today = now.toISOString().slice(0, 10);
  return set.flatMap(({ subject, budgets }) =>
    budgets.map((budget) => {
      const counted = spent.filter(
        ({ key_id, day }) =>
          (subject === wholeTenant || key_id === subject) && (budget.period === 'month' || day === today),
      );
      return {
        ...budget,
        subject,
        spent_tokens: counted.reduce((sum, { tokens }) => sum + tokens, 0),
        spent_amount: counted.reduce(
          (sum, { currency, amount }) => sum + (currency === budget.currency ? amount : 0),
          0,
        ),
        resets_at: nextOf(budget.period, now).toISOString(),
      };
    }),
  );
}

function nextOf(period: Budget['period'], now: Date): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return new Date(period === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1));
}
