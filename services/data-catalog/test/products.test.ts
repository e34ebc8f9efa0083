import { describe, expect, it } from 'vitest';
import { isVersioned, moments, momentsOf } from '../src/domain/product.ts';
import { products } from '../src/domain/products.ts';

describe('a data product', () => {
  it.each(Object.entries(products))('%s is divided into versions, or read as of any moment', (_name, { rows }) => {
    if (!isVersioned(rows.endpoint)) expect(momentsOf(rows.endpoint)).toEqual(moments);
  });
});
