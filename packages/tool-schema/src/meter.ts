/** Counts the steps of a check, and ends it where they exceed the budget. */
export interface Meter {
  /** Steps spent since `begin`. */
  spent(): number;
  begin(budget: number): void;
  /** @throws `OverBudget` */
  spend(steps: number): void;
  /** `steps` for each character of a string, item of an array or member of an object.
   *  @throws `OverBudget` */
  spendOn(value: unknown, steps: number): void;
}

/** Ends a check from within code that has no other way out. */
export class OverBudget extends Error {
  override readonly name = 'OverBudget';
}

export function meter(): Meter {
  let budget = 0;
  let left = 0;
  const spend = (steps: number) => {
    left -= steps;
    if (left < 0) throw new OverBudget();
  };
  return {
    spent: () => budget - left,
    begin(steps) {
      budget = steps;
      left = steps;
    },
    spend,
    spendOn: (value, steps) => spend(steps * sizeOf(value)),
  };
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return typeof value === 'object' && value !== null ? Object.keys(value).length : 0;
}
