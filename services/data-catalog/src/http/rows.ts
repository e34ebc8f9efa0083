import { listDataProductRows } from '@retort/contracts';
import { lines, mount, verbatim, type Routes } from '@retort/service-kit';
import type { productRows } from '../app/product-rows.ts';
import { productOf } from './products.ts';

export function rowRoutes(app: Routes, rows: ReturnType<typeof productRows>): void {
  mount(app, listDataProductRows, async ({ params, query, caller: { tenant }, trace, wanted }) => {
    const asked = { tenant, trace, product: productOf(params.name), query };
    // Rows were checked where they came from.
    return wanted === 'lines' ? lines(await rows.all(asked)) : verbatim(await rows.page(asked));
  });
}
