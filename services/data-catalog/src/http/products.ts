import { dataProduct, jsonObject, page, productName, type ProductName } from '@retort/contracts';
import { digestOfJson, fault } from '@retort/kernel';
import type { Database } from '@retort/postgres';
import type { Routes } from '@retort/service-kit';
import { z } from 'zod';
import { latestVersion, latestVersions } from '../adapters/versions.ts';
import { products } from '../domain/products.ts';
import { answerTagged } from './tagged.ts';

export const config = { scope: 'products:read' } as const;
/** Descriptions are constants of this program; walking their schemas again for every answer would be most of its work. */
export const serializerCompiler = () => (value: unknown) => JSON.stringify(value);
export const productParameters = z.object({ name: z.string() });

/** @throws `catalog.product-unknown` (404) */
export function productOf(name: string): ProductName {
  const known = productName.safeParse(name);
  if (known.success) return known.data;
  throw fault('catalog.product-unknown', {
    public: 'There is no data product of this name.',
  });
}

export function productRoutes(app: Routes, db: Database): void {
  app.get(
    '/api/v1/data-products',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'The data products',
        operationId: 'listDataProducts',
        response: { 200: page(dataProduct) },
      },
    },
    async ({ caller }) => {
      const latest = await latestVersions(db, caller.tenant);
      const data = Object.values(products).map(({ description }) => ({
        ...description,
        latest_version: latest.get(description.name) ?? null,
      }));
      return { data, next_cursor: null, has_more: false };
    },
  );

  app.get(
    '/api/v1/data-products/:name',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'One data product',
        operationId: 'getDataProduct',
        params: productParameters,
        response: { 200: dataProduct, 304: z.null() },
      },
    },
    async (request, reply) => {
      const product = productOf(request.params.name);
      const latest_version = await latestVersion(db, { tenant: request.caller.tenant, product });
      const view = { ...products[product].description, latest_version };
      return answerTagged(request, reply, { tag: `${descriptionTags[product]}-${latest_version ?? 'none'}`, view });
    },
  );

  app.get(
    '/api/v1/data-products/:name/schema',
    {
      config,
      serializerCompiler,
      schema: {
        summary: 'JSON Schema of a row',
        operationId: 'getDataProductSchema',
        params: productParameters,
        response: { 200: jsonObject, 304: z.null() },
      },
    },
    async (request, reply) => {
      const product = productOf(request.params.name);
      return answerTagged(request, reply, {
        tag: descriptionTags[product],
        view: products[product].description.schema,
      });
    },
  );
}

const descriptionTags = Object.fromEntries(
  Object.values(products).map(({ description }) => [description.name, digestOfJson(description).slice(7, 23)]),
) as Record<ProductName, string>;
