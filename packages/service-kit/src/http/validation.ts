import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { InvalidRequest } from './problem.ts';

const places = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' } as const;

/** Checks what comes in against the route's zod schemas; handlers receive what the schema made of it. */
export const validateRequest: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const place = places[(httpPart ?? 'body') as keyof typeof places];
  return (input: unknown) => {
    const result = schema.safeParse(input);
    return result.success ? { value: result.data } : { error: new InvalidRequest(place, result.error, schema) };
  };
};
