import { contentOf, endpoints, isRaw, pathParameters, routeTable, urlOf, type Endpoint } from '@retort/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

interface JsonSchema {
  description?: string;
  properties?: Record<string, JsonSchema>;
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  $defs?: Record<string, JsonSchema>;
}

/** Every object of a schema, with the path that leads to it. */
function objectsIn(schema: JsonSchema, path = ''): [path: string, schema: JsonSchema][] {
  const { properties, additionalProperties: others, items, anyOf = [], $defs = {} } = schema;
  const below = [
    ...Object.entries(properties ?? {}).map(([name, member]) => [`${path}/${name}`, member] as const),
    ...[others, items].flatMap((inner) => (typeof inner === 'object' ? [[`${path}/*`, inner] as const] : [])),
    ...[...anyOf, ...Object.values($defs)].map((branch) => [path, branch] as const),
  ];
  return [
    ...(properties ? [[path, schema] as [string, JsonSchema]] : []),
    ...below.flatMap(([at, inner]) => objectsIn(inner, at)),
  ];
}

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') =>
  z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema;

const bodiesOf = ({ body }: Endpoint): z.ZodType[] => {
  if (!body) return [];
  return isRaw(body) ? Object.values(body.raw) : [body];
};
const inputsOf = (endpoint: Endpoint) =>
  [endpoint.params, endpoint.query, ...bodiesOf(endpoint)].flatMap((schema) =>
    schema ? [jsonSchema(schema, 'input')] : [],
  );
const outputsOf = ({ response }: Endpoint) =>
  Object.values(response).flatMap((answer) => {
    const { json, lines, events = {} } = contentOf(answer);
    return [json, lines, ...Object.values(events)].flatMap((schema) => (schema ? [jsonSchema(schema, 'output')] : []));
  });

/** What others define: an outcome has members of its own, a tool is described as its provider does, a CloudEvent may carry
 *  extensions, OTLP grows. */
const open =
  /^(?:report(?:Call)?Outcome|recordTraces) $|^recordEvents (\/\*)?$|\/(outcome|tools|tools_available)(\/|$)/;

describe('an endpoint', () => {
  it('has an id, and a method and path, of its own', () => {
    const ids = endpoints.map(({ id }) => id);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    const routes = routeTable.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '{}')}`);
    expect(routes.filter((route, index) => routes.indexOf(route) !== index)).toEqual([]);
  });

  it('declares each parameter of its path', () => {
    for (const { id, path, params } of endpoints)
      expect({ id, params: Object.keys(params?.shape ?? {}) }).toEqual({ id, params: pathParameters(path) });
  });

  it('takes no member that it does not know, at any level', () => {
    const loose = endpoints.flatMap((endpoint) =>
      inputsOf(endpoint)
        .flatMap((schema) => objectsIn(schema))
        .filter(([, { additionalProperties }]) => additionalProperties !== false)
        .map(([path]) => `${endpoint.id} ${path}`)
        .filter((place) => !open.test(place)),
    );
    expect(loose).toEqual([]);
  });

  it('describes every member of what it takes and gives', () => {
    const bare = endpoints.flatMap((endpoint) =>
      [...inputsOf(endpoint), ...outputsOf(endpoint)]
        .flatMap((schema) => objectsIn(schema))
        .flatMap(([path, { properties = {} }]) =>
          Object.entries(properties)
            .filter(([, member]) => !member.description)
            .map(([name]) => `${endpoint.id} ${path}/${name}`),
        ),
    );
    expect([...new Set(bare)]).toEqual([]);
  });

  it('gives a URL with its parameters and query percent-encoded, and leaves out what is undefined', () => {
    const read: Endpoint = {
      id: 'read',
      owner: 'curation',
      method: 'GET',
      path: '/things/{name}/parts/{part}:read',
      scope: 'public',
      summary: 'Read',
      response: { 200: null },
      errors: [],
    };
    const address = { params: { name: 'a/b', part: 'ü' }, query: { q: 'x y&z', absent: undefined, n: 1 } } as never;
    expect(urlOf(read, address)).toBe('/things/a%2Fb/parts/%C3%BC:read?q=x+y%26z&n=1');
  });
});
