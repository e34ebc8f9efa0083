import {
  contentOf,
  pathParameters,
  type DataProduct,
  type Endpoint,
  type EventData,
  type EventType,
  type Measured,
} from '@retort/contracts';
import type { JsonObject } from '@retort/kernel';
import { z } from 'zod';

/** A data product in one record: what it holds, which list its rows are read from, which event announces its versions. */
export interface Product {
  about: Omit<DataProduct, 'name' | 'schema' | 'latest_version' | 'retention_days'>;
  rows: RowSource;
  /** Absent where no event announces versions. */
  versions?: VersionSource;
}

/** Where a product's rows are read: a list of the service that owns them. Its declaration says what a row is, whether rows
 *  belong to a version, to which moments the owner goes back, and whether it streams. */
export interface RowSource {
  endpoint: RowList;
  /** Narrows the list to the product. */
  query?: Record<string, string>;
}
export interface RowList extends Endpoint {
  query: z.ZodObject;
  response: { 200: z.ZodType<RowPage> | { json: z.ZodType<RowPage> } };
}
export interface RowPage {
  data: object[];
  next_cursor: string | null;
}

/** A version of a product as an event announces it. */
export interface AnnouncedVersion {
  version: string;
  digest: string | null;
  rows: number | null;
  quality: Record<string, Measured>;
}

export interface VersionSource<Type extends EventType = EventType> {
  event: Type;
  announced(data: EventData<Type>): AnnouncedVersion;
}

export function announcedBy<Type extends EventType>(
  event: Type,
  announced: (data: EventData<Type>) => AnnouncedVersion,
): VersionSource<Type> {
  return { event, announced };
}

export const moments = ['as_of', 'recorded_as_of'] as const;
export type Moment = (typeof moments)[number];

/** The moments of time that the owner goes back to. */
export function momentsOf({ query }: RowList): Moment[] {
  return moments.filter((moment) => moment in query.shape);
}

export function isVersioned({ path }: RowList): boolean {
  return pathParameters(path).includes('version');
}

export function streams({ response }: RowList): boolean {
  return contentOf(response[200]).lines !== undefined;
}

/** JSON Schema of a row.
 *  @throws Error when the endpoint answers with no page */
export function rowSchema({ id, response }: RowList): JsonObject {
  const { json } = contentOf(response[200]);
  const data: unknown = json instanceof z.ZodObject ? json.shape['data'] : undefined;
  if (!(data instanceof z.ZodArray)) throw new Error(`${id} answers with no page of rows`);
  return z.toJSONSchema(data.element as z.ZodType, { io: 'output', unrepresentable: 'any' }) as JsonObject;
}
