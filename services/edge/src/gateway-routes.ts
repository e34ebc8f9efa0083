import { pathParameters, routeTable, type Method, type Owner, type RouteEntry } from '@retort/contracts';

/** A match of a rule of Gateway API's HTTPRoute. A regular expression stands for the whole path. */
export interface RouteMatch {
  method: Method;
  path: { type: 'Exact' | 'RegularExpression'; value: string };
}

/** The table of endpoints as a gateway in front of the services needs it, instead of the edge. */
export function gatewayRoutes(table: readonly RouteEntry[] = routeTable): Partial<Record<Owner, RouteMatch[]>> {
  const routes: Partial<Record<Owner, RouteMatch[]>> = {};
  for (const { method, path, owner } of [...table].sort(byPath))
    (routes[owner] ??= []).push({ method, path: pathMatch(path) });
  return routes;
}

function byPath(left: RouteEntry, right: RouteEntry): number {
  const [one, other] = [left, right].map(({ owner, path, method }) => `${owner} ${path} ${method}`) as [string, string];
  return one < other ? -1 : 1;
}

function pathMatch(path: string): RouteMatch['path'] {
  if (pathParameters(path).length === 0) return { type: 'Exact', value: path };
  // A parameter before a verb, as in `{run_id}:cancel`, ends at the colon.
  const segments = path
    .replaceAll('.', '[.]')
    .replaceAll(/\{\w+\}(?=:)/g, '[^/:]+')
    .replaceAll(/\{\w+\}/g, '[^/]+');
  return { type: 'RegularExpression', value: segments };
}
