import {
  getDataProduct,
  getDataProductSchema,
  listDataProducts,
  productName,
  productNames,
  type DataProduct,
  type ProductName,
} from '@retort/contracts';
import { digestOfJson, fault } from '@retort/kernel';
import { mount, tagged, verbatim, type Routes } from '@retort/service-kit';
import type { Versions } from '../app/versions.ts';
import { rowSchema } from '../domain/product.ts';
import { products } from '../domain/products.ts';

/** @throws `catalog.product-unknown` (404) */
export function productOf(name: string): ProductName {
  const known = productName.safeParse(name);
  if (known.success) return known.data;
  throw fault('catalog.product-unknown', { public: 'There is no data product of this name.' });
}

/** Product → days that its rows are kept. */
type Retention = { [Product in ProductName]?: number | undefined };

/** Descriptions do not change while the program runs: they are sent as they stand, their schemas are not walked for each answer. */
export function productRoutes(app: Routes, versions: Versions, retention: Retention): void {
  const descriptions = ofEach((name) => descriptionOf(name, retention[name] ?? null));
  const tags = ofEach((name) => digestOfJson(descriptions[name]).slice(7, 23));

  mount(app, listDataProducts, async ({ caller }) => {
    const newest = await versions.newestOfEach(caller.tenant);
    const data = productNames.map((name) => ({ ...descriptions[name], latest_version: newest.get(name) ?? null }));
    return verbatim({ data, next_cursor: null, has_more: false });
  });

  mount(app, getDataProduct, async ({ params, caller: { tenant }, request }) => {
    const product = productOf(params.name);
    const latest_version = await versions.newest({ tenant, product });
    const view = { ...descriptions[product], latest_version };
    return tagged(`"${tags[product]}-${latest_version ?? 'none'}"`, verbatim(view), request);
  });

  mount(app, getDataProductSchema, ({ params, request }) => {
    const product = productOf(params.name);
    return tagged(`"${tags[product]}"`, verbatim(descriptions[product].schema), request);
  });
}

const ofEach = <Value>(make: (name: ProductName) => Value) =>
  Object.fromEntries(productNames.map((name) => [name, make(name)])) as Record<ProductName, Value>;

function descriptionOf(name: ProductName, retention_days: number | null): Omit<DataProduct, 'latest_version'> {
  const { about, rows } = products[name];
  return { name, ...about, retention_days, schema: rowSchema(rows.endpoint) };
}
