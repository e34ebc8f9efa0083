import { unstorablePath } from '@retort/kernel';
import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
import { InvalidRequest } from './problem.ts';

const places = { body: 'body', querystring: 'query', params: 'path', headers: 'headers' } as const;

/** Checks what comes in against the route's zod schemas; handlers receive what the schema made of it. */
export const validateRequest: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  const place = places[(httpPart ?? 'body') as keyof typeof places];
  return (input: unknown) => {
    const result = schema.safeParse(input);
    if (!result.success) return { error: new InvalidRequest(place, result.error, schema) };
    // What is refused by the database after its event is in the log can never be taken back.
    const path = unstorablePath(result.data);
    if (path === null) return { value: result.data };
    const message = 'holds a NUL character, half of a surrogate pair or a member __proto__';
    return { error: new InvalidRequest(place, new z.ZodError([{ code: 'custom', path, message, input }]), schema) };
  };
};
