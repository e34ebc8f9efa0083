import { predict, recordDecision, registerToolset } from '@retort/contracts';
import type { Random } from '@retort/kernel';
import { hostileBodies, hostileSchemas, hostileTexts, hostileValues } from './hostile.ts';

export interface AbusiveRequest {
  /** Method and path as the document has them. */
  route: string;
  method: string;
  path: string;
  headers: Record<string, string>;
  body?: string;
}

interface Schema {
  type?: string | string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  examples?: unknown[];
  default?: unknown;
}
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content: Record<string, { schema?: Schema }> };
}
export interface ApiDocument {
  paths: Record<string, Record<string, Operation>>;
}

export interface Subject {
  document: ApiDocument;
  random: Random;
  /** Ids of things that exist, of whatever tenant. */
  known: readonly string[];
}

const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** Makes requests against what the platform says it serves: mostly formed as it asks, with something wrong somewhere. */
export function abusiveRequests({ document, random, known }: Subject): () => AbusiveRequest {
  const operations = Object.entries(document.paths).flatMap(([path, item]) =>
    methods.filter((method) => item[method]).map((method) => ({ path, method, operation: item[method]! })),
  );

  const text = () => (random.next() < 0.4 ? random.pick(known) : random.pick(hostileTexts));

  function valueOf(schema: Schema | undefined, depth = 0): unknown {
    if (!schema || depth > 6 || random.next() < 0.08) return random.pick(hostileValues);
    if (schema.const !== undefined) return schema.const;
    if (schema.enum) return random.pick(schema.enum);
    if (schema.examples && random.next() < 0.7) return random.pick(schema.examples);
    const branches = schema.anyOf ?? schema.oneOf;
    if (branches) return valueOf(random.pick(branches), depth + 1);
    const type = Array.isArray(schema.type) ? random.pick(schema.type) : schema.type;
    if (type === 'object')
      return Object.fromEntries(
        Object.entries(schema.properties ?? {})
          .filter(() => random.next() < 0.8)
          .map(([name, member]) => [name, valueOf(member, depth + 1)]),
      );
    if (type === 'array') return Array.from({ length: random.integer(3) }, () => valueOf(schema.items, depth + 1));
    if (type === 'integer' || type === 'number') return random.pick([1, 2, 100, 0, -1, 2_147_483_648, 0.5]);
    if (type === 'boolean') return random.next() < 0.5;
    if (type === 'null') return null;
    return text();
  }

  function bodyOf(path: string, operation: Operation): Pick<AbusiveRequest, 'body' | 'headers'> {
    if (!operation.requestBody) return { headers: {} };
    const chance = random.next();
    if (chance < 0.15) {
      const { type, body, headers = {} } = random.pick(hostileBodies);
      return { body, headers: { 'content-type': type, ...headers } };
    }
    const type = random.pick(Object.keys(operation.requestBody.content));
    const takesTools = /decisions$|predictions$|toolsets$/.test(path);
    const value =
      takesTools && chance < 0.6
        ? toolCall(path, random.pick(hostileSchemas))
        : valueOf(operation.requestBody.content[type]!.schema);
    return { body: JSON.stringify(value) ?? 'null', headers: { 'content-type': type } };
  }

  return () => {
    const { path, method, operation } = random.pick(operations);
    const filled = path.replaceAll(/\{[^}]+\}/g, () => encodeURIComponent(text()));
    const query = new URLSearchParams();
    for (const { name, in: place, schema } of operation.parameters ?? [])
      if (place === 'query' && random.next() < 0.5) {
        const value = valueOf(schema);
        query.append(name, (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 400));
      }
    const search = query.size > 0 ? `?${query.toString()}` : '';
    const odd = random.next() < 0.02;
    return {
      route: `${method.toUpperCase()} ${path}`,
      method: odd ? random.pick(['QUERY', 'PROPFIND', 'OPTIONS']) : method.toUpperCase(),
      path: `${filled}${search}`,
      ...bodyOf(path, operation),
    };
  };
}

export interface HostileSchema {
  schema: object;
  value: unknown;
}

let made = 0;

/** A request that brings a schema, and arguments to be checked by it. */
function toolCall(path: string, { schema, value }: HostileSchema): object {
  const { $defs, ...own } = schema as { $defs?: object };
  // What was compiled before is known: every schema is another.
  const parameters = { properties: { a: own }, $comment: String(made++), ...($defs && { $defs }) };
  const tools = [{ name: 'act', parameters }];
  if (path.includes('predictions'))
    return { context: { query: 'act', a: value }, tools_available: tools, fallback: 'none' };
  if (path.includes('toolsets')) return { tools };
  const called = { tool_selected: 'act', tool_parameters: { a: value } };
  return { agent_id: 'abuse', context: {}, tools_available: tools, ...called };
}

/** Routes that take schemas. */
export const toolRoutes = [recordDecision, registerToolset, predict] as const;

export function toolRequest({ path }: (typeof toolRoutes)[number], hostile: HostileSchema): AbusiveRequest {
  return {
    route: `POST ${path}`,
    method: 'POST',
    path,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(toolCall(path, hostile)),
  };
}
