import type { ProductName, productRowsQuery } from '@retort/contracts';
import { fault, isFault, type JsonObject } from '@retort/kernel';
import { decodeCursor, encodeCursor, type BoundClient, type ServiceClient, type Trace } from '@retort/service-kit';
import { z } from 'zod';
import { isVersioned, momentsOf, streams, type RowList } from '../domain/product.ts';
import { products } from '../domain/products.ts';
import type { Versions } from './versions.ts';

type Query = z.infer<typeof productRowsQuery>;

export interface RowRequest {
  tenant: string;
  trace: Trace;
  product: ProductName;
  query: Query;
}

/** What the owner is asked for. */
interface OwnerRequest {
  endpoint: RowList;
  version: string | null;
  query: Record<string, string | undefined>;
}

const place = z.object({ version: z.string().nullable(), owner: z.string() });

/** Rows of a product, read from the service that owns them. A cursor pins the version its first page was read from.
 *  @throws `catalog.no-version` (404), `catalog.not-versioned` (400), `catalog.owner-missing` (502), and what the owner
 *          refuses with */
export function productRows(versions: Versions, http: ServiceClient) {
  async function resolve({ tenant, product, query }: RowRequest, pinned: string | null): Promise<OwnerRequest> {
    const { endpoint, query: narrowed } = products[product].rows;
    const moments = Object.fromEntries(momentsOf(endpoint).map((moment) => [moment, query[moment]]));
    const version = isVersioned(endpoint)
      ? (pinned ?? query.version ?? (await newest(versions, { tenant, product, query })))
      : unversioned(query);
    return { endpoint, version, query: { ...narrowed, ...moments } };
  }

  return {
    async page(request: RowRequest) {
      const { tenant, trace, product, query } = request;
      const { limit, cursor, ...narrowed } = query;
      const bound = { product, ...narrowed };
      const resumed =
        cursor === undefined ? null : decodeCursor({ cursor, query: bound, after: place, namespace: 'catalog' });
      const asked = await resolve(request, resumed?.version ?? null);
      const { data, next_cursor } = await pageOfOwner(http.as(tenant, trace), asked, { limit, cursor: resumed?.owner });
      const { version } = asked;
      const next = next_cursor ? encodeCursor({ query: bound, after: { version, owner: next_cursor } }) : null;
      return { product, version, data, next_cursor: next, has_more: next !== null };
    },

    /** All rows, as their owner streams them or a page after the other. */
    async all(request: RowRequest): Promise<AsyncIterable<JsonObject>> {
      const asked = await resolve(request, null);
      const client = http.as(request.tenant, request.trace);
      return streams(asked.endpoint) ? linesOfOwner(client, asked) : pagesOfOwner(client, asked);
    },
  };
}

async function pageOfOwner(
  client: BoundClient,
  { endpoint, version, query }: OwnerRequest,
  page: { limit: number; cursor: string | undefined },
): Promise<{ data: JsonObject[]; next_cursor: string | null }> {
  // Which parameters the path has is known when the program runs, not when it is compiled.
  const request = { params: { version }, query: { ...query, ...page } } as never;
  const { data, next_cursor } = await client.call(endpoint, request).catch((error: unknown) => {
    throw ownersFault(error);
  });
  return { data: data as JsonObject[], next_cursor };
}

async function* pagesOfOwner(client: BoundClient, asked: OwnerRequest): AsyncGenerator<JsonObject> {
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await pageOfOwner(client, asked, { limit: 1000, cursor });
    yield* data;
    cursor = next_cursor ?? undefined;
  } while (cursor !== undefined);
}

async function* linesOfOwner(
  client: BoundClient,
  { endpoint, version, query }: OwnerRequest,
): AsyncGenerator<JsonObject> {
  try {
    for await (const row of client.uncheckedLines(endpoint, { params: { version }, query } as never))
      yield row as JsonObject;
  } catch (error) {
    throw ownersFault(error);
  }
}

async function newest(
  versions: Versions,
  { tenant, product, query }: Pick<RowRequest, 'tenant' | 'product' | 'query'>,
): Promise<string> {
  const found = await versions.newest({ tenant, product }, query.recorded_as_of ?? query.as_of ?? null);
  if (found !== null) return found;
  throw fault('catalog.no-version', { public: 'This product has no version yet.' });
}

function unversioned({ version }: Query): null {
  if (version === undefined) return null;
  const message = 'The rows of this product are not divided into versions.';
  throw fault('catalog.not-versioned', { public: message, errors: [{ pointer: '/version', message }] });
}

/** A path that nobody serves is the platform's gap, not the caller's mistake. */
function ownersFault(error: unknown): unknown {
  if (!isFault(error, 'request.not-found')) return error;
  return fault('catalog.owner-missing', {
    public: 'The service that owns these rows does not serve them here.',
    cause: error,
  });
}
