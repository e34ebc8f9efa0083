import { isFault } from '@retort/kernel';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { decodeCursor, encodeCursor } from '../src/index.ts';

const after = z.object({ at: z.string(), id: z.string() });

describe('a cursor', () => {
  it('gives back where the list goes on', () => {
    fc.assert(
      fc.property(fc.record({ at: fc.string(), id: fc.string() }), fc.jsonValue(), (position, query) => {
        const cursor = encodeCursor({ query, after: position });
        expect(cursor).toMatch(/^[\w-]+$/);
        expect(decodeCursor({ cursor, query, after, namespace: 'catalog' })).toEqual(position);
      }),
    );
  });

  it('is refused by another query, and when it was tampered with', () => {
    const cursor = encodeCursor({ query: { agent: 'loan' }, after: { at: '1', id: 'a' } });
    const codeOf = (work: () => unknown) => {
      try {
        return work();
      } catch (error) {
        return isFault(error) ? error.code : error;
      }
    };
    expect(codeOf(() => decodeCursor({ cursor, query: { agent: 'risk' }, after, namespace: 'catalog' }))).toBe(
      'catalog.cursor-mismatch',
    );
    const forged = Buffer.from(Buffer.from(cursor, 'base64url').toString().replace('"a"', '"b"')).toString('base64url');
    const withNul = encodeCursor({ query: { agent: 'loan' }, after: { at: '1', id: 'a\0' } });
    for (const bad of [forged, 'x', '', cursor.slice(0, -3), withNul])
      expect(codeOf(() => decodeCursor({ cursor: bad, query: { agent: 'loan' }, after, namespace: 'catalog' }))).toBe(
        'catalog.cursor-invalid',
      );
  });
});
