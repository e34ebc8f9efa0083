import { canonicalJson, digestOfJson, fault, type ListArea } from '@retort/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';

/** An opaque cursor: where a list goes on (`after`), bound to the query it was made for (filters and sort, without
 *  cursor and limit), with a checksum over both. Put nothing into it that its holder may not see, and believe nothing in it
 *  that its schema does not check: the checksum is no signature, anybody can make one. */
export function encodeCursor({ query, after }: { query: unknown; after: unknown }): string {
  return Buffer.from(canonicalJson({ a: after, q: fingerprint(query), c: fingerprint(after) })).toString('base64url');
}

/** @throws `<namespace>.cursor-invalid` (400) when it is malformed, `<namespace>.cursor-mismatch` (400) when it
 *          belongs to another query */
export function decodeCursor<Schema extends z.ZodType>(options: {
  cursor: string;
  query: unknown;
  after: Schema;
  /** First part of the fault's code, e.g. `catalog`. */
  namespace: ListArea;
}): z.infer<Schema> {
  const { cursor, query, after, namespace } = options;
  const refuse = (what: 'cursor-invalid' | 'cursor-mismatch', message: string) =>
    fault(`${namespace}.${what}`, {
      public: message,
      errors: [{ pointer: '/cursor', message }],
    });
  const content = contentOf(cursor);
  const parsed = after.safeParse(content?.a);
  if (!content || content.c !== fingerprint(content.a) || !parsed.success)
    throw refuse('cursor-invalid', 'The cursor is malformed. Use `next_cursor` of the previous page.');
  if (content.q !== fingerprint(query)) throw refuse('cursor-mismatch', 'This cursor belongs to another query.');
  return parsed.data;
}

/** `Link: <…>; rel="next"` (RFC 8288) for the page after this one. */
export function linkToNext(request: FastifyRequest, reply: FastifyReply, cursor: string | null): void {
  if (cursor === null) return;
  const [path, search = ''] = request.url.split('?', 2);
  const parameters = new URLSearchParams(search);
  parameters.set('cursor', cursor);
  reply.header('link', `<${path}?${parameters}>; rel="next"`);
}

function fingerprint(value: unknown): string {
  return digestOfJson(value ?? null).slice('sha256:'.length, 'sha256:'.length + 16);
}

/** No text of a table holds one, and Postgres takes none. */
function refuseNul(_key: string, value: unknown): unknown {
  if (typeof value === 'string' && value.includes('\0')) throw new SyntaxError('a text holds a NUL character');
  return value;
}

function contentOf(cursor: string): { a?: unknown; q?: unknown; c?: unknown } | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString(), refuseNul);
    return typeof value === 'object' && value !== null ? value : null;
  } catch {
    return null;
  }
}
