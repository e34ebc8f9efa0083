import { Writable } from 'node:stream';
import { fault } from '@retort/kernel';
import { describe, expect, it } from 'vitest';
import { createLogger } from '../src/index.ts';

function logged(error: unknown): unknown {
  let written = '';
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString('utf8');
      done();
    },
  });
  createLogger({ destination }).error({ err: error }, 'it failed');
  return (JSON.parse(written) as { err: unknown }).err;
}

describe('an error in the log', () => {
  it('stands there with its message, code, stack and what it was caused by', () => {
    const cause = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED' });
    const error = fault('event-store.unavailable', {
      public: 'The store is away.',
      internal: { host: 'db' },
      cause,
    });
    expect(logged(error)).toMatchObject({
      code: 'event-store.unavailable',
      internal: { host: 'db' },
      stack: expect.stringContaining('log.test') as string,
      cause: { message: 'connection refused', code: 'ECONNREFUSED' },
    });
  });

  it('shows none of the members in which a database quotes the row', () =>
    expect(
      JSON.stringify(logged(Object.assign(new Error('duplicate'), { detail: 'Key (iban)=(AT61)' }))),
    ).not.toContain('AT61'));

  it('is told in words when it was no error', () => expect(logged('gone')).toEqual({ message: 'gone' }));
});
