import type { IncomingHttpHeaders } from 'node:http';
import { fault } from '@retort/kernel';

/** The caller's `Idempotency-Key`: a request without an id of its own takes it as its identity, so that the same key
 *  again is the same request.
 *  @throws `decisions.invalid-idempotency-key` (400) */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,200}$/.test(key)) return key;
  throw fault('decisions.invalid-idempotency-key', {
    status: 400,
    retriable: false,
    public: 'Idempotency-Key takes 1 to 200 visible ASCII characters.',
  });
}
