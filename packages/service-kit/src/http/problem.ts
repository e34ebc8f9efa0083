import { STATUS_CODES } from 'node:http';
import { isFault, toPointer, type FaultPointer } from '@retort/kernel';
import type { Problem } from '@retort/contracts';
import { isResponseSerializationError } from 'fastify-type-provider-zod';
import type { z } from 'zod';

export interface RenderedProblem {
  code: string;
  status: number;
  headers: Record<string, string>;
  body: Problem;
}

const problemPrefix = 'urn:retort:problem:';
export const problemMediaType = 'application/problem+json';

/** `urn:retort:problem:decisions.tool-not-offered` ⇄ `decisions.tool-not-offered`. */
export function problemType(code: string): string {
  return `${problemPrefix}${code}`;
}
export function codeOfProblem(type: string): string | undefined {
  return type.startsWith(problemPrefix) ? type.slice(problemPrefix.length) : undefined;
}

/** What any error looks like to a caller (RFC 9457). What is not a fault, a schema violation or a known complaint of
 *  the HTTP layer becomes a bare 500: nothing of its inside is told. */
export function renderProblem(error: unknown, request: { id: string; url: string }): RenderedProblem {
  const { code, status, detail, errors, retryAfter } = explain(error);
  const body: Problem = {
    type: problemType(code),
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail,
    instance: request.url.split('?', 1)[0]!,
    request_id: request.id,
    ...(errors && errors.length > 0 ? { errors: [...errors] } : {}),
  };
  const headers: Record<string, string> = { 'content-type': problemMediaType };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  return { code, status, headers, body };
}

interface Explanation {
  code: string;
  status: number;
  detail: string;
  errors?: readonly FaultPointer[] | undefined;
  retryAfter?: number | undefined;
}

function explain(error: unknown): Explanation {
  if (isFault(error))
    return {
      code: error.code,
      status: error.detail.status,
      detail: error.detail.public,
      errors: error.detail.errors,
      retryAfter: error.detail.retryAfter,
    };
  if (error instanceof InvalidRequest)
    return {
      code: `request.invalid-${error.place}`,
      status: 400,
      detail: `${placeNames[error.place]} does not satisfy its schema.`,
      errors: pointersOf(error.violation),
    };
  if (!isResponseSerializationError(error) && error instanceof Error && 'code' in error) {
    const known = transportErrors[String(error.code)];
    if (known) return known;
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400)
    return { code: 'request.malformed-json', status: 400, detail: `The body is not valid JSON${whereOf(error)}.` };
  return { code: 'internal', status: 500, detail: 'Something went wrong on our side; the request id names it.' };
}

const transportErrors: Record<string, Explanation> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'request.unsupported-media-type',
    status: 415,
    detail: 'This resource does not take bodies of this content type.',
  },
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: 'request.body-too-large',
    status: 413,
    detail: 'The body is larger than this resource takes.',
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: { code: 'request.malformed-json', status: 400, detail: 'The body is empty.' },
  FST_ERR_CTP_INVALID_JSON_BODY: { code: 'request.malformed-json', status: 400, detail: 'The body is not valid JSON.' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: {
    code: 'request.invalid-content-length',
    status: 400,
    detail: 'The body is not as long as Content-Length says.',
  },
  FST_ERR_BAD_URL: { code: 'request.malformed-url', status: 400, detail: 'The path is not a valid URL.' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'request.not-found', status: 404, detail: 'There is nothing at this path.' },
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
  constructor(place: keyof typeof placeNames, violation: z.core.$ZodError) {
    super(`invalid ${place}`);
    this.place = place;
    this.violation = violation;
  }
}

/** One pointer per violated field, at most fifty. Of a union, the branch that came closest speaks. */
export function pointersOf(violation: z.core.$ZodError): FaultPointer[] {
  return violation.issues.flatMap((issue) => pointersOfIssue(issue, [])).slice(0, 50);
}

function pointersOfIssue(issue: z.core.$ZodIssue, prefix: readonly PropertyKey[]): FaultPointer[] {
  const path = [...prefix, ...issue.path];
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const closest = issue.errors.reduce((best, branch) => (depthOf(branch) > depthOf(best) ? branch : best));
    if (depthOf(closest) > 0) return closest.flatMap((inner) => pointersOfIssue(inner, path));
  }
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: toPointer([...path, key]), message: 'Unrecognized key' }));
  return [{ pointer: toPointer(path), message: issue.message }];
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length));
}
