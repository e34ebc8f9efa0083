import { isUtf8 } from 'node:buffer';
import { fault } from '@retort/kernel';

/** @throws `decisions.malformed-json` (400) when the body is empty or not UTF-8 */
export function textOf(body: unknown): string {
  if (!Buffer.isBuffer(body) || body.length === 0) throw malformed('The body is empty.');
  if (!isUtf8(body)) throw malformed('The body is not UTF-8.');
  return body.toString('utf8');
}

function malformed(message: string) {
  return fault('decisions.malformed-json', {
    public: message,
    errors: [{ pointer: '', message }],
  });
}
