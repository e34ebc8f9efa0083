import type { ProductName, productRowsQuery } from '@retort/contracts';
import { fault, isFault, type ErrorCode } from '@retort/kernel';
import type { Queryable } from '@retort/postgres';
import { decodeCursor, encodeCursor, type ServiceClient, type Trace } from '@retort/service-kit';
import { z } from 'zod';
import { latestVersion } from '../adapters/versions.ts';
import { products } from '../domain/products.ts';

type Query = z.infer<typeof productRowsQuery>;

export interface RowRequest {
  tenant: string;
  trace: Trace;
  product: ProductName;
  query: Query;
}

const ownerPage = z.looseObject({ data: z.array(z.json()), next_cursor: z.string().nullish() });
const place = z.object({ version: z.string().nullable(), owner: z.string() });

/** Rows of a product, read from the service that owns them. A cursor pins the version its first page was read from.
 *  @throws `catalog.no-version`, `catalog.no-such-version` (404), `catalog.not-versioned` (400), `catalog.owner-missing`
 *          (502) */
export function productRows(database: Queryable, http: ServiceClient) {
  async function resolve({ tenant, product, query }: RowRequest, pinned: string | null) {
    const { path, moments, ...source } = products[product].rows;
    const asked = { ...source.query, ...Object.fromEntries(moments.map((moment) => [moment, query[moment]])) };
    if (typeof path === 'string') return { ...source, version: unversioned(query), path, asked };
    const version = pinned ?? (await versionAsked(database, { tenant, product, query }));
    return { ...source, version, path: path(version), asked };
  }

  return {
    async page(request: RowRequest) {
      const { tenant, trace, product, query } = request;
      const { limit, cursor, ...asked } = query;
      const bound = { product, ...asked };
      const resumed =
        cursor === undefined ? null : decodeCursor({ cursor, query: bound, after: place, room: 'catalog' });
      const { version, path, asked: owned } = await resolve(request, resumed?.version ?? null);
      const { data, next_cursor } = await fromOwner(() =>
        http.as(tenant, trace).get(path, ownerPage, {
          query: { ...owned, limit, cursor: resumed?.owner },
        }),
      );
      const next = next_cursor ? encodeCursor({ query: bound, after: { version, owner: next_cursor } }) : null;
      return { product, version, data, next_cursor: next, has_more: next !== null };
    },

    /** All rows as NDJSON. What the owner refuses is refused here before the answer begins. */
    async lines(request: RowRequest): Promise<AsyncIterable<string>> {
      const { path, streams, asked } = await resolve(request, null);
      const client = http.as(request.tenant, request.trace);
      const rows = streams
        ? client.linesOf(path, { query: asked })
        : rowsOfPages((cursor) => client.get(path, ownerPage, { query: { ...asked, limit: 1000, cursor } }));
      const iterator = rows[Symbol.asyncIterator]();
      const first = await fromOwner(() => iterator.next());
      return textOf(iterator, first);
    },
  };
}

async function* rowsOfPages(
  read: (cursor: string | undefined) => Promise<z.infer<typeof ownerPage>>,
): AsyncGenerator<unknown> {
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await read(cursor);
    yield* data;
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
}

const piece = 200;

async function* textOf(iterator: AsyncIterator<unknown>, first: IteratorResult<unknown>): AsyncGenerator<string> {
  let pending: string[] = [];
  try {
    for (let next = first; !next.done; next = await iterator.next()) {
      pending.push(`${JSON.stringify(next.value)}\n`);
      if (pending.length < piece) continue;
      yield pending.join('');
      pending = [];
    }
    if (pending.length > 0) yield pending.join('');
  } finally {
    await iterator.return?.();
  }
}

async function versionAsked(
  database: Queryable,
  { tenant, product, query }: Pick<RowRequest, 'tenant' | 'product' | 'query'>,
): Promise<string> {
  if (query.version !== undefined) return query.version;
  const latest = await latestVersion(database, { tenant, product }, query.recorded_as_of ?? query.as_of ?? null);
  if (latest !== null) return latest;
  throw fault('catalog.no-version', { public: 'This product has no version yet.' });
}

function unversioned({ version }: Query): null {
  if (version === undefined) return null;
  throw refuse('catalog.not-versioned', 'The rows of this product are not divided into versions.', '/version');
}

function refuse(code: ErrorCode, message: string, pointer: string): Error {
  return fault(code, { public: message, errors: [{ pointer, message }] });
}

/** A path that nobody serves is the platform's gap, not the caller's mistake. */
async function fromOwner<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!isFault(error, 'request.not-found')) throw error;
    throw fault('catalog.owner-missing', {
      public: 'The service that owns these rows does not serve them here.',
      cause: error,
    });
  }
}
