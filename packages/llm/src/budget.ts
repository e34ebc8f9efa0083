import { fault } from '@retort/kernel';

export interface Usage {
  promptTokens: number;
  completionTokens: number;
}

/** What one run may spend at most; what is absent is not limited. */
export interface BudgetLimits {
  calls?: number;
  tokens?: number;
  /** In the currency of `prices`. */
  cost?: number;
  /** Per million tokens. */
  prices?: { prompt: number; completion: number };
}

export interface Budget {
  /** Takes one call out of the budget before it is made.
   *  @throws `llm.budget-exhausted` (429, not retriable) */
  take(): void;
  /** Books what a call used. */
  book(usage: Usage): void;
  spent(): { calls: number; tokens: number; cost: number };
}

/** A budget for one run, shared by everything the run asks. Calls are counted before, tokens after: calls that are under
 *  way together may overdraw tokens and cost by what they use. */
export function createBudget(limits: BudgetLimits): Budget {
  const prices = limits.prices ?? { prompt: 0, completion: 0 };
  let calls = 0;
  let tokens = 0;
  let cost = 0;
  return {
    take() {
      const spent = { calls, tokens, cost };
      for (const kind of ['calls', 'tokens', 'cost'] as const)
        if (spent[kind] >= (limits[kind] ?? Infinity))
          throw fault('llm.budget-exhausted', {
            public: `The run's budget of ${limits[kind]} ${kind} is spent.`,
          });
      calls += 1;
    },
    book({ promptTokens, completionTokens }) {
      tokens += promptTokens + completionTokens;
      cost += (promptTokens * prices.prompt + completionTokens * prices.completion) / 1e6;
    },
    spent: () => ({ calls, tokens, cost }),
  };
}
