import type { ErrorCode } from '@retort/kernel';
import type { z } from 'zod';
import type { Owner } from './owners.ts';
import type { Scope } from './scopes.ts';

/** What every path of the native API begins with. */
export const apiBase = '/api/v1';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** The forms an answer comes in. The first that is named is given to whoever accepts any. */
export interface Content {
  json?: z.ZodType;
  /** `application/x-ndjson`: a value of this schema a line. */
  lines?: z.ZodType;
  /** `text/event-stream`: event name → schema of its data. */
  events?: Readonly<Record<string, z.ZodType>>;
  /** Media types of an answer that is not JSON. */
  bytes?: readonly string[];
  /** What the status means here. */
  description?: string;
}

/** A schema is JSON; null is no body. */
export type ResponseBody = z.ZodType | Content | null;

/** A body that the service parses itself, by media type. */
export interface RawBody {
  raw: Readonly<Record<string, z.ZodType>>;
}

/** One route, said once: the server's mount, the typed client, OpenAPI, the edge's table and test stubs come from it. */
export interface Endpoint {
  /** Unique; OpenAPI's operationId. */
  id: string;
  owner: Owner;
  method: Method;
  /** As OpenAPI writes it: `/api/v1/curation-runs/{run_id}:cancel`. */
  path: string;
  /** Where it stood in an earlier release: answered as well, and not described any more. */
  formerPath?: string;
  /** The administrative action it stands for: a request is put on record before it is carried out. With `lines` only where
   *  the whole is asked for as NDJSON. */
  audited?: string | { lines: string };
  /** What the caller's key must carry. */
  scope: Scope | 'public';
  /** `upstream`: the header Authorization is for a provider behind the service, which may hand on what it answers. The key
   *  of the platform stands in `x-retort-key` or `x-api-key`. */
  authorization?: 'upstream';
  summary: string;
  description?: string;
  /** One member for each `{name}` of the path. */
  params?: z.ZodObject;
  query?: z.ZodObject;
  headers?: z.ZodObject;
  body?: z.ZodType | RawBody;
  response: Readonly<Record<number, ResponseBody>>;
  /** What the service refuses with; what any resource may answer (access, validation) goes without saying. */
  errors: readonly ErrorCode[];
}

/** Gives a declaration its types; it runs nothing. */
export function endpoint<const Declared extends Endpoint>(declared: Declared): Declared {
  return declared;
}

export function isRaw(body: z.ZodType | RawBody): body is RawBody {
  return 'raw' in body;
}

/** The forms of an answer. */
export function contentOf(body: ResponseBody): Content {
  if (body === null) return {};
  return isSchema(body) ? { json: body } : body;
}

/** Schemas carry `_zod`; the contents of an answer do not. */
function isSchema(body: z.ZodType | Content): body is z.ZodType {
  return '_zod' in body;
}

/** Handler's side of a part of a request: as the schema gives it. */
type Parsed<Part> = Part extends z.ZodType ? z.output<Part> : undefined;
type MemberOf<Declared, Name extends string> = Declared extends { [Key in Name]: infer Part } ? Part : undefined;

export type ParamsOf<E extends Endpoint> = Parsed<MemberOf<E, 'params'>>;
export type QueryOf<E extends Endpoint> = Parsed<MemberOf<E, 'query'>>;
export type HeadersOf<E extends Endpoint> = Parsed<MemberOf<E, 'headers'>>;
/** Raw bodies reach the handler as bytes. */
export type BodyOf<E extends Endpoint> =
  MemberOf<E, 'body'> extends infer Body ? (Body extends RawBody ? Uint8Array : Parsed<Body>) : never;

/** Caller's side: as the schema takes it. What may be absent may be left out. */
type Given<Name extends string, Part> = Part extends z.ZodType
  ? undefined extends z.input<Part>
    ? { [Key in Name]?: z.input<Part> }
    : Record<never, never> extends z.input<Part>
      ? { [Key in Name]?: z.input<Part> }
      : { [Key in Name]: z.input<Part> }
  : { [Key in Name]?: undefined };
type JsonBody<Body> = Body extends { raw: { 'application/json': infer Schema } } ? Schema : Body;

export type Address<E extends Endpoint> = Given<'params', MemberOf<E, 'params'>> & Given<'query', MemberOf<E, 'query'>>;
export type RequestOf<E extends Endpoint> = Address<E> & Given<'body', JsonBody<MemberOf<E, 'body'>>>;

type SchemaOf<Body, Form extends keyof Content> = Body extends z.ZodType
  ? Form extends 'json'
    ? Body
    : never
  : Body extends { [Key in Form]: infer Schema }
    ? Schema
    : never;
/** Status → JSON schema of its answer; null where there is no body. */
export type JsonSchemas<E extends Endpoint> = {
  [Status in keyof E['response']]: E['response'][Status] extends null ? null : SchemaOf<E['response'][Status], 'json'>;
};
type OutputOf<Schema> = Schema extends z.ZodType ? z.output<Schema> : never;
/** The JSON answer as the client gives it. */
export type AnswerOf<E extends Endpoint> = OutputOf<JsonSchemas<E>[keyof E['response']]>;
/** A line of the NDJSON answer. */
export type LineOf<E extends Endpoint> = OutputOf<SchemaOf<E['response'][keyof E['response']], 'lines'>>;

/** The names in a path, in their order.
 *  @public */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Path and query of a call, percent-encoded. */
export function urlOf<E extends Endpoint>(endpoint: E, ...[address]: OptionalArgument<Address<E>>): string {
  const { params, query } = (address ?? {}) as { params?: Record<string, unknown>; query?: object };
  const path = segmentsOf(endpoint.path)
    .map((segment, index) => (index % 2 === 0 ? segment : encodeURIComponent(String(params?.[segment]))))
    .join('');
  if (query === undefined) return path;
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, String(value)]],
    ),
  );
  return search.size === 0 ? path : `${path}?${search}`;
}

const segments = new Map<string, readonly string[]>();

/** Literal and name by turns. An answer carries a path: it is taken apart once. */
function segmentsOf(path: string): readonly string[] {
  const known = segments.get(path);
  if (known) return known;
  const split = path.split(/\{(\w+)\}/);
  segments.set(path, split);
  return split;
}

/** An argument that may be left out when all its members may. */
export type OptionalArgument<Argument> = Record<never, never> extends Argument ? [argument?: Argument] : [Argument];
