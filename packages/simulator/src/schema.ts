import type { JsonObject } from '@retort/kernel';

/** The few JSON Schemas tools are made of, and how a tool's parameters are put together from them. */
export const words: JsonObject = { type: 'string', minLength: 1 };
export const amount: JsonObject = { type: 'number', exclusiveMinimum: 0 };
export const date: JsonObject = { type: 'string', format: 'date' };

export function id(prefix: string): JsonObject {
  return { type: 'string', pattern: `^${prefix}-[0-9]{5}$` };
}

export function oneOf(...values: string[]): JsonObject {
  return { type: 'string', enum: values };
}

export function integer(minimum: number, maximum: number): JsonObject {
  return { type: 'integer', minimum, maximum };
}

export function number(minimum: number, maximum: number): JsonObject {
  return { type: 'number', minimum, maximum };
}

/** An object schema; a name that ends in `?` is optional: `{ loan_id: id('LN'), 'note?': words }`. */
export function parametersSchema(members: Readonly<Record<string, JsonObject>>): JsonObject {
  const properties: JsonObject = {};
  const required: string[] = [];
  for (const [name, schema] of Object.entries(members)) {
    if (name.endsWith('?')) properties[name.slice(0, -1)] = schema;
    else {
      properties[name] = schema;
      required.push(name);
    }
  }
  return { type: 'object', properties, required, additionalProperties: false };
}
