/** How a budget of teacher calls is spent: a third at most on making demonstrations, the rest on measuring the new prompt
 *  and the one before on the same decisions. */
export interface Plan {
  bootstrapCalls: number;
  /** Decisions to measure on, each asked twice. */
  validation: number;
}

const mostValidation = 100;
const mostBootstrapCalls = 40;

export function planBudget({ budget, validation }: { budget: number; validation: number }): Plan {
  const bootstrapCalls = Math.min(mostBootstrapCalls, Math.floor(budget / 3));
  return {
    bootstrapCalls,
    validation: Math.min(mostValidation, validation, Math.floor((budget - bootstrapCalls) / 2)),
  };
}
