import { describe, expect, it } from 'vitest';
import { knownTools } from '../../src/app/known-tools.ts';

const named = (...names: string[]) => names.map((name) => ({ type: 'function' as const, function: { name } }));
const request = (names: string[], choice?: 'none') => ({
  messages: [],
  tools: named(...names),
  ...(choice && { tool_choice: choice }),
});

describe('the tools of a request', () => {
  it('are the same frozen array where the same list is offered again', () => {
    const toolsOf = knownTools();
    const first = toolsOf(request(['block_card', 'get_balance']));
    expect(first.map(({ name }) => name)).toEqual(['block_card', 'get_balance']);
    expect(toolsOf(request(['block_card', 'get_balance']))).toBe(first);
    expect(Object.isFrozen(first)).toBe(true);
  });

  it('follow the order and the choice of each request', () => {
    const toolsOf = knownTools();
    toolsOf(request(['block_card', 'get_balance']));
    expect(toolsOf(request(['get_balance', 'block_card'])).map(({ name }) => name)).toEqual([
      'get_balance',
      'block_card',
    ]);
    expect(toolsOf(request(['block_card', 'get_balance'], 'none'))).toEqual([]);
    expect(toolsOf({ messages: [] })).toEqual([]);
  });

  it('are read, too, where the list is too long to be kept', () => {
    const toolsOf = knownTools();
    const many = Array.from({ length: 1_000 }, (_, index) => `tool_${index}_${'x'.repeat(80)}`);
    const first = toolsOf(request(many));
    expect(first).toHaveLength(1_000);
    expect(toolsOf(request(many))).toEqual(first);
  });
});
