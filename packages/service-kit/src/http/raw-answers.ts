import { STATUS_CODES } from 'node:http';
import { errors, type ErrorCode } from '@retort/kernel';
import { problemMediaType, problemType } from './problem.ts';

/** Answers to what never became a request, as they stand on the wire; the connection ends with them. */
export const rawAnswers = {
  malformed: rawProblem('request.malformed', 'This is not a valid HTTP request.'),
  incomplete: rawProblem('request.incomplete', 'The request did not arrive in full in time.'),
  headersTooLarge: rawProblem('request.headers-too-large', 'The header fields are larger than the platform takes.'),
};

/** By the code that Node gives the error of a connection. */
export function rawAnswerTo(error: Error): string {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return rawAnswers.incomplete;
  if (code === 'HPE_HEADER_OVERFLOW') return rawAnswers.headersTooLarge;
  return rawAnswers.malformed;
}

function rawProblem(code: ErrorCode, detail: string): string {
  const { status } = errors[code];
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: problemType(code), title, status, detail });
  return [
    `HTTP/1.1 ${status} ${title}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
