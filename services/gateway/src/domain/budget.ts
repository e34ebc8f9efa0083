import type { BudgetView, Spending } from '@retort/contracts';

/** The budget that a key has no more of, with what is not told of yet; undefined where it may go on. */
export function exhausted(
  budgets: readonly BudgetView[],
  { keyId, untold, now }: { keyId: string; untold: readonly Spending[]; now: Date },
): BudgetView | undefined {
  return budgets.find((budget) => {
    if (budget.subject !== wholeTenant && budget.subject !== keyId) return false;
    if (Date.parse(budget.resets_at) <= now.getTime()) return false;
    const mine = untold.filter(({ key_id }) => budget.subject === wholeTenant || key_id === budget.subject);
    const tokens = mine.reduce((sum, one) => sum + one.tokens, budget.spent_tokens);
    const amount = mine.reduce(
      (sum, one) => sum + (one.currency === budget.currency ? one.amount : 0),
      budget.spent_amount,
    );
    return (budget.tokens !== null && tokens >= budget.tokens) || (budget.amount !== null && amount >= budget.amount);
  });
}

const wholeTenant = 'tenant';
