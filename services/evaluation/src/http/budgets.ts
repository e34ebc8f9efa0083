import { listBudgets, reportSpending, setBudgets } from '@retort/contracts';
import { fault } from '@retort/kernel';
import { mount, type Routes } from '@retort/service-kit';
import type { Budgets } from '../app/budgets.ts';

/** What may be spent at the teacher; gateways tell what is. */
export function budgetRoutes(app: Routes, budgets: Budgets): void {
  mount(app, listBudgets, async ({ caller: { tenant } }) => ({ data: await budgets.views(tenant) }));
  mount(app, setBudgets, async ({ params: { subject }, body, caller: { tenant }, trace }) => {
    await budgets.set(tenant, { subject, budgets: body.budgets }, trace);
    return { data: (await budgets.views(tenant)).filter((view) => view.subject === subject) };
  });
  mount(app, reportSpending, async ({ body: { spent }, caller: { tenant, isService } }) => {
    if (!isService) throw fault('access.scope-missing', { public: 'Only services of the platform may.' });
    await budgets.spend(tenant, spent);
    return { data: await budgets.views(tenant) };
  });
}
