import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toolNames } from '../src/tool-names.ts';

describe('tool names on the wire', () => {
  it('lead back to the tool they were made from, and satisfy the pattern', () => {
    const name = fc.oneof(fc.string({ minLength: 1, maxLength: 100 }), fc.constantFrom('a.b', 'a_b', 'a b', 'a-b'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 20 }), (names) => {
        const mapped = toolNames(names);
        for (const original of names) {
          expect(mapped.toWire(original)).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
          expect(mapped.fromWire(mapped.toWire(original))).toBe(original);
        }
      }),
    );
  });

  it('leave alone what is allowed as it is', () => {
    expect(toolNames(['a.b', 'a_b']).toWire('a_b')).toBe('a_b');
  });
});
