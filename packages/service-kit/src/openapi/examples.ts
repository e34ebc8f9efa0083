/** A JSON Schema, as far as an example needs it. */
export interface JsonSchema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  examples?: unknown[];
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  minimum?: number;
  exclusiveMinimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  minItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  additionalProperties?: JsonSchema | boolean;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
}

interface Media {
  schema?: JsonSchema;
  example?: unknown;
}
interface Operation {
  operationId: string;
  parameters?: { name: string; in: string; required?: boolean; description?: string; schema: JsonSchema }[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}
export interface OpenApiDocument {
  openapi: string;
  info: object;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas?: Record<string, JsonSchema> };
}

/** Gives every body one example: the schema's own where it has one, else put together from those of its members. A parameter that
 *  may be absent has none: `/docs` would send it, and `as_of` some earlier day finds nothing. */
export function withExamples(document: OpenApiDocument): OpenApiDocument {
  const components = document.components.schemas ?? {};
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  for (const parameter of operations.flatMap(({ parameters = [] }) => parameters)) {
    const { examples: _, ...schema } = parameter.schema;
    if (parameter.required !== true) parameter.schema = schema;
  }
  const bodies = operations.flatMap(({ requestBody, responses }) => [
    ...(requestBody ? [requestBody] : []),
    ...Object.values(responses),
  ]);
  for (const { content = {} } of bodies)
    for (const [mediaType, media] of Object.entries(content))
      if (media.schema && /json/.test(mediaType)) media.example = exampleOf(media.schema, components);
  return document;
}

/** A value that satisfies the schema. */
export function exampleOf(schema: JsonSchema, components: Record<string, JsonSchema>): unknown {
  if (schema.$ref !== undefined) return exampleOf(components[schema.$ref.split('/').at(-1)!] ?? {}, components);
  for (const own of [schema.examples?.[0], schema.const, schema.default, schema.enum?.[0]])
    if (own !== undefined) return own;
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) return exampleOf(branches[0]!, components);
  if (schema.allOf) return Object.assign({}, ...schema.allOf.map((part) => exampleOf(part, components)));
  switch ([schema.type].flat()[0]) {
    case 'object':
      return objectExample(schema, components);
    case 'array':
      return schema.prefixItems
        ? schema.prefixItems.map((item) => exampleOf(item, components))
        : [exampleOf(schema.items ?? {}, components)];
    case 'integer':
      return Math.max(schema.minimum ?? 1, (schema.exclusiveMinimum ?? 0) + 1);
    case 'number':
      return numberExample(schema);
    case 'boolean':
      return true;
    case 'string':
      return stringExample(schema);
    default:
      return {};
  }
}

function objectExample({ properties = {}, additionalProperties: others }: JsonSchema, components: Components) {
  const members = Object.entries(properties).map(([name, member]) => [name, exampleOf(member, components)] as const);
  if (members.length > 0 || typeof others !== 'object') return Object.fromEntries(members);
  return { name: exampleOf(others, components) };
}
type Components = Record<string, JsonSchema>;

/** In the middle of what is allowed, which its ends may not be. */
function numberExample({ minimum, exclusiveMinimum, maximum, exclusiveMaximum }: JsonSchema): number {
  const low = minimum ?? exclusiveMinimum ?? 0;
  return (low + (maximum ?? exclusiveMaximum ?? low + 1)) / 2;
}

function stringExample({ format, minLength = 0 }: JsonSchema): string {
  if (format === 'date-time') return '2026-01-31T12:00:00.000Z';
  if (format === 'uuid') return '0f8fad5b-d9cb-469f-a165-70867728950e';
  return 'text'.padEnd(minLength, '.');
}
