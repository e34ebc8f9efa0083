import { STATUS_CODES } from 'node:http';
import { errors as registry, fault, isErrorCode, isFault, type ErrorCode, type Fault } from '@retort/kernel';
import { pointersOf, type Problem } from '@retort/contracts';
import type { z } from 'zod';
import { errorPagePath } from './error-page.ts';

export interface RenderedProblem {
  code: string;
  status: number;
  headers: Record<string, string>;
  body: Problem;
}

const problemPrefix = `${errorPagePath}#`;
export const problemMediaType = 'application/problem+json';

/** `/errors#decisions.tool-not-offered` ⇄ `decisions.tool-not-offered`: a reference to where the code is explained. */
export function problemType(code: string): string {
  return `${problemPrefix}${code}`;
}
export function codeOfProblem(type: string): string | undefined {
  return type.startsWith(problemPrefix) ? type.slice(problemPrefix.length) : undefined;
}

/** What any error looks like to a caller (RFC 9457). What is not a fault, a schema violation or a known complaint of
 *  the HTTP layer becomes a bare 500: no internal detail leaks. */
export function renderProblem(error: unknown, request: { id: string; url: string }): RenderedProblem {
  const { code, detail } = faultOf(error);
  const { status, errors = [], retryAfter } = detail;
  const body: Problem = {
    type: problemType(code),
    title: isErrorCode(code) ? registry[code].title : (STATUS_CODES[status] ?? 'Error'),
    status,
    detail: detail.public,
    instance: request.url.split('?', 1)[0]!,
    request_id: request.id,
    ...(errors.length > 0 ? { errors: [...errors] } : {}),
  };
  const headers: Record<string, string> = { 'content-type': problemMediaType };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  return { code, status, headers, body };
}

function faultOf(error: unknown): Fault {
  if (isFault(error)) return error;
  if (error instanceof InvalidRequest)
    return fault(`request.invalid-${error.place}`, {
      public: `${placeNames[error.place]} does not satisfy its schema.`,
      errors: pointersOf(error.violation, error.schema),
    });
  if (error instanceof Error && 'code' in error) {
    const known = transportErrors[String(error.code)];
    if (known) return fault(known[0], { public: known[1] });
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return fault('request.malformed-json', { public: `The body is not valid JSON${whereOf(error)}.` });
  return fault('internal', { public: 'Something went wrong on our side; the request id names it.' });
}

const transportErrors: Record<string, [code: ErrorCode, detail: string]> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'request.unsupported-media-type',
    'This resource does not take bodies of this content type.',
  ],
  FST_ERR_CTP_BODY_TOO_LARGE: ['request.body-too-large', 'The body is larger than this resource takes.'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['request.malformed-json', 'The body is empty.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['request.malformed-json', 'The body is not valid JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'request.invalid-content-length',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_BAD_URL: ['request.malformed-url', 'The path is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['request.not-found', 'There is nothing at this path.'],
};

/** Where the parser stopped; its message would also quote the body. */
function whereOf(error: SyntaxError): string {
  const position = /at position (\d+)/.exec(error.message)?.[1];
  return position === undefined ? '' : ` (it breaks at character ${position})`;
}

const placeNames = {
  body: 'The body',
  query: 'The query string',
  path: 'The path',
  headers: 'A header',
} as const;

/** A request that does not satisfy its route's schema. */
export class InvalidRequest extends Error {
  override readonly name = 'InvalidRequest';
  readonly place: keyof typeof placeNames;
  readonly violation: z.core.$ZodError;
  readonly schema: z.ZodType | undefined;
  constructor(place: keyof typeof placeNames, violation: z.core.$ZodError, schema?: z.ZodType) {
    super(`invalid ${place}`);
    this.place = place;
    this.violation = violation;
    this.schema = schema;
  }
}
