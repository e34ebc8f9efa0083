import type { Routes } from '../types.ts';

/** Which methods the paths of a server know: to answer 405 and not 404 where only the method is wrong. */
export type RouteTable = Map<string, { path: RegExp; methods: Set<string> }>;

/** Filled as routes are registered. */
export function routeTable(app: Routes): RouteTable {
  const table: RouteTable = new Map();
  app.addHook('onRoute', ({ url, method }) => {
    const entry = table.get(url) ?? { path: pathPattern(url), methods: new Set<string>() };
    for (const name of [method].flat()) entry.methods.add(name);
    table.set(url, entry);
  });
  return table;
}

export function allowedMethods(table: RouteTable, url: string): string[] {
  const path = url.split('?', 1)[0]!;
  const methods = new Set<string>();
  for (const entry of table.values()) if (entry.path.test(path)) for (const name of entry.methods) methods.add(name);
  return [...methods].sort();
}

/** `/runs/:id([^:]+)::cancel` as a regular expression. */
function pathPattern(url: string): RegExp {
  const source = url.replaceAll(/::|:\w+(\([^)]*\))?|\*|[^:*]/g, (part) => {
    if (part === '::') return ':';
    if (part === '*') return '.*';
    if (part.length > 1) return '[^/:]+';
    return part.replaceAll(/[.*+?^${}()|[\]\\/-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`);
}
