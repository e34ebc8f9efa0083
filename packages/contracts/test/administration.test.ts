import { endpoints, routeTable } from '@retort/contracts';
import { describe, expect, it } from 'vitest';

const administrative = endpoints.filter(
  ({ scope, method }) => ['admin', 'platform:operate', 'models:approve'].includes(scope) && method !== 'GET',
);

describe('administration', () => {
  it('is put on record by every endpoint that changes something with the scope of an administrator', () => {
    expect(administrative.length).toBeGreaterThan(8);
    expect(administrative.filter(({ audited }) => audited === undefined).map(({ id }) => id)).toEqual([]);
  });

  it('of the platform stands under /platform, and needs the operator’s scope', () => {
    for (const { path, scope } of endpoints)
      expect([path, path.startsWith('/api/v1/platform/')]).toEqual([path, scope === 'platform:operate']);
  });

  it('is routed to its owner at its former path, too', () => {
    for (const { formerPath, owner, method } of endpoints)
      if (formerPath !== undefined)
        expect(routeTable.filter((route) => route.path === formerPath && route.method === method)).toMatchObject([
          { owner },
        ]);
  });
});
