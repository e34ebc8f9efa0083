import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestsOf } from '../src/kafka/message-size.ts';

const message = (length: number, index: number) => ({
  key: `key-${index}`,
  value: 'ü'.repeat(length / 2),
  headers: { ce_id: `${index}` },
});

describe('requests to a broker', () => {
  it('hold every message once, in order, and less than 1 MiB unless one message alone is more', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 0, max: 1_500_000 })), { maxLength: 12 }),
        (sizes) => {
          const batches = sizes.map(([topic, size], index) => ({ topic, messages: [message(size, index)] }));
          const requests = requestsOf(batches);
          const sent = requests
            .flat()
            .flatMap(({ topic, messages }) => messages.map((one) => ({ topic, messages: [one] })));
          expect(sent).toEqual(batches);
          for (const request of requests) {
            const messages = request.flatMap((batch) => batch.messages);
            const bytes = messages.reduce((sum, one) => sum + Buffer.byteLength(String(one.value)), 0);
            expect(messages.length === 1 || bytes < 1_048_576).toBe(true);
          }
        },
      ),
      { numRuns: 50 },
    ));
});
