import type { Budget, BudgetView, Spending } from '@retort/contracts';
import type { Clock } from '@retort/kernel';
import type { CommandHandler, Trace } from '@retort/service-kit';
import type { AnswersBesides } from './ledger.ts';
import { budgetTableId, budgetViews, type BudgetEvent, type BudgetState, type SetBudgets } from '../domain/budgets.ts';

export interface BudgetTable {
  set(tenant: string): Promise<{ subject: string; budgets: Budget[] }[]>;
  /** From a day on. */
  spent(tenant: string, since: string): Promise<Spending[]>;
  add(tenant: string, spent: readonly Spending[]): Promise<void>;
  /** Answers that are no decisions; days are inclusive. */
  besides: AnswersBesides;
}

export interface Budgets {
  views(tenant: string): Promise<BudgetView[]>;
  set(tenant: string, change: Omit<SetBudgets, 'type'>, trace: Trace): Promise<void>;
  /** Adds what was spent. */
  spend(tenant: string, spent: readonly Spending[]): Promise<void>;
}

export function budgets({
  table,
  commands,
  clock,
}: {
  table: BudgetTable;
  commands: CommandHandler<SetBudgets, BudgetState, BudgetEvent>;
  clock: Clock;
}): Budgets {
  return {
    async views(tenant) {
      const now = clock();
      const set = await table.set(tenant);
      if (set.length === 0) return [];
      return budgetViews(set, await table.spent(tenant, `${now.toISOString().slice(0, 7)}-01`), now);
    },
    async set(tenant, change, trace) {
      await commands.handle(tenant, budgetTableId, { type: 'SetBudgets', ...change }, trace);
    },
    spend: (tenant, spent) => table.add(tenant, spent),
  };
}
