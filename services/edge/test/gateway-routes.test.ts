import { readFileSync } from 'node:fs';
import { listDecisions, pathParameters, routeTable, urlOf, type Method } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { gatewayRoutes } from '../src/gateway-routes.ts';

const file = new URL('../../../charts/retort/routes.json', import.meta.url);

/** Whoever has a route that takes the request. */
function takers(method: Method, path: string): string[] {
  const owners = Object.entries(gatewayRoutes()).filter(([, matches]) =>
    matches.some(
      (match) =>
        match.method === method &&
        (match.path.type === 'Exact' ? match.path.value === path : new RegExp(`^${match.path.value}$`).test(path)),
    ),
  );
  return owners.map(([owner]) => owner);
}

describe('the routes of a gateway in front of the services', () => {
  it('are what the chart has (pnpm docs:routes)', () =>
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(gatewayRoutes()));

  it('give each request to the owner of its endpoint and to nobody else, whatever the order they are tried in', () => {
    for (const { method, path, owner } of routeTable) {
      const example = pathParameters(path).reduce((made, name) => made.replace(`{${name}}`, 'a.b-1'), path);
      expect([method, example, takers(method, example)]).toEqual([method, example, [owner]]);
    }
  });

  it('take neither a longer path nor another method', () => {
    expect(takers('GET', `${urlOf(listDecisions)}/x/y/z`)).toEqual([]);
    expect(takers('DELETE', urlOf(listDecisions))).toEqual([]);
  });
});
