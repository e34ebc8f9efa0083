import { describe, expect, it } from 'vitest';
import { canonicalCall } from '@retort/kernel';

describe('two calls agree', () => {
  it('however their arguments are ordered and their numbers written', () =>
    expect(canonicalCall({ tool: 'pay', parameters: JSON.parse('{"amount":1.0,"to":"A","fee":-0}') })).toBe(
      canonicalCall({ tool: 'pay', parameters: { fee: 0, to: 'A', amount: 1 } }),
    ));

  it('when no tool was called, whatever stands in the arguments', () =>
    expect(canonicalCall({ tool: null, parameters: { left: 'over' } })).toBe(
      canonicalCall({ tool: null, parameters: {} }),
    ));

  it('not when a number became a text', () =>
    expect(canonicalCall({ tool: 'pay', parameters: { amount: '1' } })).not.toBe(
      canonicalCall({ tool: 'pay', parameters: { amount: 1 } }),
    ));

  it('not when the order of a list differs', () =>
    expect(canonicalCall({ tool: 'pay', parameters: { to: ['A', 'B'] } })).not.toBe(
      canonicalCall({ tool: 'pay', parameters: { to: ['B', 'A'] } }),
    ));
  it('tells arguments that are not known from none, and from any others', () => {
    const unknown = canonicalCall({ tool: 'pay', parameters: null });
    expect(unknown).not.toBe(canonicalCall({ tool: 'pay', parameters: {} }));
    expect(unknown).not.toBe(canonicalCall({ tool: 'block', parameters: null }));
  });
});
